/** `candlewick manifest verify`: everything that an application would check, and every file of every model. */
import type { Command } from 'commander'
import { CandlewickError, isCandlewickError } from '../../core/errors.ts'
import { packageVersion } from '../../core/version.ts'
import { referenceTime } from '../../registry/clock.ts'
import { incompatibility } from '../../registry/compatibility.ts'
import { download, readUpTo } from '../../registry/download.ts'
import type { FileReference } from '../../registry/integrity.ts'
import { locate, type Manifest, type ModelEntry, modelId } from '../../registry/manifest.ts'
import { envelopeLimit, openManifest } from '../../registry/manifest-envelope.ts'
import { checkExpiry, type OpenedManifest } from '../../registry/trust.ts'
import { complaint } from '../complaint.ts'
import { progressLine } from '../progress-line.ts'
import { addressOf, readFileOrFetch } from '../../platform/node.ts'
import { readPublicKeys } from './files.ts'
import { wholeNumber } from './numbers.ts'

interface VerifyOptions {
  readonly keys?: string
  readonly threshold: number
  readonly artifacts: boolean
  readonly json?: boolean
}

/** What came out. */
interface Findings {
  readonly opened: OpenedManifest | undefined
  readonly problems: readonly CandlewickError[]
  readonly notes: readonly string[]
  readonly files: { readonly checked: number; readonly bytes: number }
}

/** Adds the command to its group. */
export function addVerifyCommand(group: Command, stop: AbortSignal): void {
  group
    .command('verify')
    .description('check the signatures, the form and the date of a manifest, and read and hash every file it names')
    .argument('<manifest>', 'path or address of the manifest')
    .option('--keys <file>', 'public keys of the signers; without them no signature is checked')
    .option('--threshold <n>', 'how many different signers must have signed', wholeNumber, 1)
    .option('--no-artifacts', 'leave the files alone')
    .option('--json', 'one JSON object instead of text')
    .action((manifest: string, options: VerifyOptions) => verify(manifest, options, stop))
}

/** Runs a check; an error of ours is a finding, anything else ends the command. */
async function finding(problems: CandlewickError[], check: () => unknown): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!isCandlewickError(error)) throw error
    problems.push(error)
  }
}

async function open(address: string, options: VerifyOptions, signal: AbortSignal): Promise<OpenedManifest> {
  const keys = options.keys === undefined ? undefined : await readPublicKeys(options.keys)
  const bytes = await readUpTo(address, envelopeLimit, { read: readFileOrFetch, signal })
  if (bytes === undefined) {
    const details = { path: '$', expected: `at most ${envelopeLimit} bytes`, actual: 'more' }
    throw new CandlewickError('model/manifest-invalid', details)
  }
  return openManifest(bytes, keys === undefined ? {} : { trust: { keys, threshold: options.threshold } })
}

/** All files of an entry, each as it is found from the manifest's address. */
function filesOf(entry: ModelEntry, manifest: Manifest, address: string): FileReference[] {
  const golden = (entry.golden ?? []).map(({ input }) => input)
  const files = [entry.artifact, ...(entry.artifact.externalData ?? []), entry.scaler, ...golden]
  return files.map((file) => locate(file, manifest, address))
}

/** A reference input that is not one whole window can never be run. */
function checkGoldenSizes(entry: ModelEntry): void {
  const { names, lookback } = entry.features
  const expected = 4 * names.length * lookback
  for (const [i, { input }] of (entry.golden ?? []).entries())
    if (input.size !== expected)
      throw new CandlewickError('model/contract', {
        path: `${modelId(entry)}.golden[${i}].input.size`,
        expected: `${expected} bytes, one window of float32`,
        actual: `${input.size}`,
      })
}

async function readFiles(
  manifest: Manifest,
  address: string,
  problems: CandlewickError[],
  signal: AbortSignal,
): Promise<Findings['files']> {
  const files = new Map<string, FileReference>()
  for (const entry of manifest.models)
    for (const file of filesOf(entry, manifest, address)) files.set(`${file.url} ${file.sha256} ${file.size}`, file)
  const total = [...files.values()].reduce((sum, file) => sum + file.size, 0)
  const progress = progressLine()
  let bytes = 0
  try {
    for (const file of files.values()) {
      const onProgress = ({ loaded }: { readonly loaded: number }): void =>
        progress.show({ phase: 'verify', loaded: bytes + loaded, total })
      await finding(problems, () => download(file, { read: readFileOrFetch, signal, onProgress }))
      bytes += file.size
    }
  } finally {
    progress.clear()
  }
  return { checked: files.size, bytes }
}

async function examine(address: string, options: VerifyOptions, signal: AbortSignal): Promise<Findings> {
  const problems: CandlewickError[] = []
  const none = { checked: 0, bytes: 0 }
  let opened: OpenedManifest | undefined
  await finding(problems, async () => {
    opened = await open(address, options, signal)
  })
  if (opened === undefined) return { opened, problems, notes: [], files: none }
  const { manifest } = opened
  const { now } = referenceTime(Date.now())
  await finding(problems, () => checkExpiry(manifest.expires, now))
  for (const entry of manifest.models) await finding(problems, () => checkGoldenSizes(entry))
  const notes = manifest.models.flatMap((entry) => {
    const reason = incompatibility(entry, manifest, packageVersion)
    return [
      ...(reason === undefined ? [] : [`${modelId(entry)} cannot be used here: ${reason}.`]),
      ...(entry.withdrawn === undefined ? [] : [`${modelId(entry)} is withdrawn: ${entry.withdrawn.reason}.`]),
    ]
  })
  const files = options.artifacts ? await readFiles(manifest, address, problems, signal) : none
  return { opened, problems, notes, files }
}

function signatureLine({ signature, kids, keySet }: OpenedManifest): string {
  if (signature === 'verified') return `Signed by ${kids.join(', ')} (threshold ${keySet?.threshold ?? 1}).`
  if (signature === 'unsigned') return 'Unsigned: anybody could have written it.'
  return 'Signed, but the signatures were not checked: give the public keys with --keys.'
}

function textOf({ opened, problems, notes, files }: Findings, options: VerifyOptions): string[] {
  if (opened === undefined) return []
  const { version, issuedAt, expires, models } = opened.manifest
  const size = `${(files.bytes / 1e6).toFixed(1)} MB`
  const right = problems.length === 0 ? 'all as the manifest says' : 'not all is right'
  return [
    `Edition ${version} of ${issuedAt}, ${expires === undefined ? 'without expiry' : `expires ${expires}`}: ${models.map(modelId).join(', ') || 'no models'}.`,
    signatureLine(opened),
    ...notes,
    options.artifacts ? `${files.checked} files, ${size}: ${right}.` : 'The files were not read (--no-artifacts).',
  ]
}

function jsonOf({ opened, problems, notes, files }: Findings): string {
  const { manifest, signature, kids, digest } = opened ?? {}
  return JSON.stringify({
    ok: problems.length === 0,
    signature,
    kids,
    digest,
    version: manifest?.version,
    keysVersion: manifest?.keysVersion,
    issuedAt: manifest?.issuedAt,
    expires: manifest?.expires,
    models: manifest?.models.map(modelId),
    files: files.checked,
    bytes: files.bytes,
    notes,
    problems: problems.map(({ code, message, details }) => ({ code, message, details })),
  })
}

async function verify(pathOrUrl: string, options: VerifyOptions, signal: AbortSignal): Promise<void> {
  const found = await examine(addressOf(pathOrUrl), options, signal)
  if (options.json === true) console.log(jsonOf(found))
  else for (const line of textOf(found, options)) console.log(line)
  if (found.problems.length === 0) return
  process.exitCode = 1
  if (options.json !== true) for (const problem of found.problems) console.error(complaint(problem))
}
