/** What a registry must come to, said plainly: the pure reducer, a set of files, and one manifest. No store, no network. */
import { type ErrorCode, isCandlewickError } from '../../../../src/core/errors.ts'
import { defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command, WithdrawalPolicy } from '../../../../src/registry/lifecycle/commands.ts'
import type { LifecycleContext } from '../../../../src/registry/lifecycle/course.ts'
import { decide } from '../../../../src/registry/lifecycle/decide.ts'
import { eventOf } from '../../../../src/registry/lifecycle/family.ts'
import type { FileReference } from '../../../../src/registry/integrity.ts'
import {
  emptyFamily,
  type EventDraft,
  type Family,
  filesOf,
  type ModelRecord,
} from '../../../../src/registry/records.ts'
import { type Edition, publishedFiles, unfitId } from './publisher.ts'

/** A refusal with a code that is all that counts here. */
export class Refused extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

/** A manifest that was accepted. */
export interface Accepted extends Edition {
  readonly text: string
}

const minuteMs = 60_000
const bytesKept = { fresh: 10 * minuteMs, orphan: 1440 * minuteMs }

/** The registry that should be. */
export class Reference {
  families = new Map<string, Family>()
  /** Files that are stored and good, and when they came. */
  readonly good = new Map<string, number>()
  /** Files that are stored and rotten: they count as absent, and nobody has noticed yet. */
  readonly spoiled = new Map<string, number>()
  /** What every command led to, by the reducer. */
  facts: EventDraft[] = []
  stored: Accepted | undefined
  /** What the present visit goes by. */
  inForce: Accepted | undefined
  policy: WithdrawalPolicy = 'rollback'

  get now(): number {
    return Math.max(Date.now(), this.inForce?.issuedAt ?? 0)
  }

  get stale(): boolean {
    return this.inForce !== undefined && this.inForce.expires <= this.now
  }

  get records(): ModelRecord[] {
    return [...this.families.values()].flatMap(({ models }) => [...models.values()])
  }

  family(name: string): Family {
    return this.families.get(name) ?? emptyFamily(name)
  }

  record(id: string): ModelRecord {
    const record = this.records.find((one) => one.id === id)
    if (record === undefined) throw new Refused('model/not-found')
    return record
  }

  /** The version of an id under a name; other names' versions are none of it. */
  versionOf(id: string, name: string): string {
    const record = this.record(id)
    if (record.name !== name) throw new Refused('model/not-found')
    return record.version
  }

  get context(): LifecycleContext {
    return {
      at: this.now,
      rule: defaultCandidateRule,
      isReady: (sha256) => this.good.has(sha256),
      // A version whose bytes are not here is not looked into any further.
      incompatibility: (record) =>
        record.id === unfitId && this.isHere(record) ? 'the host cannot use it' : undefined,
    }
  }

  /** Carries commands of one name out, all or none. */
  run(name: string, actor: string, ...commands: readonly Command[]): void {
    const before = this.family(name)
    let family = before
    const facts: EventDraft[] = []
    for (const command of commands) {
      const outcome = decide(family, command, this.context)
      family = outcome.family
      facts.push(...outcome.facts.map((fact) => eventOf(fact, name, this.context.at, actor)))
    }
    if (facts.length === 0) return
    this.families.set(name, family)
    this.facts.push(...facts)
    for (const record of before.models.values()) if (!family.models.has(record.version)) this.#free(filesOf(record))
  }

  /** Nothing new begins under a manifest past its date. */
  checkBegins(record: ModelRecord, purpose: 'load' | 'install' | 'serve'): void {
    const kept = purpose === 'load' && (record.status === 'production' || this.isHere(record, true))
    if (record.manifest !== undefined && !kept && this.stale) throw new Refused('manifest/expired')
    if (purpose === 'install' && record.withdrawn) throw new Refused('registry/withdrawn')
    if (record.unlisted && !kept && purpose !== 'serve') throw new Refused('registry/incompatible')
  }

  isHere(record: ModelRecord, rottenToo = false): boolean {
    return filesOf(record).every(({ sha256 }) => this.good.has(sha256) || (rottenToo && this.spoiled.has(sha256)))
  }

  keep({ sha256 }: Pick<FileReference, 'sha256'>): void {
    if (!this.good.has(sha256)) this.good.set(sha256, Date.now())
    this.spoiled.delete(sha256)
  }

  /** Brings files, the scaler first. `fetch` says what the network makes of an address. */
  bring(record: ModelRecord, fetch: (url: string) => ErrorCode | undefined): void {
    const { artifact, scaler } = record
    for (const file of scaler === undefined ? [artifact] : [scaler, artifact]) {
      if (this.good.has(file.sha256)) continue
      this.spoiled.delete(file.sha256)
      const problem = publishedFiles.has(file.url) ? fetch(file.url) : 'model/download-failed'
      if (problem !== undefined) throw new Refused(problem)
      this.keep(file)
    }
  }

  /** What a collection leaves. */
  collect(thorough: boolean): void {
    for (const [sha256, storedAt] of [...this.good, ...this.spoiled]) {
      const users = this.records.filter((record) => filesOf(record).some((file) => file.sha256 === sha256))
      const age = Date.now() - storedAt
      const orphan = users.length === 0 && age >= (thorough ? bytesKept.fresh : bytesKept.orphan)
      const replaceable = (record: ModelRecord): boolean =>
        record.status === 'archived' &&
        !this.#serves(record) &&
        filesOf(record).every((file) => file.sha256 !== sha256 || !file.url.startsWith('local:'))
      const archived = thorough && users.length > 0 && users.every(replaceable)
      if (!orphan && !archived) continue
      this.good.delete(sha256)
      this.spoiled.delete(sha256)
    }
  }

  /** Everything is gone, as when a browser clears a site. */
  evict(): void {
    this.families = new Map()
    this.good.clear()
    this.spoiled.clear()
    this.facts = []
    this.stored = undefined
    this.inForce = undefined
  }

  #serves({ name, version }: ModelRecord): boolean {
    const { production, canary, shadow, previous } = this.family(name).channel
    return [production, canary?.version, shadow, ...previous].includes(version)
  }

  #free(files: readonly FileReference[]): void {
    const named = new Set(this.records.flatMap((record) => filesOf(record)).map(({ sha256 }) => sha256))
    for (const { sha256 } of files) {
      if (named.has(sha256)) continue
      this.good.delete(sha256)
      this.spoiled.delete(sha256)
    }
  }
}

/** The code that a call is refused with; `undefined` where it goes through. */
export function codeOf(call: () => void): ErrorCode | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.code
    if (isCandlewickError(error)) return error.code
    throw error
  }
}
