/** Restores a backup: read and proven to its last byte first, then taken over in one transaction, or not at all. */
import { isCandlewickError } from '../../core/errors.ts'
import type { CandidateRule } from '../lifecycle/candidate-rule.ts'
import { withLock } from '../locks.ts'
import type { ModelRecord } from '../records.ts'
import type { RegistryStore, Snapshot } from '../store.ts'
import type { Trust } from '../trust.ts'
import { ByteReader, type ByteSource } from './byte-reader.ts'
import { type BackupHeader, type BackupProgress, familiesOf } from './format.ts'
import { openManifests } from './manifests.ts'
import { conflict } from './merge-family.ts'
import { readBackup } from './read-backup.ts'
import { lostBlobs, planRestore, type RestoreInput, sameManifests } from './restore-plan.ts'
import type { RestoreReport } from './restore-report.ts'
import { Staging } from './staging.ts'

/** How a backup is restored. */
export interface RestoreOptions {
  /** `merge` adds what is not here; `replace` puts the backup in the place of everything. Default `merge`. */
  readonly mode?: 'merge' | 'replace' | undefined
  /** Changes nothing and reports what would be. Default `false`. */
  readonly dryRun?: boolean | undefined
  /** With `merge`: production, canary and shadow of the backup take the place of those in force. Default `false`. */
  readonly takePointers?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined
}

/** What a backup is restored into. */
export interface RestoreParts {
  readonly store: RegistryStore
  readonly namespace: string
  readonly rule: CandidateRule
  /** The keys of the application. */
  readonly trust: Trust | undefined
  /** Throws for a version that cannot serve here. */
  readonly checkTakeable: (record: ModelRecord) => Promise<void>
  /** ms since the epoch. */
  readonly now: () => number
}

const everything = { families: 'all', blobs: 'all', manifests: 'all' } as const
const noSignal = new AbortController().signal

/**
 * Restores a backup.
 *
 * @throws `backup/invalid`, `backup/conflict`, `store/…`; the signal's reason when aborted. Nothing is changed then
 */
export async function restoreBackup(
  parts: RestoreParts,
  source: ByteSource,
  { signal = noSignal, ...options }: RestoreOptions,
): Promise<RestoreReport> {
  signal.throwIfAborted()
  // One at a time: two that wait for each other's files would wait for ever.
  return withLock(`registry:${parts.namespace}:restore`, signal, async () => {
    const staging = new Staging(parts.store, signal, parts.now())
    try {
      return await restoreWith(parts, staging, source, { ...options, signal })
    } catch (error) {
      // Where even that fails, what is left is half a download that nobody asks for, and goes with the garbage.
      await staging.discard().catch(() => undefined)
      throw error
    } finally {
      staging.release()
    }
  })
}

async function restoreWith(
  parts: RestoreParts,
  staging: Staging,
  source: ByteSource,
  options: RestoreOptions & { readonly signal: AbortSignal },
): Promise<RestoreReport> {
  const { store } = parts
  const { signal, dryRun = false } = options
  const header = await readAll(staging, source, options)
  const before = await store.read(everything)
  const input = await inputOf(parts, header, before, options)
  const { report, wanted } = planRestore(input, before)
  if (dryRun) return report
  const ready = await staging.prove(wanted)
  signal.throwIfAborted()
  await staging.settle(ready)
  return store.update(everything, (snapshot) => {
    if (!sameManifests(snapshot.manifests, before.manifests))
      throw conflict('a manifest changed meanwhile; restore it again')
    const plan = planRestore(input, snapshot)
    const [lost] = lostBlobs(plan.wanted, ready)
    if (lost !== undefined) throw conflict(`the bytes of "${lost}" were removed meanwhile; restore it again`)
    const blobs = ready.filter(({ sha256 }) => plan.wanted.has(sha256))
    const droppedBlobs = staging.leftovers(snapshot.blobs, blobs)
    return { changes: { ...plan.changes, blobs, droppedBlobs }, result: plan.report }
  })
}

async function readAll(
  staging: Staging,
  source: ByteSource,
  { signal, onProgress, dryRun }: RestoreOptions,
): Promise<BackupHeader> {
  const reader = new ByteReader(source, signal)
  try {
    const look = async () => async (): Promise<void> => undefined
    return await readBackup(reader, dryRun === true ? look : (blob) => staging.begin(blob), onProgress)
  } finally {
    await reader.close()
  }
}

/** Everything that has to be awaited before the restore can be decided. */
async function inputOf(
  { trust, rule, checkTakeable, now }: RestoreParts,
  header: BackupHeader,
  { manifests }: Snapshot,
  { mode = 'merge', dryRun = false, takePointers = false }: RestoreOptions,
): Promise<RestoreInput> {
  const reasons = mode === 'replace' ? new Map<string, string>() : await incompatibilities(header, checkTakeable)
  return {
    header,
    manifests: await openManifests(header, manifests, trust),
    mode,
    takePointers,
    dryRun,
    context: { at: now(), rule, incompatibility: ({ id }) => reasons.get(id) },
  }
}

/** Why versions that the backup's pointers name cannot serve here, by id. */
async function incompatibilities(
  header: BackupHeader,
  checkTakeable: RestoreParts['checkTakeable'],
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>()
  for (const { models, channel } of familiesOf(header).values())
    for (const version of [channel.production, channel.canary?.version, channel.shadow]) {
      const record = version === undefined ? undefined : models.get(version)
      if (record === undefined) continue
      try {
        await checkTakeable(record)
      } catch (error) {
        if (!isCandlewickError(error)) throw error
        reasons.set(record.id, error.message)
      }
    }
  return reasons
}
