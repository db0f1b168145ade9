import { describe, expect, it } from 'vitest'

import { Life, name, typesOf } from './life.ts'

describe('rolling back', () => {
  it('returns to the version before, and holds the failed one back', () => {
    const life = new Life().serve('1.0.0', '1.1.0')
    expect(life.do({ type: 'rollback', reason: 'NaN in its output', expectedEpoch: 2 })).toEqual([
      {
        type: 'status-changed',
        version: '1.1.0',
        from: 'production',
        to: 'registered',
        why: 'NaN in its output',
      },
      { type: 'held-back', version: '1.1.0', reason: 'NaN in its output' },
      {
        type: 'status-changed',
        version: '1.0.0',
        from: 'candidate',
        to: 'production',
        why: 'NaN in its output',
      },
      {
        type: 'production-moved',
        from: '1.1.0',
        to: '1.0.0',
        epoch: 3,
        previous: [],
        cause: 'rollback',
        why: 'NaN in its output',
      },
    ])
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 3 })
    expect(life.model('1.1.0')).toMatchObject({
      status: 'registered',
      heldBack: { reason: 'NaN in its output', at: life.at },
    })
    expect(life.model('1.0.0')).not.toHaveProperty('candidateReason')
  })

  it('never takes the failed version back by itself, though it is better by its metric', () => {
    const life = new Life()
    life.register('1.0.0', 0.1)
    life.register('1.1.0', 0.9)
    life.serve('1.0.0', '1.1.0')
    life.do({ type: 'rollback', reason: 'NaN' })
    life.serve('1.2.0', '1.0.0')
    expect(life.standing('1.1.0')).toBe('registered')
    expect(life.refusal({ type: 'promote', version: '1.1.0', force: true, reason: 'again' })).toEqual({
      code: 'registry/held-back',
      details: { id: 'lgbm_v1.1.0', reason: 'NaN' },
    })
  })

  it('chooses the first earlier version that can take over', () => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0', '1.3.0')
    life.absent.add('1.2.0')
    life.do({ type: 'rollback', reason: 'NaN' })
    expect(life.family.channel).toMatchObject({ production: '1.1.0', previous: ['1.2.0', '1.0.0'] })
  })

  it('says of each earlier version why it cannot take over', () => {
    const life = new Life()
    life.register('1.0.0', { expires: '2026-03-01T00:00:00Z' })
    life.serve('1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0')
    life.do({ type: 'set-status', version: '1.1.0', status: 'archived' })
    life.do({ type: 'withdraw', version: '1.2.0', reason: 'wrong data' })
    life.do({ type: 'hold-back', version: '1.3.0', reason: 'it crashed' })
    life.absent.add('1.4.0')
    life.at = Date.parse('2026-03-01T00:00:00Z')
    const refused = life.refusal({ type: 'rollback', reason: 'NaN' })
    expect(refused).toEqual({
      code: 'registry/no-rollback-target',
      details: {
        name,
        tried: [
          { id: 'lgbm_v1.4.0', reason: 'its bytes are not here' },
          { id: 'lgbm_v1.3.0', reason: 'it is held back: it crashed' },
          { id: 'lgbm_v1.2.0', reason: 'it was withdrawn: wrong data' },
          { id: 'lgbm_v1.1.0', reason: 'it is archived' },
          { id: 'lgbm_v1.0.0', reason: 'it expired at 2026-03-01T00:00:00Z' },
        ],
      },
    })
    expect(life.family.channel.production, 'it keeps serving').toBe('1.5.0')
  })

  it('is refused without a history', () => {
    const tried = { code: 'registry/no-rollback-target', details: { name, tried: [] } }
    expect(new Life().refusal({ type: 'rollback', reason: 'NaN' })).toEqual(tried)
    expect(new Life().serve('1.0.0').refusal({ type: 'rollback', reason: 'NaN' })).toEqual(tried)
  })

  it('goes to the version that is named', () => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0')
    life.do({ type: 'rollback', to: '1.0.0', reason: 'NaN' })
    expect(life.family.channel).toMatchObject({ production: '1.0.0', previous: ['1.1.0'] })
    expect([life.standing('1.1.0'), life.standing('1.2.0')]).toEqual(['candidate demoted', 'registered'])
  })

  it.each(['1.2.0', '1.3.0', '9.9.9'])('does not go to %s, which was not in production before', (to) => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0')
    life.register('1.3.0')
    expect(life.refusal({ type: 'rollback', to, reason: 'NaN' })).toEqual({
      code: 'registry/no-rollback-target',
      details: { name, tried: [{ id: `lgbm_v${to}`, reason: 'it was not in production before' }] },
    })
  })

  it('takes no other version than the one that is named', () => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0')
    life.absent.add('1.0.0')
    expect(life.refusal({ type: 'rollback', to: '1.0.0', reason: 'NaN' })).toMatchObject({
      details: { tried: [{ id: 'lgbm_v1.0.0' }] },
    })
  })

  it('fills an empty place', () => {
    const life = new Life().serve('1.0.0')
    life.do({ type: 'demote', allowEmpty: true })
    life.do({ type: 'rollback', reason: 'we need one' })
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 3 })
  })

  it('is refused where the pointer was moved meanwhile, before any target is looked for', () => {
    expect(new Life().serve('1.0.0').refusal({ type: 'rollback', reason: 'NaN', expectedEpoch: 0 })).toEqual({
      code: 'registry/epoch-conflict',
      details: { name, expected: 0, actual: 1 },
    })
  })

  it('ends the canary and the shadow that it returns to', () => {
    const life = new Life().serve('1.0.0', '1.1.0')
    life.do({ type: 'start-canary', version: '1.0.0', basisPoints: 100, unit: 'symbol' })
    life.do({ type: 'set-shadow', version: '1.0.0' })
    life.do({ type: 'rollback', reason: 'NaN' })
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 3 })
  })

  it('tells of a version under the id it was saved under', () => {
    const life = new Life()
    life.serve('1.0.0')
    life.register('1.1.0')
    const model = { ...life.model('1.1.0'), version: '1.2.0', id: 'lstm_20230101_120000' }
    life.do({ type: 'register', model })
    expect(life.refusal({ type: 'rollback', to: '1.2.0', reason: 'NaN' })).toMatchObject({
      details: { tried: [{ id: 'lstm_20230101_120000' }] },
    })
  })
})

describe('withdrawing', () => {
  const withdraw = { type: 'withdraw', version: '1.1.0', reason: 'wrong data' } as const

  it('marks a version that does not serve, and it stays', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    expect(life.do(withdraw)).toEqual([{ type: 'withdrawn', version: '1.1.0', reason: 'wrong data' }])
    expect(life.model('1.1.0')).toMatchObject({
      status: 'registered',
      withdrawn: { reason: 'wrong data', at: life.at },
    })
    expect(life.do(withdraw)).toEqual([])
  })

  it('takes a candidate out of the running', () => {
    const life = new Life()
    life.register('1.1.0')
    life.do({ type: 'set-status', version: '1.1.0', status: 'candidate' })
    life.do(withdraw)
    expect(life.standing('1.1.0')).toBe('registered')
  })

  it('ends its canary and its shadow', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    life.do({ type: 'start-canary', version: '1.1.0', basisPoints: 100, unit: 'symbol' })
    life.do({ type: 'set-shadow', version: '1.1.0' })
    expect(typesOf(life.do(withdraw))).toEqual(['withdrawn', 'canary-ended', 'shadow-set'])
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 1 })
  })

  it('leaves the canary and the shadow of others', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    life.register('1.2.0')
    life.do({ type: 'start-canary', version: '1.2.0', basisPoints: 100, unit: 'symbol' })
    life.do({ type: 'set-shadow', version: '1.2.0' })
    expect(typesOf(life.do(withdraw))).toEqual(['withdrawn'])
  })

  it.each([
    ['rollback', '1.0.0', undefined],
    ['rollback', '1.0.0', 'rollback'],
    ['rollback', '1.0.0', 'block'],
  ] as const)('ends the service by a %s to %s under the policy %s', (_, target, policy) => {
    const life = new Life().serve('1.0.0', '1.1.0')
    expect(life.do({ ...withdraw, policy }).at(-1)).toMatchObject({
      to: target,
      cause: 'withdrawal',
      why: 'wrong data',
    })
    expect(life.family.channel).toMatchObject({ production: '1.0.0', previous: [], epoch: 3 })
    expect(life.model('1.1.0')).toMatchObject({ status: 'registered', heldBack: { reason: 'wrong data' } })
  })

  it.each([
    ['rollback', '1.1.0', 'production'],
    ['keep', '1.1.0', 'production'],
    ['block', undefined, 'registered'],
  ] as const)('leaves the service, under the policy %s and without a target, to %s', (policy, production, status) => {
    const life = new Life().serve('1.1.0')
    life.do({ ...withdraw, policy })
    expect(life.family.channel.production).toBe(production)
    expect(life.model('1.1.0')).toMatchObject({ status, withdrawn: { reason: 'wrong data' } })
  })

  it('keeps a version in service under the policy keep, though there is a target', () => {
    const life = new Life().serve('1.0.0', '1.1.0')
    expect(typesOf(life.do({ ...withdraw, policy: 'keep' }))).toEqual(['withdrawn'])
    expect(life.standing('1.1.0')).toBe('production')
  })

  it('ends a canary that has nothing to be measured against any more', () => {
    const life = new Life().serve('1.1.0')
    life.register('1.2.0')
    life.do({ type: 'start-canary', version: '1.2.0', basisPoints: 100, unit: 'symbol' })
    life.do({ ...withdraw, policy: 'block' })
    expect(life.family.channel).toEqual({ name, previous: [], epoch: 2 })
    expect(life.model('1.2.0')).not.toHaveProperty('heldBack')
  })

  it('is tried again when it is said again', () => {
    const life = new Life().serve('1.0.0', '1.1.0')
    life.absent.add('1.0.0')
    life.do(withdraw)
    expect(life.do(withdraw), 'still no target').toEqual([])
    life.absent.clear()
    expect(life.do({ ...withdraw, policy: 'keep' })).toEqual([])
    life.do(withdraw)
    expect(life.family.channel.production).toBe('1.0.0')
    expect(life.do(withdraw)).toEqual([])
  })

  it('becomes stricter when the publisher does', () => {
    const life = new Life().serve('1.1.0')
    life.do({ ...withdraw, policy: 'keep' })
    life.do({ ...withdraw, policy: 'block' })
    expect(life.family.channel).toEqual({ name, previous: [], epoch: 2 })
  })

  it('is refused for an unknown version', () => {
    expect(new Life().refusal(withdraw)).toMatchObject({ code: 'model/not-found' })
  })

  it('holds for ever: such a version is not promoted after its release either', () => {
    const life = new Life().serve('1.0.0', '1.1.0')
    life.do(withdraw)
    life.do({ type: 'release', version: '1.1.0', reason: 'let me' })
    expect(life.standing('1.1.0')).toBe('registered')
    expect(life.refusal({ type: 'promote', version: '1.1.0', force: true, reason: 'let me' })).toMatchObject({
      code: 'registry/withdrawn',
    })
  })
})
