/** What can happen to a model name, and what each happening makes of it. Replaying the log through here gives the state. */
import { withEvaluation } from './evaluations.ts'
import { mergePatch } from './merge-patch.ts'
import {
  type Canary,
  type CandidateReason,
  type Channel,
  emptyFamily,
  type EventDraft,
  type Family,
  type ModelEvaluation,
  type ModelMetadata,
  type ModelRecord,
  type ModelStatus,
} from '../records.ts'

/** Why the production pointer moved. */
export type MoveCause = 'promotion' | 'manual' | 'canary' | 'demotion' | 'rollback' | 'withdrawal'

/** One thing that happened to one version, or to the channel of its name. */
export type Fact =
  | { readonly type: 'registered'; readonly version: string; readonly record: ModelRecord; readonly why: string }
  | {
      readonly type: 'status-changed'
      readonly version: string
      readonly from: ModelStatus
      readonly to: ModelStatus
      readonly candidateReason?: CandidateReason | undefined
      readonly lowTrust?: true | undefined
      readonly why: string
    }
  | {
      readonly type: 'production-moved'
      readonly from?: string | undefined
      readonly to?: string | undefined
      readonly epoch: number
      readonly previous: readonly string[]
      readonly cause: MoveCause
      readonly why: string
    }
  | { readonly type: 'held-back'; readonly version: string; readonly reason: string }
  | { readonly type: 'released'; readonly version: string; readonly why: string }
  | { readonly type: 'withdrawn'; readonly version: string; readonly reason: string }
  | { readonly type: 'unlisted'; readonly version: string }
  | { readonly type: 'listed'; readonly version: string }
  | {
      readonly type: 'relocated'
      readonly version: string
      /** Address of the model's bytes, and of the scaler's. */
      readonly artifact: string
      readonly scaler?: string | undefined
    }
  | { readonly type: 'metadata-updated'; readonly version: string; readonly patch: Readonly<Record<string, unknown>> }
  | { readonly type: 'evaluated'; readonly version: string; readonly evaluation: ModelEvaluation }
  | { readonly type: 'deleted'; readonly version: string; readonly sha256: string }
  | {
      readonly type: 'canary-started'
      readonly version: string
      readonly canary: Omit<Canary, 'version' | 'startedAt'>
    }
  | { readonly type: 'canary-changed'; readonly version: string; readonly basisPoints: number }
  | {
      readonly type: 'canary-ended'
      readonly version: string
      readonly outcome: 'promoted' | 'aborted'
      readonly why: string
    }
  | { readonly type: 'shadow-set'; readonly version?: string | undefined }

type Lifecycle = Partial<Omit<ModelRecord, 'name' | 'version' | 'id'>>

// An absent field and one that is undefined are the same to a store, so only one of them may occur.
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

function changed(family: Family, version: string, at: number, fields: Lifecycle): Family {
  const before = family.models.get(version)
  if (before === undefined) return family
  const after = withoutUndefined({ ...before, ...fields, revision: before.revision + 1, updatedAt: at })
  return { ...family, models: new Map(family.models).set(version, after) }
}

function rechanneled(family: Family, fields: Partial<Channel>): Family {
  return { ...family, channel: withoutUndefined({ ...family.channel, ...fields }) }
}

/** The copy of a map without one key. */
function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}

function bury(family: Family, version: string, sha256: string, at: number): Family {
  const { name } = family
  const id = family.models.get(version)?.id ?? `${name}_v${version}`
  const previous = family.channel.previous.filter((entry) => entry !== version)
  return {
    ...rechanneled(family, { previous }),
    models: without(family.models, version),
    tombstones: new Map(family.tombstones).set(version, { name, version, id, sha256, deletedAt: at }),
  }
}

type Appliers = {
  readonly [T in Fact['type']]: (family: Family, fact: Extract<Fact, { readonly type: T }>, at: number) => Family
}

const appliers: Appliers = {
  registered: (family, { version, record }) => ({
    ...family,
    models: new Map(family.models).set(version, withoutUndefined(record)),
  }),
  'status-changed': (family, { version, to, candidateReason, lowTrust }, at) =>
    changed(family, version, at, { status: to, candidateReason, lowTrust }),
  'production-moved': (family, { to, previous, epoch }) => rechanneled(family, { production: to, previous, epoch }),
  'held-back': (family, { version, reason }, at) => changed(family, version, at, { heldBack: { reason, at } }),
  released: (family, { version }, at) => changed(family, version, at, { heldBack: undefined }),
  withdrawn: (family, { version, reason }, at) => changed(family, version, at, { withdrawn: { reason, at } }),
  unlisted: (family, { version }, at) => changed(family, version, at, { unlisted: true }),
  listed: (family, { version }, at) => changed(family, version, at, { unlisted: undefined }),
  relocated: (family, { version, artifact, scaler }, at) => {
    const record = family.models.get(version)
    if (record === undefined) return family
    const moved = record.scaler && { ...record.scaler, url: scaler ?? record.scaler.url }
    return changed(family, version, at, { artifact: { ...record.artifact, url: artifact }, scaler: moved })
  },
  'metadata-updated': (family, { version, patch }, at) => {
    const metadata = mergePatch(family.models.get(version)?.metadata, patch) as ModelMetadata
    return changed(family, version, at, { metadata })
  },
  evaluated: (family, { version, evaluation }, at) => {
    const record = family.models.get(version)
    if (record === undefined) return family
    return changed(family, version, at, { metadata: withEvaluation(record.metadata, evaluation, at) })
  },
  deleted: (family, { version, sha256 }, at) => bury(family, version, sha256, at),
  'canary-started': (family, { version, canary }, at) =>
    rechanneled(family, { canary: { ...canary, version, startedAt: at } }),
  'canary-changed': (family, { basisPoints }) => {
    const { canary } = family.channel
    return canary === undefined ? family : rechanneled(family, { canary: { ...canary, basisPoints } })
  },
  'canary-ended': (family) => rechanneled(family, { canary: undefined }),
  'shadow-set': (family, { version }) => rechanneled(family, { shadow: version }),
}

/** The state after a fact. It never throws, because what it is given has already happened. */
export function applyFact<T extends Fact['type']>(
  family: Family,
  fact: Extract<Fact, { readonly type: T }>,
  at: number,
): Family {
  const apply: Appliers[T] = appliers[fact.type]
  return apply(family, fact, at)
}

/** A fact as a line for the log. */
export function eventOf(fact: Fact, name: string, at: number, actor: string): EventDraft {
  const { type, ...data } = withoutUndefined(fact)
  const version = 'version' in fact ? fact.version : fact.type === 'production-moved' ? fact.to : undefined
  return { at, actor, type, name, ...(version !== undefined && { version }), data }
}

/** The state that a log leads to. Lines that tell of bytes, manifests and backups change no family. */
export function replayEvents(events: Iterable<EventDraft>): Map<string, Family> {
  const families = new Map<string, Family>()
  for (const { name, type, data, at } of events) {
    if (name === undefined || !Object.hasOwn(appliers, type)) continue
    const family = families.get(name) ?? emptyFamily(name)
    families.set(name, applyFact(family, { ...data, type } as Fact, at))
  }
  return families
}
