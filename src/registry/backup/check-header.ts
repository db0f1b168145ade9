/** What the parts of a backup must say about each other. The same questions are asked when one is written and when it is read. */
import { reasonOf } from '../../core/errors.ts'
import { brokenInvariants } from '../lifecycle/invariants.ts'
import { storedManifest } from '../manifest-envelope.ts'
import { filesOf, type ManifestRecord } from '../records.ts'
import { type BackupFamily, type BackupHeader, familiesOf } from './format.ts'

/** What is wrong with a header of the right form, in words; `undefined` where nothing is. */
export function headerFault(header: BackupHeader): string | undefined {
  try {
    return (
      firstOf(header.families.map(familyFault)) ??
      repeated('name', names(header.families)) ??
      repeated('id', ids(header)) ??
      repeated('file', hashes(header.blobs)) ??
      bytesFault(header) ??
      manifestFault(header) ??
      brokenInvariants({ ...header, families: familiesOf(header), manifests: manifestsOf(header), blobs: new Map() })[0]
    )
  } catch (error) {
    // Facts of any shape are replayed here: what they are not is told by whatever fails on them.
    return `it cannot be made sense of (${reasonOf(error)})`
  }
}

const firstOf = (faults: readonly (string | undefined)[]): string | undefined =>
  faults.find((fault) => fault !== undefined)
const names = (rows: readonly { readonly name: string }[]): string[] => rows.map((row) => row.name)
const hashes = (rows: readonly { readonly sha256: string }[]): string[] => rows.map((row) => row.sha256)
const ids = ({ families }: BackupHeader): string[] => families.flatMap(({ models }) => models.map(({ id }) => id))

function repeated(what: string, values: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (const value of values) {
    if (seen.has(value)) return `the ${what} "${value}" is there twice`
    seen.add(value)
  }
  return undefined
}

function familyFault({ name, models, tombstones, channel }: BackupFamily): string | undefined {
  const stray = names([...models, ...tombstones, channel]).find((other) => other !== name)
  if (stray !== undefined) return `"${stray}" lies under the name "${name}"`
  return repeated(
    `version of "${name}"`,
    [...models, ...tombstones].map(({ version }) => version),
  )
}

/** Bytes that nobody asks for would fill the store unseen. */
function bytesFault({ families, blobs }: BackupHeader): string | undefined {
  const named = new Set(families.flatMap(({ models }) => models.flatMap(filesOf)).map((file) => file.sha256))
  const stray = hashes(blobs).find((sha256) => !named.has(sha256))
  return stray === undefined ? undefined : `it brings the file "${stray}", which no version names`
}

/** An edition that the log tells of, without the manifest itself, would be a floor that nothing can be held to. */
function manifestFault({ manifests, events }: BackupHeader): string | undefined {
  const brought = new Set(manifests.map(({ url }) => url))
  const adopted = events.filter(({ type }) => type === 'manifest-adopted').map(({ data }) => String(data['url']))
  const absent = adopted.find((url) => !brought.has(url))
  if (absent !== undefined) return `its log tells of the manifest "${absent}", which is not there`
  return repeated(
    'manifest',
    manifests.map(({ url }) => url),
  )
}

/** The manifests with the edition that their text tells. */
function manifestsOf({ manifests }: BackupHeader): Map<string, ManifestRecord> {
  return new Map(
    manifests.map((manifest) => {
      const { version, issuedAt } = storedManifest(manifest)
      return [manifest.url, { ...manifest, version, digest: '', issuedAt: Date.parse(issuedAt) }]
    }),
  )
}
