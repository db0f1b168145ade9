/** Where commands are carried out: examined first, then decided and stored in one transaction, then announced. */
import type { Announcements } from './announcements.ts'
import { Examination } from './examiner.ts'
import type { CandidateRule } from './lifecycle/candidate-rule.ts'
import type { Command } from './lifecycle/commands.ts'
import type { LifecycleContext } from './lifecycle/course.ts'
import { decide } from './lifecycle/decide.ts'
import { eventOf } from './lifecycle/family.ts'
import { withLock, writeLock } from './locks.ts'
import { type BlobRecord, emptyFamily, type EventDraft, type Family, filesOf } from './records.ts'
import type { Changes, RegistryStore, Snapshot } from './store.ts'

/** What the desk works with. */
export interface DeskParts {
  readonly store: RegistryStore
  readonly namespace: string
  readonly rule: CandidateRule
  readonly announcements: Announcements
  /** ms since the epoch. */
  readonly now: () => number
}

/** How a command is carried out. */
export interface CommandOptions {
  /** Who asks; goes into the log. Default `host`. */
  readonly actor?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Changes that bring the stored families to where the commands lead. */
export function changesOf(
  family: Family,
  commands: readonly Command[],
  context: LifecycleContext,
  actor: string,
): { readonly family: Family; readonly changes: Changes } {
  let after = family
  const events: EventDraft[] = []
  for (const command of commands) {
    const outcome = decide(after, command, context)
    after = outcome.family
    for (const fact of outcome.facts) events.push(eventOf(fact, family.name, context.at, actor))
  }
  const models = [...after.models.values()].filter((record) => family.models.get(record.version) !== record)
  const tombstones = [...after.tombstones.values()].filter(({ version }) => !family.tombstones.has(version))
  const channels = after.channel === family.channel ? [] : [after.channel]
  return { family: after, changes: { models, tombstones, channels, events } }
}

/** Hashes of stored bytes that no record names. */
export function orphansOf(families: Iterable<Family>, blobs: Iterable<BlobRecord>): string[] {
  const named = new Set<string>()
  for (const { models } of families)
    for (const record of models.values()) for (const { sha256 } of filesOf(record)) named.add(sha256)
  return Array.from(blobs, ({ sha256 }) => sha256).filter((sha256) => !named.has(sha256))
}

/** Carries commands out. */
export class CommandDesk {
  readonly #parts: DeskParts

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  /** The context of decisions made now. */
  context(examination: Pick<LifecycleContext, 'isReady' | 'incompatibility'>, { blobs }: Snapshot): LifecycleContext {
    const { now, rule } = this.#parts
    return {
      at: now(),
      rule,
      incompatibility: examination.incompatibility,
      // Another tab may have removed since what was hashed just before.
      isReady: (sha256) => examination.isReady(sha256) && blobs.get(sha256)?.state === 'ready',
    }
  }

  /**
   * Runs one command at a time across all tabs. Where there are no locks, or a manifest was taken over in between, it is
   * examined again, so that what `examine` found still holds when the command is decided.
   *
   * @param plan is called inside the transaction and must have no effects
   * @returns the family afterwards
   * @throws `registry/…`, `model/not-found`, `store/…`; nothing is changed then
   */
  async run(
    name: string,
    plan: (family: Family) => readonly Command[],
    examine: (family: Family) => Promise<Examination> = async () => new Examination(),
    { actor = 'host', signal }: CommandOptions = {},
  ): Promise<Family> {
    const { store, namespace, announcements } = this.#parts
    signal?.throwIfAborted()
    const attempt = async (): Promise<Family | undefined> => {
      const before = await store.read({ families: [name] })
      const looked = before.families.get(name) ?? emptyFamily(name)
      const examination = await examine(looked)
      signal?.throwIfAborted()
      return store.update({ families: 'all', blobs: 'all' }, (snapshot) => {
        const family = snapshot.families.get(name) ?? emptyFamily(name)
        if (editionOf(family) !== editionOf(looked)) return { changes: {}, result: undefined }
        const { changes, family: result } = changesOf(family, plan(family), this.context(examination, snapshot), actor)
        return { changes: { ...changes, droppedBlobs: freed(snapshot, family, result) }, result }
      })
    }
    const after = await withLock(writeLock(namespace), signal, async () => {
      for (;;) {
        const family = await attempt()
        if (family !== undefined) return family
      }
    })
    announcements.say({ name })
    return after
  }
}

/** Another text wherever anything of a family has changed. */
const editionOf = ({ models, channel }: Family): string =>
  JSON.stringify([channel, Array.from(models.values(), ({ version, revision }) => [version, revision])])

/** What only the versions named that are gone now. */
function freed({ families, blobs }: Snapshot, before: Family, after: Family): string[] {
  const gone = [...before.models.values()].filter(({ version }) => !after.models.has(version))
  if (gone.length === 0) return []
  const candidates = new Set(gone.flatMap((record) => filesOf(record).map(({ sha256 }) => sha256)))
  const now = new Map(families).set(after.name, after)
  return orphansOf(now.values(), blobs.values()).filter((sha256) => candidates.has(sha256))
}
