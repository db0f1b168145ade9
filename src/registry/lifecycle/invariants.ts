/**
 * What must always hold, as code: the property tests call it after every command, and `ModelRegistry.verify()` on a live
 * registry. Each sentence that comes back is a fault, with the number it has in `docs/registry.md`.
 */
import { reasonOf } from '../../core/errors.ts'
import { verifyChain } from '../event-chain.ts'
import { evaluationsOf, mostEvaluations } from './evaluations.ts'
import { type Fact, replayEvents } from './family.ts'
import {
  type BlobRecord,
  type EventDraft,
  type Family,
  filesOf,
  type ManifestRecord,
  type RegistryEvent,
} from '../records.ts'

/** Everything the rules look at. */
export interface RegistryState {
  readonly families: ReadonlyMap<string, Family>
  readonly blobs: ReadonlyMap<string, BlobRecord>
  readonly manifests: ReadonlyMap<string, ManifestRecord>
  /** The whole log, oldest first. */
  readonly events: readonly RegistryEvent[]
}

/** The rules that are broken; empty where all hold. */
export function brokenInvariants(state: RegistryState): string[] {
  const families = [...state.families.values()]
  return [
    ...families.flatMap(channelFaults),
    ...families.flatMap(evaluationFaults),
    ...blobFaults(state),
    ...logFaults(state),
  ]
}

function channelFaults({ name, models, tombstones, channel }: Family): string[] {
  const faults: string[] = []
  const fault = (rule: string, words: string): void => void faults.push(`${rule} ${name}: ${words}`)
  const { production, previous, canary, shadow } = channel
  for (const { version, status } of models.values())
    if ((status === 'production') !== (version === production)) fault('I1', `${version} is ${status}, not the pointer`)
  if (production !== undefined && !models.has(production)) fault('I2', `production ${production} is not registered`)
  for (const version of previous) if (!models.has(version)) fault('I2', `earlier production ${version} is gone`)
  if (new Set(previous).size !== previous.length || previous.length > 10) fault('I2', 'the history is not a short set')
  if (production !== undefined && previous.includes(production)) fault('I2', 'production is its own predecessor')
  for (const version of tombstones.keys()) if (models.has(version)) fault('I15', `${version} was deleted and lives`)
  if (shadow !== undefined && (shadow === production || !models.has(shadow)))
    fault('I10', `shadow ${shadow} cannot run`)
  if (canary === undefined) return faults
  const { version, basisPoints } = canary
  if (version === production || !models.has(version)) fault('I10', `canary ${version} cannot run`)
  if (!Number.isInteger(basisPoints) || basisPoints < 1 || basisPoints > 5000)
    fault('I10', `its share is ${basisPoints}`)
  return faults
}

function evaluationFaults({ models }: Family): string[] {
  return [...models.values()].flatMap((record) => {
    const evaluations = evaluationsOf(record)
    const measured = new Set(
      evaluations.map(({ evalSetId, horizon, bars }) => JSON.stringify([evalSetId, horizon, bars])),
    )
    return [
      ...(evaluations.length > mostEvaluations ? [`I17 ${record.id}: ${evaluations.length} evaluations are kept`] : []),
      ...(measured.size < evaluations.length ? [`I17 ${record.id}: one evaluation is there twice`] : []),
    ]
  })
}

/** What serves must keep its bytes as long as nobody but the platform takes them. */
function blobFaults({ families, blobs }: RegistryState): string[] {
  const faults: string[] = []
  for (const blob of blobs.values()) {
    const chunks = Math.ceil(blob.size / blob.chunkBytes)
    if (blob.state === 'ready' && blob.chunkCount !== chunks)
      faults.push(`I5 ${blob.sha256}: ready with ${blob.chunkCount} of ${chunks} pieces`)
  }
  for (const { name, models } of families.values())
    for (const record of models.values())
      for (const file of filesOf(record)) {
        const blob = blobs.get(file.sha256)
        if (blob?.state === 'ready' && blob.size !== file.size)
          faults.push(`I5 ${name}_v${record.version}: ${file.sha256} has ${blob.size} bytes, not ${file.size}`)
      }
  return faults
}

function logFaults({ families, manifests, events }: RegistryState): string[] {
  const faults = [...historyFaults(events), ...floorFaults(events, manifests)]
  try {
    verifyChain(events)
  } catch (error) {
    faults.push(`I9 ${reasonOf(error)}`)
  }
  const replayed = replayEvents(events)
  for (const name of new Set([...families.keys(), ...replayed.keys()])) {
    const [stored, told] = [families.get(name), replayed.get(name)].map((family) => family && plain(family))
    if (stored !== told && !(told === undefined && stored === undefined))
      faults.push(`I13 ${name}: the log tells otherwise`)
  }
  return faults
}

const byKey = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

// Key order differs between a store and a replay, and means nothing.
const plain = (family: Family): string =>
  JSON.stringify([family.channel, byKey(family.models), byKey(family.tombstones)], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )

/** Rules that can only be seen over time: bytes of a version, epochs, deletions, what was promoted in which state. */
function historyFaults(events: readonly EventDraft[]): string[] {
  const faults: string[] = []
  const bytes = new Map<string, string>()
  const deleted = new Set<string>()
  const withdrawn = new Set<string>()
  const epochs = new Map<string, number>()
  for (const { name, data, type, at } of events) {
    const fact = { ...data, type } as Fact
    const key = (version: string): string => `${name}_v${version}`
    if (fact.type === 'registered') {
      const id = key(fact.version)
      const { sha256 } = fact.record.artifact
      if ((bytes.get(id) ?? sha256) !== sha256) faults.push(`I3 ${id}: two contents under one version`)
      if (deleted.has(id)) faults.push(`I15 ${id}: registered again after its deletion`)
      bytes.set(id, sha256)
    } else if (fact.type === 'deleted') deleted.add(key(fact.version))
    else if (fact.type === 'withdrawn') withdrawn.add(key(fact.version))
    else if (fact.type === 'production-moved' && name !== undefined) {
      if (fact.epoch !== (epochs.get(name) ?? 0) + 1) faults.push(`I7 ${name}: epoch ${fact.epoch} out of turn`)
      epochs.set(name, fact.epoch)
      if (fact.to !== undefined && withdrawn.has(key(fact.to)))
        faults.push(`I16 ${key(fact.to)}: promoted though withdrawn (${at})`)
    }
  }
  return faults
}

function floorFaults(events: readonly EventDraft[], manifests: ReadonlyMap<string, ManifestRecord>): string[] {
  const faults: string[] = []
  const floors = new Map<string, { version: number; keysVersion: number }>()
  for (const { type, data } of events) {
    if (type !== 'manifest-adopted') continue
    const { url, version, keysVersion = 0 } = data as { url: string; version: number; keysVersion?: number }
    const floor = floors.get(url)
    const fell = floor !== undefined && keysVersion <= floor.keysVersion && version < floor.version
    if (fell || (floor !== undefined && keysVersion < floor.keysVersion)) faults.push(`I8 ${url}: fell to ${version}`)
    floors.set(url, { version, keysVersion })
  }
  for (const { url, version } of manifests.values())
    if (floors.has(url) && floors.get(url)!.version !== version) faults.push(`I8 ${url}: ${version} was not adopted`)
  return faults
}
