import { describe, expect, it } from 'vitest'

import { Life, name, typesOf } from './life.ts'

describe('promoting', () => {
  it('puts the first version into service without a comparison', () => {
    const life = new Life()
    life.register('1.0.0')
    expect(life.do({ type: 'promote', version: '1.0.0' })).toEqual([
      {
        type: 'status-changed',
        version: '1.0.0',
        from: 'registered',
        to: 'production',
        why: 'lgbm_v1.0.0 was promoted',
      },
      {
        type: 'production-moved',
        to: '1.0.0',
        epoch: 1,
        previous: [],
        cause: 'promotion',
        why: 'lgbm_v1.0.0 was promoted',
      },
    ])
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 1 })
  })

  it('replaces production by a candidate: the one before is a candidate in the history', () => {
    const life = new Life()
    life.register('1.0.0', 0.1)
    life.serve('1.0.0')
    life.register('1.1.0', 0.2)
    life.at += 5
    expect(typesOf(life.do({ type: 'promote', version: '1.1.0', reason: 'week 7', expectedEpoch: 1 }))).toEqual([
      'status-changed',
      'status-changed',
      'production-moved',
    ])
    expect([life.standing('1.0.0'), life.standing('1.1.0')]).toEqual(['candidate demoted', 'production'])
    expect(life.model('1.1.0')).not.toHaveProperty('candidateReason')
    expect(life.family.channel).toEqual({ name, production: '1.1.0', previous: ['1.0.0'], epoch: 2 })
    expect(life.events.at(-1)).toEqual({
      at: life.at,
      actor: 'host',
      type: 'production-moved',
      name,
      version: '1.1.0',
      data: { from: '1.0.0', to: '1.1.0', epoch: 2, previous: ['1.0.0'], cause: 'promotion', why: 'week 7' },
    })
  })

  it('is no news for the version in production, whatever the epoch', () => {
    const life = new Life().serve('1.0.0')
    expect(life.do({ type: 'promote', version: '1.0.0', expectedEpoch: 99 })).toEqual([])
  })

  it('refuses what is no candidate, unless it is forced with a reason', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    const refused = { code: 'registry/not-candidate', details: { id: 'lgbm_v1.1.0', status: 'registered' } }
    const promote = { type: 'promote', version: '1.1.0' } as const
    expect(life.refusal(promote)).toEqual(refused)
    expect(life.refusal({ ...promote, reason: 'I want it' })).toEqual(refused)
    expect(life.refusal({ ...promote, force: true })).toEqual(refused)
    expect(life.refusal({ ...promote, force: true, reason: '' })).toEqual(refused)
    expect(life.do({ ...promote, force: true, reason: 'I want it' }).at(-1)).toMatchObject({ why: 'I want it' })
    expect(life.standing('1.1.0')).toBe('production')
  })

  it('takes the explicit word of somebody without a candidate', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    expect(life.do({ type: 'promote', version: '1.1.0', cause: 'manual' }).at(-1)).toMatchObject({ cause: 'manual' })
  })

  it('takes a version whose predecessor left the place empty', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    life.do({ type: 'demote', allowEmpty: true })
    life.do({ type: 'promote', version: '1.1.0' })
    expect(life.family.channel).toMatchObject({ production: '1.1.0', previous: ['1.0.0'], epoch: 3 })
  })

  it('is refused where the pointer was moved meanwhile', () => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0')
    for (const version of ['1.0.0', '1.1.0'])
      expect(life.refusal({ type: 'promote', version, expectedEpoch: 2 })).toEqual({
        code: 'registry/epoch-conflict',
        details: { name, expected: 2, actual: 3 },
      })
  })

  it('lets the second of two who looked at the same time fail', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    life.register('1.2.0')
    const { epoch } = life.family.channel
    life.do({ type: 'promote', version: '1.1.0', cause: 'manual', expectedEpoch: epoch })
    expect(life.refusal({ type: 'promote', version: '1.2.0', cause: 'manual', expectedEpoch: epoch })).toMatchObject({
      code: 'registry/epoch-conflict',
    })
    expect(life.family.channel.production).toBe('1.1.0')
  })

  it('is refused for an unknown version', () => {
    expect(new Life().refusal({ type: 'promote', version: '1.0.0' })).toEqual({
      code: 'model/not-found',
      details: { id: 'lgbm_v1.0.0', available: [] },
    })
  })
})

describe('the history', () => {
  it('keeps at most ten earlier versions, the latest first', () => {
    const life = new Life()
    const versions = Array.from({ length: 13 }, (_, i) => `1.${i}.0`)
    life.serve(...versions)
    expect(life.family.channel.previous).toEqual(versions.slice(2, 12).toReversed())
    expect(life.family.channel.epoch).toBe(13)
  })

  it('names a version once, at its latest place, and never the one that serves', () => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0', '1.0.0')
    expect(life.family.channel).toMatchObject({ production: '1.0.0', previous: ['1.2.0', '1.1.0'] })
    life.serve('1.2.0')
    expect(life.family.channel).toMatchObject({ production: '1.2.0', previous: ['1.0.0', '1.1.0'] })
  })
})

describe('demoting', () => {
  it('is refused where it would leave nobody', () => {
    const life = new Life().serve('1.0.0')
    expect(life.refusal({ type: 'demote' })).toEqual({ code: 'registry/would-leave-empty', details: { name } })
  })

  it('leaves nobody where that is allowed', () => {
    const life = new Life().serve('1.0.0')
    expect(life.do({ type: 'demote', allowEmpty: true, reason: 'a holiday' }).at(-1)).toEqual({
      type: 'production-moved',
      from: '1.0.0',
      epoch: 2,
      previous: ['1.0.0'],
      cause: 'demotion',
      why: 'a holiday',
    })
    expect(life.family.channel).toEqual({ name, previous: ['1.0.0'], epoch: 2 })
    expect(life.standing('1.0.0')).toBe('candidate demoted')
  })

  it('puts a replacement in, which need not be a candidate', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    life.do({ type: 'demote', replacement: '1.1.0' })
    expect([life.standing('1.0.0'), life.standing('1.1.0')]).toEqual(['candidate demoted', 'production'])
    expect(life.family.channel).toMatchObject({ production: '1.1.0', previous: ['1.0.0'], epoch: 2 })
  })

  it('does not take a version for its own replacement, nor empty the place instead', () => {
    const life = new Life().serve('1.0.0')
    for (const allowEmpty of [false, true])
      expect(life.refusal({ type: 'demote', replacement: '1.0.0', allowEmpty })).toEqual({
        code: 'registry/in-use',
        details: { id: 'lgbm_v1.0.0', use: 'production' },
      })
  })

  it('is no news where nobody serves, but puts in a replacement that was named', () => {
    const life = new Life()
    life.register('1.0.0')
    expect(life.do({ type: 'demote' })).toEqual([])
    expect(life.refusal({ type: 'demote', replacement: '9.9.9' })).toMatchObject({ code: 'model/not-found' })
    expect(life.refusal({ type: 'demote', replacement: '1.0.0', expectedEpoch: 7 })).toMatchObject({
      code: 'registry/epoch-conflict',
    })
    life.do({ type: 'demote', replacement: '1.0.0' })
    expect(life.family.channel).toMatchObject({ production: '1.0.0', previous: [], epoch: 1 })
  })

  it('is refused where the pointer was moved meanwhile', () => {
    const life = new Life().serve('1.0.0')
    expect(life.refusal({ type: 'demote', allowEmpty: true, expectedEpoch: 0 })).toEqual({
      code: 'registry/epoch-conflict',
      details: { name, expected: 0, actual: 1 },
    })
  })

  it('makes no candidate of a version that was withdrawn while it served', () => {
    const life = new Life().serve('1.0.0')
    life.register('1.1.0')
    life.do({ type: 'withdraw', version: '1.0.0', reason: 'wrong data', policy: 'keep' })
    life.do({ type: 'demote', replacement: '1.1.0' })
    expect(life.standing('1.0.0')).toBe('registered')
  })
})

describe('automation that always promotes the best candidate by metric', () => {
  it('does not play ping-pong with the version before', () => {
    const life = new Life()
    life.register('1.0.0', 0.9)
    life.serve('1.0.0')
    life.register('1.1.0', 0.5)
    life.do({ type: 'promote', version: '1.1.0', force: true, reason: 'it trades less' })
    const better = [...life.family.models.values()].filter(({ candidateReason }) => candidateReason === 'better-metric')
    expect(better).toEqual([])
    expect(life.standing('1.0.0')).toBe('candidate demoted')
  })
})
