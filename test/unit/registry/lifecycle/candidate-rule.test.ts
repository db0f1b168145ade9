import { describe, expect, it } from 'vitest'

import {
  type CandidateRule,
  compareWithProduction,
  defaultCandidateRule,
  metricOf,
} from '../../../../src/registry/lifecycle/candidate-rule.ts'
import { Life } from './life.ts'

interface Row {
  readonly case: string
  /** Value of `production`; `none` for no production version, `undefined` for one without the metric. */
  readonly production: unknown
  readonly challenger: unknown
  readonly rule?: Partial<CandidateRule>
  /** Evaluation sets of production and challenger. */
  readonly sets?: readonly [string | undefined, string | undefined]
  readonly standing: string
}

const table: readonly Row[] = [
  { case: 'there is no production', production: 'none', challenger: 0.9, standing: 'registered' },
  { case: 'its metric is missing', production: 0.1, challenger: undefined, standing: 'registered' },
  { case: 'its metric is NaN', production: 0.1, challenger: Number.NaN, standing: 'registered' },
  { case: 'its metric is infinite', production: 0.1, challenger: Infinity, standing: 'registered' },
  { case: 'its metric is a text', production: 0.1, challenger: '0.9', standing: 'registered' },
  { case: "production's metric is missing", production: undefined, challenger: 0.9, standing: 'registered' },
  { case: "production's metric is NaN", production: Number.NaN, challenger: 0.9, standing: 'registered' },
  { case: "production's is missing, its own below 0", production: undefined, challenger: -1, standing: 'registered' },
  { case: "its own is missing, production's below 0", production: -1, challenger: undefined, standing: 'registered' },
  { case: 'both lack it', production: undefined, challenger: undefined, standing: 'registered' },
  { case: 'it is equal', production: 0.5, challenger: 0.5, standing: 'registered' },
  { case: 'it is equal by the sign of zero', production: -0, challenger: 0, standing: 'registered' },
  { case: 'it is lower', production: 0.5, challenger: 0.4, standing: 'registered' },
  { case: 'it is higher', production: 0.5, challenger: 0.6, standing: 'candidate better-metric' },
  { case: 'both are below zero', production: -0.5, challenger: -0.4, standing: 'candidate better-metric' },
  {
    case: 'less is better and it is lower',
    production: 0.5,
    challenger: 0.4,
    rule: { direction: 'min' },
    standing: 'candidate better-metric',
  },
  {
    case: 'less is better and it is higher',
    production: 0.5,
    challenger: 0.6,
    rule: { direction: 'min' },
    standing: 'registered',
  },
  {
    case: 'less is better and it is equal',
    production: 0.5,
    challenger: 0.5,
    rule: { direction: 'min' },
    standing: 'registered',
  },
  {
    case: 'the gain is just the least one',
    production: 0.5,
    challenger: 0.75,
    rule: { minDelta: 0.25 },
    standing: 'registered',
  },
  {
    case: 'the gain is above the least one',
    production: 0.5,
    challenger: 0.76,
    rule: { minDelta: 0.25 },
    standing: 'candidate better-metric',
  },
  {
    case: 'less is better by a least gain',
    production: 0.5,
    challenger: 0.25,
    rule: { direction: 'min', minDelta: 0.125 },
    standing: 'candidate better-metric',
  },
  {
    case: 'the least gain is NaN',
    production: 0.5,
    challenger: 0.9,
    rule: { minDelta: Number.NaN },
    standing: 'registered',
  },
  {
    case: 'another metric counts',
    production: 0.5,
    challenger: 0.9,
    rule: { metric: 'win_rate' },
    standing: 'registered',
  },
  {
    case: 'a metric is named like a method',
    production: 0.5,
    challenger: 0.9,
    rule: { metric: 'toString' },
    standing: 'registered',
  },
  {
    case: 'both were evaluated on one set',
    production: 0.5,
    challenger: 0.6,
    sets: ['a', 'a'],
    standing: 'candidate better-metric',
  },
  {
    case: 'they were evaluated on two sets',
    production: 0.5,
    challenger: 0.6,
    sets: ['a', 'b'],
    standing: 'candidate better-metric low-trust',
  },
  {
    case: 'its set is unknown',
    production: 0.5,
    challenger: 0.6,
    sets: ['a', undefined],
    standing: 'candidate better-metric low-trust',
  },
  {
    case: "production's set is unknown",
    production: 0.5,
    challenger: 0.6,
    sets: [undefined, 'b'],
    standing: 'candidate better-metric low-trust',
  },
  { case: 'it is lower on another set', production: 0.5, challenger: 0.4, sets: ['a', 'b'], standing: 'registered' },
]

const metadataOf = (value: unknown, set: string | undefined): Record<string, unknown> => ({
  metrics: value === undefined ? {} : { ic_mean: value },
  ...(set !== undefined && { evalSetId: set }),
})

/** Non-finite metrics do not pass the door of manifests, so the log is not asked to carry them through text. */
class LooseLife extends Life {
  override register(version: string, metadata: Record<string, unknown>): ReturnType<Life['register']> {
    return super.register(version, metadata)
  }
}

describe('the candidate rule', () => {
  it('compares the mean information coefficient, strictly, unless told otherwise', () => {
    expect(defaultCandidateRule).toEqual({ metric: 'ic_mean', direction: 'max', minDelta: 0 })
  })

  it.each(table)('makes it $standing when $case', ({ production, challenger, rule, sets, standing }) => {
    const life = new LooseLife()
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
