import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { appendEvent } from '../../../../src/registry/event-chain.ts'
import { compareWithProduction, defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command } from '../../../../src/registry/lifecycle/commands.ts'
import type { LifecycleContext } from '../../../../src/registry/lifecycle/course.ts'
import { decide, type Outcome } from '../../../../src/registry/lifecycle/decide.ts'
import { eventOf, type Fact, replayEvents } from '../../../../src/registry/lifecycle/family.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import { emptyFamily, type Family, type ModelRecord, type RegistryEvent } from '../../../../src/registry/records.ts'
import { deepFreeze, hashOf, name, newModel } from './life.ts'
import { informed, lives, type Step } from './random-life.ts'

const numRuns = Number(process.env['CANDLEWICK_RUNS'] ?? 1000)
const timeoutMs = 30_000 + numRuns * 60

/** One command that was carried out. */
interface Move {
  readonly command: Command
  readonly before: Family
  readonly after: Family
  readonly facts: readonly Fact[]
  readonly context: LifecycleContext
}

/** A family in a world of its own, lived through step by step. */
class RandomLife {
  family: Family = deepFreeze(emptyFamily(name))
  readonly events: RegistryEvent[] = []
  readonly codes = new Set<string>()
  #at = Date.UTC(2026, 0, 1)
  readonly #absent = new Set<string>()
  readonly #incompatible = new Set<string>()

  get context(): LifecycleContext {
    return {
      at: this.#at,
      isReady: (sha256) => !this.#absent.has(sha256),
      incompatibility: ({ version }) => (this.#incompatible.has(version) ? 'another package' : undefined),
      rule: defaultCandidateRule,
    }
  }

  /** Undefined where nothing was asked for, or it was refused. */
  take(step: Step): Move | undefined {
    if (step.step === 'command') return this.ask(informed(step.command, this.family))
    if (step.step === 'clock') this.#at += step.byMs
    else if (step.step === 'bytes') toggle(this.#absent, hashOf(`model ${step.version}`))
    else toggle(this.#incompatible, step.version)
    return undefined
  }

  ask(command: Command): Move | undefined {
    const { family: before, context } = this
    const outcome = this.#decide(deepFreeze(command), context)
    if (outcome === undefined) return undefined
    this.family = deepFreeze(outcome.family)
    for (const fact of deepFreeze(outcome.facts))
      this.events.push(appendEvent(this.events.at(-1), eventOf(fact, name, context.at, 'host')))
    return { command, before, after: outcome.family, facts: outcome.facts, context }
  }

  // The family and the command are frozen in depth: whoever writes to them throws a TypeError, which is not typed.
  #decide(command: Command, context: LifecycleContext): Outcome | undefined {
    try {
      return decide(this.family, command, context)
    } catch (error) {
      if (!isCandlewickError(error)) throw error
      this.codes.add(error.code)
      return undefined
    }
  }

  faults(): string[] {
    return brokenInvariants({
      families: new Map([[name, this.family]]),
      blobs: new Map(),
      manifests: new Map(),
      events: this.events,
    })
  }
}

function toggle(set: Set<string>, value: string): void {
  if (!set.delete(value)) set.add(value)
}

/** What one command may do to the pointer. */
function pointerFaults({ command, before, after, facts, context }: Move): string[] {
  const faults: string[] = []
  const moves = facts.filter(({ type }) => type === 'production-moved').length
  const [from, to] = [before.channel.production, after.channel.production]
  if (after.channel.epoch !== before.channel.epoch + moves) faults.push('the epoch did not rise by one with each move')
  if (moves !== Number(from !== to)) faults.push(`${moves} moves from ${from} to ${to}`)
  if (from === to) return faults
  const left = from === undefined ? undefined : after.models.get(from)
  const failed = command.type === 'rollback' || command.type === 'withdraw'
  if (left !== undefined && failed !== (left.heldBack !== undefined)) faults.push(`${from} failed, or did not`)
  if (left !== undefined && (after.channel.previous[0] === from) === failed) faults.push(`${from} has the wrong place`)
  if (to !== undefined) faults.push(...promotionFaults(before.models.get(to), command, before, context))
  return faults
}

/** What had to hold before a version took over. */
function promotionFaults(
  record: ModelRecord | undefined,
  command: Command,
  before: Family,
  { at, isReady, incompatibility }: LifecycleContext,
): string[] {
  if (record === undefined) return ['an unknown version took over']
  const { status, withdrawn, heldBack, metadata, artifact } = record
  const barred = {
    archived: status === 'archived',
    withdrawn,
    heldBack,
    expired: metadata.expires !== undefined && Date.parse(metadata.expires) <= at,
    absent: !isReady(artifact.sha256),
    incompatible: incompatibility(record),
    incomplete: metadata.classOrder === undefined || record.scaler === undefined,
    'no candidate':
      command.type === 'promote' &&
      (command.cause ?? 'promotion') === 'promotion' &&
      status !== 'candidate' &&
      before.channel.production !== undefined &&
      !(command.force === true && command.reason !== undefined),
  }
  return Object.entries(barred).flatMap(([why, is]) => (is ? [`${why}, and yet promoted`] : []))
}

/** What the marks of a version must say about each other. */
function markFaults({ models, channel }: Family): string[] {
  const faults: string[] = []
  for (const { version, status, candidateReason, lowTrust, heldBack, withdrawn } of models.values()) {
    const busy = status === 'candidate' || channel.canary?.version === version || channel.shadow === version
    if ((status === 'candidate') !== (candidateReason !== undefined)) faults.push(`${version}: ${candidateReason}`)
    if (lowTrust === true && candidateReason !== 'better-metric') faults.push(`${version}: low trust in nothing`)
    if (heldBack !== undefined && (busy || status === 'production')) faults.push(`${version}: held back, and busy`)
    if (withdrawn !== undefined && busy) faults.push(`${version}: withdrawn, and busy`)
  }
  return faults
}

/** What may never change, and what must change with every change. */
function recordFaults({ before, after, facts, context }: Move): string[] {
  const faults: string[] = []
  for (const [version, tombstone] of before.tombstones)
    if (after.tombstones.get(version) !== tombstone) faults.push(`${version}: its tombstone was touched`)
  for (const [version, old] of before.models) {
    const record = after.models.get(version)
    if (record === old) continue
    if (record === undefined) {
      if (after.tombstones.get(version)?.sha256 !== old.artifact.sha256) faults.push(`${version}: gone without a trace`)
      continue
    }
    if (!(record.revision > old.revision) || record.updatedAt !== context.at) faults.push(`${version}: changed unseen`)
    const identity = [old, record].map(
      ({ id, artifact, scaler, metadata: { features, io, outputLayout, classOrder } }) =>
        JSON.stringify([id, artifact.sha256, artifact.size, scaler?.sha256, features, io, outputLayout, classOrder]),
    )
    if (identity[0] !== identity[1]) faults.push(`${version}: became another one`)
  }
  if (facts.length === 0 && after !== before) faults.push('changed without a fact')
  if (facts.length > 0 && after === before) faults.push('a fact changed nothing')
  return faults
}

/** Right after a move, candidates by metric are better than what serves, and no other registered version is. */
function ruleFaults({ after, facts, context }: Move): string[] {
  if (facts.every(({ type }) => type !== 'production-moved')) return []
  const production = after.channel.production === undefined ? undefined : after.models.get(after.channel.production)
  return [...after.models.values()].flatMap((record) => {
    const { better } = compareWithProduction(record, production, context.rule)
    const { expires } = record.metadata
    const out = record.heldBack ?? record.withdrawn ?? (expires !== undefined && Date.parse(expires) <= context.at)
    const wanted = better && (out === undefined || out === false)
    const is = record.candidateReason === 'better-metric'
    return (is || record.status === 'registered') && is !== wanted ? [`${record.version}: wrongly compared`] : []
  })
}

const faultsOf = (move: Move, life: RandomLife): string[] => [
  ...pointerFaults(move),
  ...markFaults(move.after),
  ...recordFaults(move),
  ...ruleFaults(move),
  ...(move.facts.length === 0 ? [] : life.faults()),
]

describe('any life of a model name', () => {
  it(
    'keeps every rule after every command, and is what its log tells',
    () => {
      fc.assert(
        fc.property(lives, (steps) => {
          const life = new RandomLife()
          for (const step of steps) {
            const move = life.take(step)
            const faults = move === undefined ? [] : faultsOf(move, life)
            if (faults.length > 0) expect(faults, JSON.stringify(move?.command)).toEqual([])
          }
          expect(replayEvents(life.events).get(name) ?? emptyFamily(name)).toEqual(asJson(life.family))
        }),
        { numRuns },
      )
    },
    timeoutMs,
  )

  it(
    'always leaves a way to put into service whatever may serve, and to be rid of everything',
    () => {
      fc.assert(
        fc.property(lives, (steps) => {
          const life = new RandomLife()
          for (const step of steps) life.take(step)
          expect(stuck(life)).toEqual([])
        }),
        { numRuns: Math.ceil(numRuns / 5) },
      )
    },
    timeoutMs,
  )

  it('is random enough to meet every kind of fact and every refusal', () => {
    const types = new Set<string>()
    const codes = new Set<string>()
    for (const steps of fc.sample(lives, { numRuns: 400, seed: 1 })) {
      const life = new RandomLife()
      for (const step of steps) life.take(step)
      for (const { type } of life.events) types.add(type)
      for (const code of life.codes) codes.add(code)
    }
    expect([...types].sort()).toEqual([
      'canary-changed',
      'canary-ended',
      'canary-started',
      'deleted',
      'held-back',
      'listed',
      'metadata-updated',
      'production-moved',
      'registered',
      'released',
      'relocated',
      'shadow-set',
      'status-changed',
      'unlisted',
      'withdrawn',
    ])
    expect([...codes].sort()).toEqual([
      'model/not-found',
      'registry/canary-invalid',
      'registry/epoch-conflict',
      'registry/expired',
      'registry/field-immutable',
      'registry/held-back',
      'registry/in-use',
      'registry/incompatible',
      'registry/invalid-status',
      'registry/invalid-transition',
      'registry/no-rollback-target',
      'registry/not-candidate',
      'registry/not-installed',
      'registry/revision-conflict',
      'registry/version-immutable',
      'registry/version-retired',
      'registry/withdrawn',
      'registry/would-leave-empty',
    ])
  })
})

/** The family as it would come back from text: fields that are `undefined` are gone. */
const asJson = (family: Family): Family => ({
  ...family,
  models: new Map(
    Array.from(family.models, ([version, record]) => [version, JSON.parse(JSON.stringify(record)) as ModelRecord]),
  ),
})

/** Versions that nothing brings into production though nothing speaks against them, or that nothing deletes. */
function stuck(life: RandomLife): string[] {
  const faults: string[] = []
  const must = (command: Command): void => {
    if (life.ask(command) === undefined) faults.push(`refused: ${JSON.stringify(command)}`)
  }
  must({ type: 'register', model: newModel('100.0.0') })
  for (const version of life.family.models.keys()) {
    const record = life.family.models.get(version)!
    if (record.heldBack !== undefined) must({ type: 'release', version, reason: 'to see' })
    if (record.status === 'archived') must({ type: 'set-status', version, status: 'registered' })
    const barred = promotionFaults(
      life.family.models.get(version),
      { type: 'set-canary', basisPoints: 1 },
      life.family,
      life.context,
    )
    if (barred.length === 0) must({ type: 'promote', version, cause: 'manual', reason: 'to see' })
  }
  if (life.family.channel.canary !== undefined) must({ type: 'finish-canary', outcome: 'abort', reason: 'the end' })
  must({ type: 'set-shadow', version: undefined })
  must({ type: 'demote', allowEmpty: true })
  for (const version of life.family.models.keys()) must({ type: 'delete', version, force: true })
  if (life.family.models.size > 0 || life.family.channel.previous.length > 0) faults.push('something is left')
  return faults
}
