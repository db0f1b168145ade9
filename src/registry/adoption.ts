/** From the address of a manifest to the versions it names: fetched, checked, and taken over in one transaction. */
import { throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError } from '../core/errors.ts'
import { changesOf, type CommandDesk } from './command-desk.ts'
import { type DownloadOptions, type ReadResource, readUpTo } from './download.ts'
import { Examination, type Examiner } from './examiner.ts'
import type { WithdrawalPolicy } from './lifecycle/commands.ts'
import { waysBack } from './lifecycle/serving.ts'
import type { LoadOptions } from './loader.ts'
import { withLock, writeLock } from './locks.ts'
import { type Manifest, modelId } from './manifest.ts'
import { checkTimestamp, envelopeLimit, openManifest, openTimestamp, timestampLimit } from './manifest-envelope.ts'
import { commandsFor, entriesByName } from './manifest-models.ts'
import { publicUrl, resolveUrl } from './public-url.ts'
import { emptyFamily, type EventDraft, type ManifestRecord } from './records.ts'
import type { Changes, RegistryStore, Snapshot } from './store.ts'
import { admitManifest, type OpenedManifest, type Trust } from './trust.ts'
import { recall, remember } from './witness.ts'

/** What a manifest is taken over with. */
export interface AdoptionParts {
  readonly namespace: string
  /** Address of the manifest. What it brings is kept under this name, also where a timestamp names another file. */
  readonly url: string
  /** Address of the short-lived word on which manifest is the current one. */
  readonly timestampUrl: string | undefined
  readonly store: RegistryStore
  readonly desk: CommandDesk
  readonly examiner: Examiner
  readonly read: ReadResource
  readonly trust: Trust | undefined
  readonly minManifestVersion: number | undefined
  readonly policy: WithdrawalPolicy
  /** ms since the epoch. */
  readonly now: () => number
}

/** A manifest in force. */
export interface AdoptedManifest {
  readonly manifest: Manifest
  readonly signature: OpenedManifest['signature']
  /** `store` where the copy of an earlier visit is in force. */
  readonly source: 'network' | 'store'
  /** Whether this visit brought a new edition. */
  readonly changed: boolean
}

/**
 * Fetches the manifest and takes it over. One that came and was turned away is written down.
 *
 * @throws `model/download-failed`, `model/manifest-invalid`, `manifest/…`, `registry/version-immutable`, `store/…`; nothing
 * is changed then. The signal's reason when aborted
 */
export async function refreshManifest(parts: AdoptionParts, options: LoadOptions): Promise<AdoptedManifest> {
  try {
    return await fetchAndAdopt(parts, options)
  } catch (error) {
    const refused = keepsTheOldOne(error) && error.code !== 'model/download-failed'
    // Whoever asked must hear of the manifest, not of a log that could not be written.
    if (refused && options.signal?.aborted !== true) await logRefusal(parts, error).catch(() => undefined)
    throw error
  }
}

async function fetchAndAdopt(parts: AdoptionParts, options: LoadOptions): Promise<AdoptedManifest> {
  const { url, store, namespace } = parts
  const stored = (await store.read({ manifests: [url] })).manifests.get(url)
  const opened = await receive(parts, stored, options)
  const { signal } = options
  // Between the look at an earlier version and the moment it takes over, no other tab moves a pointer.
  const changed = await withLock(writeLock(namespace), signal, async () => {
    const examination = await examineFallbacks(parts, opened, signal)
    throwIfAborted(signal)
    return store.update({ families: 'all', blobs: 'all', manifests: [url] }, (snapshot) =>
      adopt(parts, opened, examination, snapshot),
    )
  })
  const { manifest, signature, keySet } = opened
  remember(namespace, { url, version: manifest.version, keysVersion: keySet?.keysVersion })
  return { manifest, signature, source: 'network', changed }
}

/** When the manifest that is stored was signed, ms since the epoch. */
export async function signedBefore({ url, store }: AdoptionParts): Promise<number | undefined> {
  return (await store.read({ manifests: [url] })).manifests.get(url)?.issuedAt
}

/** The copy of an earlier visit, checked again; `undefined` where there is none that this version can read and trusts. */
export async function storedManifest(parts: AdoptionParts): Promise<AdoptedManifest | undefined> {
  const { url, store, trust } = parts
  try {
    const stored = (await store.read({ manifests: [url] })).manifests.get(url)
    if (stored === undefined) return undefined
    const { manifest, signature } = await openManifest(stored.text, { trust, stored })
    await completeRecords(parts, manifest, stored)
    return { manifest, signature, source: 'store', changed: false }
  } catch {
    return undefined
  }
}

/** The first version of the database kept the manifest and no records: the versions it names become known here. */
async function completeRecords(parts: AdoptionParts, manifest: Manifest, stored: ManifestRecord): Promise<void> {
  const { store, url } = parts
  const { families } = await store.read({ families: manifest.models.map(({ name }) => name) })
  if (knowsAll(families, manifest)) return
  await store.update({ families: 'all', blobs: 'all', manifests: [url] }, (snapshot) => ({
    changes: takeOver(parts, manifest, stored, new Examination(), snapshot),
    result: undefined,
  }))
}

/** Writes down that a manifest was refused, once for each reason in a row. */
async function logRefusal({ url, store, now }: AdoptionParts, error: CandlewickError): Promise<void> {
  const data = { url: publicUrl(url), code: error.code, message: error.message }
  await store.update({}, ({ lastEvent }) => {
    const known = lastEvent?.type === 'manifest-refused' && lastEvent.data['message'] === data.message
    const event = { at: now(), actor: 'manifest', type: 'manifest-refused', data }
    return { changes: { events: known ? [] : [event] }, result: undefined }
  })
}

/** Reads the manifest, by way of the timestamp that names it where there is one. */
async function receive(
  parts: AdoptionParts,
  stored: ManifestRecord | undefined,
  options: LoadOptions,
): Promise<OpenedManifest> {
  const { url, timestampUrl, trust, minManifestVersion } = parts
  const now = parts.now()
  if (timestampUrl === undefined)
    return openManifest(await readBytes(parts, url, envelopeLimit, options), { trust, stored })
  const word = await readBytes(parts, timestampUrl, timestampLimit, options)
  const timestamp = await openTimestamp(word, { trust, stored, now, minManifestVersion })
  const bytes = await readBytes(parts, resolveUrl(timestamp.url, timestampUrl), envelopeLimit, options)
  const opened = await openManifest(bytes, { trust, stored })
  checkTimestamp(timestamp, opened)
  return opened
}

async function readBytes(
  { read }: AdoptionParts,
  url: string,
  limit: number,
  { signal, onProgress }: LoadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const report: DownloadOptions['onProgress'] = ({ loaded, total }) =>
    onProgress?.({ phase: 'manifest', loaded, total })
  const bytes = await readUpTo(url, limit, { read, signal, onProgress: report })
  if (bytes !== undefined) return bytes
  throw new CandlewickError('model/manifest-invalid', { path: '$', expected: `at most ${limit} bytes`, actual: 'more' })
}

/** Where the manifest withdraws what serves, an earlier version may have to take over: are its bytes here? */
async function examineFallbacks(
  { store, examiner, now }: AdoptionParts,
  { manifest }: OpenedManifest,
  signal: AbortSignal | undefined,
): Promise<Examination> {
  const withdrawn = manifest.models.filter((entry) => entry.withdrawn !== undefined)
  if (withdrawn.length === 0) return new Examination()
  const ids = new Set(withdrawn.map(modelId))
  const { families } = await store.read({ families: [...new Set(withdrawn.map(({ name }) => name))] })
  const examination = new Examination()
  for (const family of families.values()) {
    const { name, channel } = family
    if (!ids.has(modelId({ name, version: channel.production ?? '' }))) continue
    const able = waysBack(family, now()).filter(({ version }) => !ids.has(modelId({ name, version })))
    await examiner.examine(able, { until: 'first', signal }, examination)
  }
  return examination
}

function adopt(
  parts: AdoptionParts,
  offered: OpenedManifest,
  examination: Examination,
  snapshot: Snapshot,
): { changes: Changes; result: boolean } {
  const { url, minManifestVersion, now } = parts
  const { families, manifests } = snapshot
  const current = manifests.get(url)
  const floor = Math.max(minManifestVersion ?? 0, witnessedFloor(parts, offered))
  const { record, unchanged } = admitManifest({
    offered,
    url,
    current,
    now: now(),
    minManifestVersion: floor,
    families,
  })
  const { manifest } = offered
  if (unchanged && knowsAll(families, manifest)) return { changes: {}, result: false }
  return { changes: takeOver(parts, manifest, record, examination, snapshot), result: !unchanged }
}

/** Whether every version that the manifest names is known, or was deleted here. */
const knowsAll = (families: Snapshot['families'], { models }: Manifest): boolean =>
  models.every(({ name, version }) => {
    const family = families.get(name)
    return family !== undefined && (family.models.has(version) || family.tombstones.has(version))
  })

/** Changes that bring everything known in line with an admitted manifest. */
function takeOver(
  { url, namespace, desk, policy }: AdoptionParts,
  manifest: Manifest,
  record: ManifestRecord,
  examination: Examination,
  snapshot: Snapshot,
): Changes {
  const { families, manifests } = snapshot
  const byName = entriesByName(manifest)
  const parted = [...families.values()].filter(({ models }) =>
    [...models.values()].some((model) => model.manifest === url),
  )
  const names = new Set([...byName.keys(), ...parted.map(({ name }) => name)])
  const context = desk.context(examination, snapshot)
  const all = Array.from(names, (name) => {
    const family = families.get(name) ?? emptyFamily(name)
    const commands = commandsFor(family, byName.get(name) ?? [], { manifest, url, policy })
    return changesOf(family, commands, context, 'manifest').changes
  })
  const evicted = manifests.get(url) === undefined && recall(namespace, url) !== undefined
  return {
    models: all.flatMap((changes) => changes.models ?? []),
    channels: all.flatMap((changes) => changes.channels ?? []),
    manifests: [record],
    events: [
      ...(evicted ? [{ at: context.at, actor: 'rule', type: 'storage-evicted', data: { url: publicUrl(url) } }] : []),
      adoptedEvent(record, context.at),
      ...all.flatMap((changes) => changes.events ?? []),
    ],
  }
}

/**
 * What a second memory saw of this manifest, as long as the keys are still those.
 *
 * @throws `manifest/signature` for keys that it saw replaced
 */
function witnessedFloor({ namespace, url }: AdoptionParts, { keySet }: OpenedManifest): number {
  const seen = recall(namespace, url)
  if (seen === undefined) return 0
  const { keysVersion = 0 } = keySet ?? {}
  if (keySet !== undefined && keysVersion < seen.keysVersion) {
    const reason = `it is of edition ${keysVersion} of the keys, and edition ${seen.keysVersion} was in force here before`
    throw new CandlewickError('manifest/signature', { reason })
  }
  return keysVersion > seen.keysVersion ? 0 : seen.version
}

/** The line of the log that tells of a manifest taken over. */
export function adoptedEvent({ url, version, digest, keysVersion }: ManifestRecord, at: number): EventDraft {
  const data = { url, version, digest, ...(keysVersion !== undefined && { keysVersion }) }
  return { at, actor: 'manifest', type: 'manifest-adopted', data }
}

/** Whether a manifest could be neither fetched nor taken over, while the one before it may go on serving. */
export function keepsTheOldOne(error: unknown): error is CandlewickError {
  const codes = [
    'model/download-failed',
    'model/manifest-invalid',
    'registry/version-immutable',
    'registry/field-immutable',
    'registry/metadata-invalid',
  ]
  return isCandlewickError(error) && (codes.includes(error.code) || error.code.startsWith('manifest/'))
}
