import { describe, expect, it } from 'vitest'

import { Life, name, newModel } from './life.ts'

interface Obstacle {
  readonly is: string
  readonly make: (life: Life) => void
  readonly code: string
  readonly details: object
}

const id = 'lgbm_v1.1.0'
const obstacles: readonly Obstacle[] = [
  {
    is: 'archived',
    make: (life) => life.do({ type: 'set-status', version: '1.1.0', status: 'archived' }),
    code: 'registry/invalid-transition',
    details: { id, from: 'archived', to: 'production' },
  },
  {
    is: 'withdrawn',
    make: (life) => life.do({ type: 'withdraw', version: '1.1.0', reason: 'wrong data' }),
    code: 'registry/withdrawn',
    details: { id, reason: 'wrong data' },
  },
  {
    is: 'expired',
    make: (life) => (life.at = Date.parse('2027-01-01T00:00:00Z')),
    code: 'registry/expired',
    details: { id, expires: '2027-01-01T00:00:00Z' },
  },
  {
    is: 'held back',
    make: (life) => life.do({ type: 'hold-back', version: '1.1.0', reason: 'it crashed' }),
    code: 'registry/held-back',
    details: { id, reason: 'it crashed' },
  },
  {
    is: 'incompatible',
    make: (life) => life.incompatible.set('1.1.0', 'rsi_14 is computed differently'),
    code: 'registry/incompatible',
    details: { id, reason: 'rsi_14 is computed differently' },
  },
  { is: 'not installed', make: (life) => life.absent.add('1.1.0'), code: 'registry/not-installed', details: { id } },
]

describe.each(obstacles)('a version that is $is', ({ make, code, details }) => {
  /** 1.0.0 serves; 1.1.0 is a candidate with an obstacle, and was in production before. */
  function hindered(): Life {
    const life = new Life()
    life.register('1.1.0', { metrics: { ic_mean: 1 }, expires: '2027-01-01T00:00:00Z' })
    life.serve('1.1.0', '1.0.0')
    make(life)
    return life
  }
  const refused = { code, details }

  it('is not promoted, neither by force nor by hand', () => {
    const life = hindered()
    const promote = { type: 'promote', version: '1.1.0' } as const
    expect(life.refusal(promote)).toEqual(refused)
    expect(life.refusal({ ...promote, force: true, reason: 'now' })).toEqual(refused)
    expect(life.refusal({ ...promote, cause: 'manual', force: true, reason: 'now' })).toEqual(refused)
    expect(life.refusal({ type: 'set-status', version: '1.1.0', status: 'production' })).toEqual(refused)
  })

  it('is not promoted into an empty place', () => {
    const life = hindered()
    life.do({ type: 'demote', allowEmpty: true })
    expect(life.refusal({ type: 'promote', version: '1.1.0' })).toEqual(refused)
  })

  it('replaces nobody, and becomes neither canary nor shadow', () => {
    const life = hindered()
    expect(life.refusal({ type: 'demote', replacement: '1.1.0' })).toEqual(refused)
    expect(life.refusal({ type: 'start-canary', version: '1.1.0', basisPoints: 1, unit: 'symbol' })).toEqual(refused)
    expect(life.refusal({ type: 'set-shadow', version: '1.1.0' })).toEqual(refused)
  })

  it('is no target of a rollback', () => {
    expect(hindered().refusal({ type: 'rollback', reason: 'it fails' })).toMatchObject({
      code: 'registry/no-rollback-target',
      details: { name, tried: [{ id }] },
    })
  })
})

describe('a version that lacks a part', () => {
  it.each(['features', 'io', 'outputLayout', 'classOrder'])('does not serve without %s', (part) => {
    const life = new Life()
    life.register('1.0.0', { [part]: undefined })
    expect(life.refusal({ type: 'promote', version: '1.0.0' })).toEqual({
      code: 'registry/incompatible',
      details: { id: 'lgbm_v1.0.0', reason: `its entry has no ${part}` },
    })
  })

  it('names all parts that are missing', () => {
    const life = new Life()
    const metadata = { modelType: 'lstm', scaler: 'a free field is no scaler' }
    life.do({ type: 'register', model: { ...newModel('1.0.0'), scaler: undefined, metadata } })
    expect(life.refusal({ type: 'promote', version: '1.0.0' })).toMatchObject({
      details: { reason: 'its entry has no scaler, no features, no io, no outputLayout, no classOrder' },
    })
  })

  it('does not serve without the bytes of its scaler or of its reference inputs either', () => {
    const golden = [{ input: { url: 'x', size: 4, sha256: 'cd'.repeat(32) }, output: [1], atol: 0, rtol: 0 }]
    const life = new Life()
    life.register('1.0.0', { golden })
    for (const missing of [newModel('1.0.0').scaler!.sha256, 'cd'.repeat(32)]) {
      const context = { ...life.context, isReady: (sha256: string) => sha256 !== missing }
      Object.defineProperty(life, 'context', { value: context, configurable: true })
      expect(life.refusal({ type: 'promote', version: '1.0.0' })).toMatchObject({ code: 'registry/not-installed' })
    }
  })
})
