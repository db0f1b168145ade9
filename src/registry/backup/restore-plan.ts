/** What a restore would write, decided on one view of the store. Nothing here has an effect. */
import { type LifecycleContext } from '../lifecycle/course.ts'
import { eventOf } from '../lifecycle/family.ts'
import { adoptedEvent } from '../adoption.ts'
import { canonicalJson } from '../json-copy.ts'
import { type BlobRecord, emptyFamily, type EventDraft, type Family, filesOf, type ManifestRecord } from '../records.ts'
import type { Changes, Snapshot } from '../store.ts'
import { type BackupHeader, familiesOf } from './format.ts'
import { loweredFloor, type OpenedBackupManifest } from './manifests.ts'
import { conflict, mergeFamily } from './merge-family.ts'
import { modelChanges, type RestoredManifest, type RestoredPointer, type RestoreReport } from './restore-report.ts'

/** Everything that was read and proven before. */
export interface RestoreInput {
  readonly header: BackupHeader
  readonly manifests: readonly OpenedBackupManifest[]
  readonly mode: 'merge' | 'replace'
  readonly takePointers: boolean
  readonly dryRun: boolean
  /** Without what depends on the store. */
  readonly context: Omit<LifecycleContext, 'isReady'>
}

/** What a restore comes to. */
export interface RestorePlan {
  readonly changes: Changes
  readonly report: RestoreReport
  /** Hashes of the backup's files that come into the store. */
  readonly wanted: ReadonlySet<string>
}

type Records = Pick<RestoreReport, 'models' | 'pointers' | 'manifests'> & {
  readonly changes: Changes
  readonly families: Iterable<Family>
}

/**
 * Plans a restore.
 *
 * @throws `backup/conflict`
 */
export function planRestore(input: RestoreInput, snapshot: Snapshot): RestorePlan {
  const { header, mode, dryRun, context } = input
  const isReady = (sha256: string): boolean => snapshot.blobs.get(sha256)?.state === 'ready'
  const { changes, families, ...records } =
    mode === 'replace' ? replaceAll(input, snapshot) : mergeAll(input, snapshot, isReady)
  const named = new Set(
    Array.from(families, ({ models }) => [...models.values()].flatMap(filesOf))
      .flat()
      .map((file) => file.sha256),
  )
  const coming = header.blobs.filter(({ sha256 }) => named.has(sha256) && !isReady(sha256))
  const writes = Object.values(changes).some((rows) => rows === true || (Array.isArray(rows) && rows.length > 0))
  const changed = writes || coming.length > 0
  const blobs: RestoreReport['blobs'] = {
    added: coming.length,
    addedBytes: coming.reduce((sum, { size }) => sum + size, 0),
    present: header.blobs.filter(({ sha256 }) => isReady(sha256)).length,
    missing: header.missing.map(({ sha256 }) => sha256),
  }
  const { createdAt, scope } = header
  const data = {
    mode,
    createdAt,
    scope,
    namespace: header.namespace,
    blobs: blobs.added,
    models: count(records.models),
  }
  const event: EventDraft = { at: context.at, actor: 'host', type: 'backup-restored', data }
  return {
    changes: changed ? { ...changes, events: [...(changes.events ?? []), event] } : {},
    report: { mode, dryRun, createdAt, scope, changed, ...records, blobs },
    wanted: new Set(coming.map(({ sha256 }) => sha256)),
  }
}

const count = (models: RestoreReport['models']): number => models.filter(({ action }) => action !== 'skipped').length

/** The backup takes the place of everything, but for what tells this installation from others. */
function replaceAll(
  { header, manifests }: RestoreInput,
  { families: before, manifests: current, meta }: Snapshot,
): Records {
  const records = manifests.map((one): ManifestRecord => {
    if (one.record === undefined) throw conflict(`the manifest "${one.url}" is not taken from it: ${one.reason}`)
    const reason = loweredFloor(one.record, current.get(one.url))
    if (reason !== undefined) throw conflict(`the manifest "${one.url}" would fall back: ${reason}`)
    return one.record
  })
  const brought = new Set(records.map(({ url }) => url))
  const lost = [...current.keys()].find((url) => !brought.has(url))
  if (lost !== undefined)
    throw conflict(`it knows nothing of the manifest "${lost}", whose edition would be forgotten; merge it instead`)
  const after = familiesOf(header)
  const models = [...after.values()].flatMap((family) => [...family.models.values()])
  const names = new Set([...before.keys(), ...after.keys()])
  return {
    families: after.values(),
    changes: {
      clear: true,
      models,
      tombstones: [...after.values()].flatMap(({ tombstones }) => [...tombstones.values()]),
      channels: Array.from(after.values(), ({ channel }) => channel),
      manifests: records,
      ...(meta && { meta }),
      log: header.events,
    },
    models: [...names].flatMap((name) =>
      modelChanges(before.get(name) ?? emptyFamily(name), after.get(name) ?? emptyFamily(name)),
    ),
    pointers: [...after.values()].flatMap(pointersOf),
    manifests: records.map(({ url }) => ({ url, taken: true })),
  }
}

function pointersOf({ name, channel }: Family): RestoredPointer[] {
  const { production, canary, shadow } = channel
  const line = (pointer: RestoredPointer['pointer'], version: string | undefined): RestoredPointer[] =>
    version === undefined ? [] : [{ name, pointer, version, taken: true }]
  return [...line('production', production), ...line('canary', canary?.version), ...line('shadow', shadow)]
}

/** What is not here yet joins what is. */
function mergeAll(input: RestoreInput, snapshot: Snapshot, isReady: (sha256: string) => boolean): Records {
  const { header, takePointers, context } = input
  const brought = new Set(header.blobs.map(({ sha256 }) => sha256))
  const why = `from the backup of ${timeOf(header.createdAt)}`
  const ready: LifecycleContext = { ...context, isReady: (sha256) => brought.has(sha256) || isReady(sha256) }
  const theirs = [...familiesOf(header).values()]
  const merged = theirs.map((family) => {
    const before = snapshot.families.get(family.name) ?? emptyFamily(family.name)
    return { before, ...mergeFamily(before, family, { context: ready, takePointers, why }) }
  })
  const families = new Map(snapshot.families)
  for (const { family } of merged) families.set(family.name, family)
  checkIds(families.values())
  const manifests = mergeManifests(input, snapshot)
  const records = manifests.flatMap(({ record }) => record ?? [])
  return {
    families: families.values(),
    changes: {
      models: merged.flatMap(({ before, family }) => changedRows(before.models, family.models)),
      tombstones: merged.flatMap(({ before, family }) => changedRows(before.tombstones, family.tombstones)),
      channels: merged.flatMap(({ before, family }) => (before.channel === family.channel ? [] : [family.channel])),
      manifests: records,
      events: [
        ...records.map((record) => adoptedEvent(record, context.at)),
        ...merged.flatMap(({ family, facts }) => facts.map((fact) => eventOf(fact, family.name, context.at, 'host'))),
      ],
    },
    models: merged.flatMap(({ models }) => models),
    pointers: merged.flatMap(({ pointers }) => pointers),
    manifests: manifests.map(({ record: _record, ...line }) => line),
  }
}

const changedRows = <T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): T[] =>
  [...after].filter(([version, row]) => before.get(version) !== row).map(([, row]) => row)

function timeOf(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString()
}

/** An id means one version, over all names. */
function checkIds(families: Iterable<Family>): void {
  const owners = new Map<string, string>()
  for (const { models } of families)
    for (const { id, name, version } of models.values()) {
      const owner = owners.get(id)
      if (owner !== undefined) throw conflict(`the id "${id}" would mean ${owner} and ${name} ${version}`)
      owners.set(id, `${name} ${version}`)
    }
}

/** A manifest that is here goes its own way, by its own address. */
function mergeManifests(
  { manifests }: RestoreInput,
  { manifests: current }: Snapshot,
): (RestoredManifest & { readonly record?: ManifestRecord })[] {
  return manifests.map(({ url, record, reason }) => {
    if (current.has(url)) return { url, taken: false, reason: 'there is one here already' }
    return record === undefined ? { url, taken: false, reason } : { url, taken: true, record }
  })
}

/** Whether the manifests are still those that the backup's were held against. */
export function sameManifests(a: Snapshot['manifests'], b: Snapshot['manifests']): boolean {
  return canonicalJson([...a]) === canonicalJson([...b])
}

/** The records of files that were in the store before, and went. */
export function lostBlobs(wanted: ReadonlySet<string>, ready: readonly BlobRecord[]): string[] {
  const staged = new Set(ready.map(({ sha256 }) => sha256))
  return [...wanted].filter((sha256) => !staged.has(sha256))
}
