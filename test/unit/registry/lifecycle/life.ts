/** One model name for tests to live through: every step is checked to change nothing it was given, and to replay. */
import { bytesToHex } from '@noble/hashes/utils.js'
import { expect } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { type CandidateRule, defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command, NewModel } from '../../../../src/registry/lifecycle/commands.ts'
import type { LifecycleContext } from '../../../../src/registry/lifecycle/course.ts'
import { decide, type Outcome } from '../../../../src/registry/lifecycle/decide.ts'
import { eventOf, type Fact, replayEvents } from '../../../../src/registry/lifecycle/family.ts'
import { canonicalJson } from '../../../../src/registry/json-copy.ts'
import { emptyFamily, type EventDraft, type Family, type ModelRecord } from '../../../../src/registry/records.ts'

export const name = 'lgbm'

/** 64 hex digits that belong to a text. */
export const hashOf = (text: string): string => bytesToHex(new TextEncoder().encode(text)).padEnd(64, '0').slice(0, 64)

/** Everything that a version needs to serve. */
export function newModel(version: string, metadata: Partial<NewModel['metadata']> = {}): NewModel {
  return {
    name,
    version,
    id: `${name}_v${version}`,
    artifact: { url: `https://models.example/${version}.onnx`, size: 100, sha256: hashOf(`model ${version}`) },
    scaler: { url: `https://models.example/${version}.json`, size: 10, sha256: hashOf(`scaler ${version}`) },
    metadata: {
      modelType: 'lgbm',
      features: { names: ['rsi_14'], hash: 'ab'.repeat(32), lookback: 96, timeframe: '15m' },
      io: {
        inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 96, 1] }],
        outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 20] }],
      },
      outputLayout: { id: 'unified-20', horizons: [{ name: '15m', bars: 1 }] },
      classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
      ...metadata,
    },
  }
}

/** Freezes a value in depth; maps too, whose contents `Object.freeze` does not reach. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const refuse = (): never => {
    throw new Error('a map that was given away is written to')
  }
  if (value instanceof Map) {
    for (const inner of value.values()) deepFreeze(inner)
    Object.assign(value, { set: refuse, delete: refuse, clear: refuse })
  } else for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}

/** What a command was refused with. */
export interface Refusal {
  readonly code: string
  readonly details: unknown
}

const replayed = (events: readonly EventDraft[]): Family => replayEvents(events).get(name) ?? emptyFamily(name)

const asText = ({ models, tombstones, channel }: Family): string =>
  canonicalJson([[...models], [...tombstones], channel])

/** A family that remembers its log. */
export class Life {
  family: Family = deepFreeze(emptyFamily(name))
  at = Date.UTC(2026, 0, 1)
  rule: CandidateRule = defaultCandidateRule
  /** Versions whose bytes are not here. */
  readonly absent = new Set<string>()
  /** Why versions cannot serve here. */
  readonly incompatible = new Map<string, string>()
  readonly events: EventDraft[] = []

  get context(): LifecycleContext {
    const absent = new Set([...this.absent].map((version) => hashOf(`model ${version}`)))
    return {
      at: this.at,
      isReady: (sha256) => !absent.has(sha256),
      incompatibility: ({ version }) => this.incompatible.get(version),
      rule: this.rule,
    }
  }

  /** Lets a command happen and gives back what came of it. */
  do(command: Command): readonly Fact[] {
    const { family, facts }: Outcome = decide(this.family, deepFreeze(command), this.context)
    this.events.push(...facts.map((fact) => eventOf(fact, name, this.at, 'host')))
    expect(replayed(this.events)).toEqual(family)
    // What went through a backup is text.
    expect(asText(replayed(JSON.parse(JSON.stringify(this.events)) as EventDraft[]))).toBe(asText(family))
    this.family = deepFreeze(family)
    return deepFreeze(facts)
  }

  /** The error that a command is refused with. The family is frozen, so it cannot have changed. */
  refusal(command: Command): Refusal {
    try {
      decide(this.family, deepFreeze(command), this.context)
    } catch (error) {
      if (!isCandlewickError(error)) throw error
      return { code: error.code, details: error.details }
    }
    return expect.fail(`${command.type} was not refused`)
  }

  /** Registers a version with an information coefficient, or with the metadata given. */
  register(version: string, metadata: number | Partial<NewModel['metadata']> = {}): readonly Fact[] {
    const fields = typeof metadata === 'number' ? { metrics: { ic_mean: metadata } } : metadata
    return this.do({ type: 'register', model: newModel(version, fields) })
  }

  /** Puts versions into production, one after the other, registering them where they are new. */
  serve(...versions: readonly string[]): this {
    for (const version of versions) {
      if (!this.family.models.has(version)) this.register(version)
      this.do({ type: 'promote', version, cause: 'manual' })
    }
    return this
  }

  /** The record of a version that must be there. */
  model(version: string): ModelRecord {
    return this.family.models.get(version) ?? expect.fail(`there is no ${version}`)
  }

  /** The status of a version, with the reason where it is a candidate: `candidate demoted`. */
  standing(version: string): string {
    const { status, candidateReason, lowTrust } = this.model(version)
    return [status, candidateReason, lowTrust && 'low-trust'].filter(Boolean).join(' ')
  }
}

/** The types of facts, in order. */
export const typesOf = (facts: readonly Fact[]): string[] => facts.map(({ type }) => type)
