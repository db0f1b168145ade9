import { describe, expect, it } from 'vitest'

import {
  type CandidateRule,
  compareWithProduction,
  defaultCandidateRule,
  metricOf,
} from '../../../../src/registry/lifecycle/candidate-rule.ts'
import { Life } from './life.ts'

/** `none` stands for no production version at all, `undefined` for a version without the metric. */
type Row = readonly [
  when: string,
  production: unknown,
  challenger: unknown,
  standing: string,
  setting: Setting | undefined,
]
interface Setting extends Partial<CandidateRule> {
  /** Evaluation sets of production and challenger. */
  readonly sets?: readonly [string | undefined, string | undefined]
}

const [stays, better, doubtful] = ['registered', 'candidate better-metric', 'candidate better-metric low-trust']
const min = { direction: 'min' } as const

const table: readonly Row[] = [
  ['there is no production', 'none', 0.9, stays, undefined],
  ['its metric is missing', 0.1, undefined, stays, undefined],
  ['its metric is NaN', 0.1, NaN, stays, undefined],
  ['its metric is infinite', 0.1, Infinity, stays, undefined],
  ['its metric is a text', 0.1, '0.9', stays, undefined],
  ["production's metric is missing", undefined, 0.9, stays, undefined],
  ["production's metric is NaN", NaN, 0.9, stays, undefined],
  ["its metric is missing and production's is below zero", -1, undefined, stays, undefined],
  ['both lack it', undefined, undefined, stays, undefined],
  ['it is equal', 0.5, 0.5, stays, undefined],
  ['it is equal by the sign of zero', -0, 0, stays, undefined],
  ['it is lower', 0.5, 0.4, stays, undefined],
  ['it is higher', 0.5, 0.6, better, undefined],
  ['both are below zero', -0.5, -0.4, better, undefined],
  ['less is better and it is lower', 0.5, 0.4, better, min],
  ['less is better and it is higher', 0.5, 0.6, stays, min],
  ['less is better and it is equal', 0.5, 0.5, stays, min],
  ['less is better and its metric is missing', 0.5, undefined, stays, min],
  ['the gain is just the least one', 0.5, 0.75, stays, { minDelta: 0.25 }],
  ['the gain is above the least one', 0.5, 0.76, better, { minDelta: 0.25 }],
  ['less is better by a least gain', 0.5, 0.25, better, { ...min, minDelta: 0.125 }],
  ['the least gain is NaN', 0.5, 0.9, stays, { minDelta: NaN }],
  ['another metric counts', 0.5, 0.9, stays, { metric: 'win_rate' }],
  ['a metric is named like a method', 0.5, 0.9, stays, { metric: 'toString' }],
  ['both were evaluated on one set', 0.5, 0.6, better, { sets: ['a', 'a'] }],
  ['they were evaluated on two sets', 0.5, 0.6, doubtful, { sets: ['a', 'b'] }],
  ['its set is unknown', 0.5, 0.6, doubtful, { sets: ['a', undefined] }],
  ["production's set is unknown", 0.5, 0.6, doubtful, { sets: [undefined, 'b'] }],
  ['it is lower on another set', 0.5, 0.4, stays, { sets: ['a', 'b'] }],
]

const metadataOf = (value: unknown, set: string | undefined): Record<string, unknown> => ({
  metrics: value === undefined ? {} : { ic_mean: value },
  ...(set !== undefined && { evalSetId: set }),
})

/** Takes metadata that the doors of the registry would not let pass. */
class LooseLife extends Life {
  override register(version: string, metadata: Record<string, unknown>): ReturnType<Life['register']> {
    return super.register(version, metadata)
  }
}

describe('the candidate rule', () => {
  it('compares the mean information coefficient, strictly, unless told otherwise', () => {
    expect(defaultCandidateRule).toEqual({ metric: 'ic_mean', direction: 'max', minDelta: 0 })
  })

  it.each(table)('finds, when %s (%s, then %s), that it is %s', (...[, production, challenger, standing, setting]) => {
    const life = new LooseLife()
    const { sets, ...rule } = setting ?? {}
    life.rule = { ...defaultCandidateRule, ...rule }
    if (production !== 'none') {
      life.register('1.0.0', metadataOf(production, sets?.[0]))
      life.serve('1.0.0')
    }
    life.register('1.1.0', metadataOf(challenger, sets?.[1]))
    expect(life.standing('1.1.0')).toBe(standing)
  })

  it.each([
    ['no metrics', {}],
    ['null for metrics', { metrics: null }],
    ['a text for metrics', { metrics: 'good' }],
  ])('finds no value in %s', (_, metadata) => {
    const life = new LooseLife()
    life.register('1.0.0', metadata)
    expect(metricOf(life.model('1.0.0'), 'ic_mean')).toBeUndefined()
    expect(compareWithProduction(life.model('1.0.0'), undefined, defaultCandidateRule)).toEqual({
      better: false,
      lowTrust: false,
      why: 'there is no production version to compare with',
    })
  })
})

/** 1.0.0 serves with 0.5, and 1.1.0 would be better. */
function challenged(metadata: Record<string, unknown> = {}): Life {
  const life = new Life()
  life.register('1.0.0', 0.5)
  life.register('1.1.0', { metrics: { ic_mean: 0.6 }, ...metadata })
  return life
}

describe('versions that are better but out of reach', () => {
  it('stay registered while they are held back, and are compared when they are released', () => {
    const life = challenged()
    life.do({ type: 'hold-back', version: '1.1.0', reason: 'reads the future' })
    life.serve('1.0.0')
    expect(life.standing('1.1.0')).toBe('registered')
    life.do({ type: 'release', version: '1.1.0', reason: 'it does not' })
    expect(life.standing('1.1.0')).toBe('candidate better-metric')
  })

  it('stay registered once they are withdrawn', () => {
    const life = challenged()
    life.do({ type: 'withdraw', version: '1.1.0', reason: 'wrong data' })
    life.serve('1.0.0')
    expect(life.standing('1.1.0')).toBe('registered')
  })

  it.each([
    ['before', -1, 'candidate better-metric'],
    ['at', 0, 'registered'],
    ['after', 1, 'registered'],
  ])('are what they deserve %s their last moment', (_, offset, standing) => {
    const life = challenged({ expires: '2026-06-01T00:00:00Z' })
    life.at = Date.parse('2026-06-01T00:00:00Z') + offset
    life.serve('1.0.0')
    expect(life.standing('1.1.0')).toBe(standing)
  })

  it('stay archived', () => {
    const life = challenged()
    life.do({ type: 'set-status', version: '1.1.0', status: 'archived' })
    life.serve('1.0.0')
    expect(life.standing('1.1.0')).toBe('archived')
  })
})

describe('a move of the production pointer', () => {
  it('compares all that are registered, and those the rule made candidates', () => {
    const life = new Life()
    for (const [version, value] of Object.entries({ '1.0.0': 0.3, '1.1.0': 0.5, '1.2.0': 0.4, '1.3.0': 0.2 }))
      life.register(version, value)
    life.serve('1.0.0')
    expect(['1.1.0', '1.2.0', '1.3.0'].map((version) => life.standing(version))).toEqual([
      'candidate better-metric',
      'candidate better-metric',
      'registered',
    ])
    const facts = life.do({ type: 'promote', version: '1.2.0' })
    expect(life.standing('1.1.0')).toBe('candidate better-metric')
    expect(life.standing('1.0.0')).toBe('candidate demoted')
    expect(facts.filter((fact) => fact.type === 'status-changed' && fact.version === '1.1.0')).toEqual([])
  })

  it('takes the mark back from those that are not better any more', () => {
    const life = new Life()
    life.register('1.0.0', 0.3)
    life.serve('1.0.0')
    life.register('1.1.0', 0.4)
    life.register('1.2.0', 0.5)
    life.do({ type: 'promote', version: '1.2.0' })
    expect(life.standing('1.1.0')).toBe('registered')
    expect(life.model('1.1.0')).not.toHaveProperty('candidateReason')
  })

  it('takes the mark back from all when nobody serves any more', () => {
    const life = challenged().serve('1.0.0')
    life.do({ type: 'demote', allowEmpty: true })
    expect(life.standing('1.1.0')).toBe('registered')
  })

  it('trusts a comparison anew', () => {
    const life = new Life()
    life.register('1.0.0', { metrics: { ic_mean: 0.3 }, evalSetId: 'a' })
    life.register('1.1.0', { metrics: { ic_mean: 0.4 }, evalSetId: 'b' })
    life.register('1.2.0', { metrics: { ic_mean: 0.5 }, evalSetId: 'b' })
    life.serve('1.0.0')
    expect(life.standing('1.2.0')).toBe('candidate better-metric low-trust')
    life.do({ type: 'promote', version: '1.1.0' })
    expect(life.standing('1.2.0')).toBe('candidate better-metric')
    expect(life.model('1.1.0'), 'the mark goes with the candidacy').not.toHaveProperty('lowTrust')
  })

  it('leaves the marks of people', () => {
    const life = new Life()
    life.register('1.0.0', 0.5)
    life.register('1.1.0', 0.1)
    life.do({ type: 'set-status', version: '1.1.0', status: 'candidate' })
    life.serve('1.0.0')
    expect(life.standing('1.1.0')).toBe('candidate manual')
  })

  it('never makes the version that was replaced a better one, however good its metric', () => {
    const life = challenged().serve('1.1.0', '1.0.0')
    life.register('1.2.0', 0.2)
    life.serve('1.2.0', '1.0.0')
    expect(life.standing('1.1.0')).toBe('candidate demoted')
  })
})
