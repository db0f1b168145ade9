/** A command under way: the facts it has led to so far, and the family as they leave it. */
import { CandlewickError } from '../../core/errors.ts'
import { type CandidateRule, compareWithProduction } from './candidate-rule.ts'
import { applyFact, type Fact, type MoveCause } from './family.ts'
import { modelId } from '../manifest.ts'
import { type CandidateReason, type Family, filesOf, type ModelRecord, type ModelStatus } from '../records.ts'

/** What a command must know of the world outside its family. */
export interface LifecycleContext {
  /** ms since the epoch. */
  readonly at: number
  /** Whether bytes are in the store; the caller has verified those it asks about just before. */
  readonly isReady: (sha256: string) => boolean
  /** Why a version cannot serve here, in words; `undefined` where it can. */
  readonly incompatibility: (record: ModelRecord) => string | undefined
  readonly rule: CandidateRule
}

const longestHistory = 10

/** Collects facts; the family is always the one after the last of them. */
export class Course {
  readonly facts: Fact[] = []
  readonly context: LifecycleContext
  #family: Family

  constructor(family: Family, context: LifecycleContext) {
    this.#family = family
    this.context = context
  }

  get family(): Family {
    return this.#family
  }

  /** The version that serves now. */
  get production(): ModelRecord | undefined {
    const { production } = this.#family.channel
    return production === undefined ? undefined : this.#family.models.get(production)
  }

  add(fact: Fact): void {
    this.facts.push(fact)
    this.#family = applyFact(this.#family, fact, this.context.at)
  }

  /** Gives a version another status; one it already has, for the same reason, is no fact. */
  setStatus(
    record: ModelRecord,
    to: ModelStatus,
    why: string,
    mark: { readonly candidateReason?: CandidateReason; readonly lowTrust?: true } = {},
  ): void {
    const same = record.candidateReason === mark.candidateReason && record.lowTrust === mark.lowTrust
    if (record.status === to && same) return
    this.add({ type: 'status-changed', version: record.version, from: record.status, to, ...mark, why })
  }

  /**
   * Moves the production pointer and everything that hangs on it. The statuses of those concerned come first, so that no
   * fact leaves two versions in production.
   */
  moveProduction(
    to: ModelRecord | undefined,
    cause: MoveCause,
    why: string,
    previous: readonly string[] = this.#historyWithout(to?.version),
  ): void {
    const from = this.production
    if (to !== undefined) this.setStatus(to, 'production', why)
    const epoch = this.#family.channel.epoch + 1
    const places = { ...(from && { from: from.version }), ...(to && { to: to.version }) }
    this.add({ type: 'production-moved', ...places, epoch, previous: previous.slice(0, longestHistory), cause, why })
    const { canary, shadow } = this.#family.channel
    if (to !== undefined && canary?.version === to.version)
      this.add({ type: 'canary-ended', version: to.version, outcome: 'promoted', why })
    // A canary is measured against production: without one there is nothing to measure against.
    else if (to === undefined && canary !== undefined)
      this.add({ type: 'canary-ended', version: canary.version, outcome: 'aborted', why })
    if (to !== undefined && shadow === to.version) this.add({ type: 'shadow-set' })
    this.compareAll()
  }

  /** Earlier production versions once the present one has joined them. */
  #historyWithout(version: string | undefined): string[] {
    const { production, previous } = this.#family.channel
    const all = production === undefined ? previous : [production, ...previous]
    return [...new Set(all)].filter((entry) => entry !== version)
  }

  /** Candidates by comparison are so only while they are better than what serves now. */
  compareAll(): void {
    for (const record of this.#family.models.values()) this.compare(record)
  }

  /** Marks a version as a candidate by the rule, or takes the mark back. Marks that people or a demotion made stay. */
  compare(record: ModelRecord): void {
    const byRule = record.status === 'candidate' && record.candidateReason === 'better-metric'
    if (record.status !== 'registered' && !byRule) return
    const eligible = record.heldBack === undefined && record.withdrawn === undefined && !isExpired(record, this.context)
    const verdict = compareWithProduction(record, this.production, this.context.rule)
    if (eligible && verdict.better) {
      const mark = { candidateReason: 'better-metric' } as const
      this.setStatus(record, 'candidate', verdict.why, verdict.lowTrust ? { ...mark, lowTrust: true } : mark)
    } else if (byRule) this.setStatus(record, 'registered', verdict.why)
  }
}

/** Whether a version is past the date its publisher gave it. */
export function isExpired(record: ModelRecord, { at }: Pick<LifecycleContext, 'at'>): boolean {
  const { expires } = record.metadata
  return expires !== undefined && Date.parse(expires) <= at
}

/** Why a version cannot take over now, as an error's code and its words; `undefined` where it can. */
export function obstacle(record: ModelRecord, context: Omit<LifecycleContext, 'rule'>): Obstacle | undefined {
  const { withdrawn, heldBack, metadata } = record
  if (withdrawn !== undefined) return { code: 'registry/withdrawn', reason: withdrawn.reason }
  if (isExpired(record, context)) return { code: 'registry/expired', reason: String(metadata.expires) }
  if (heldBack !== undefined) return { code: 'registry/held-back', reason: heldBack.reason }
  const reason = missingParts(record) ?? context.incompatibility(record)
  if (reason !== undefined) return { code: 'registry/incompatible', reason }
  const absent = filesOf(record).some((file) => !context.isReady(file.sha256))
  return absent ? { code: 'registry/not-installed', reason: 'its bytes are not here' } : undefined
}

/** An error that is due, by its code. */
export interface Obstacle {
  readonly code:
    | 'registry/withdrawn'
    | 'registry/expired'
    | 'registry/held-back'
    | 'registry/incompatible'
    | 'registry/not-installed'
  readonly reason: string
}

/** What a version lacks to serve signals, in words. A local save may know less of its model than a manifest tells. */
function missingParts({ scaler, metadata }: ModelRecord): string | undefined {
  const parts = { ...metadata, scaler }
  const needed = ['scaler', 'features', 'io', 'outputLayout', 'classOrder'] as const
  const missing = needed.filter((part) => parts[part] === undefined)
  return missing.length === 0 ? undefined : `its entry has no ${missing.join(', no ')}`
}

export function known(course: Course, version: string): ModelRecord {
  const { models } = course.family
  const record = models.get(version)
  if (record !== undefined) return record
  const available = Array.from(models.values(), ({ id }) => id)
  throw new CandlewickError('model/not-found', { id: idOf(course, version), available })
}

/** The id of a version, registered or not. */
export function idOf({ family }: Course, version: string): string {
  return family.models.get(version)?.id ?? modelId({ name: family.name, version })
}

/** What a version is needed for now. */
export function useOf(
  { family }: Course,
  version: string,
): 'production' | 'canary' | 'shadow' | 'rollback' | undefined {
  const { production, canary, shadow, previous } = family.channel
  if (production === version) return 'production'
  if (canary?.version === version) return 'canary'
  if (shadow === version) return 'shadow'
  return previous.includes(version) ? 'rollback' : undefined
}
