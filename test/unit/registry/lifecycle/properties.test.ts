import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { appendEvent } from '../../../../src/registry/event-chain.ts'
import { defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command } from '../../../../src/registry/lifecycle/commands.ts'
import type { LifecycleContext } from '../../../../src/registry/lifecycle/course.ts'
import { decide, type Outcome } from '../../../../src/registry/lifecycle/decide.ts'
import { eventOf, replayEvents } from '../../../../src/registry/lifecycle/family.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import { emptyFamily, type Family, type ModelRecord, type RegistryEvent } from '../../../../src/registry/records.ts'
import { deepFreeze, hashOf, name, newModel } from './life.ts'
import { type Move, moveFaults, promotionFaults } from './move-faults.ts'
import { informed, lives, type Step } from './random-life.ts'
import { wantedRuns } from '../same-platform.ts'

const numRuns = wantedRuns
const timeoutMs = 30_000 + numRuns * 60

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

const faultsOf = (move: Move, life: RandomLife): string[] => [
  ...moveFaults(move),
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
      'evaluated',
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
      'registry/metadata-invalid',
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
