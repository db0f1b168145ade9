import { describe, expect, it } from 'vitest'

import { modelStatuses } from '../../../../src/registry/records.ts'
import { Life, typesOf } from './life.ts'

const id = 'lgbm_v1.1.0'
const setStatus = (status: string): { type: 'set-status'; version: string; status: string } => ({
  type: 'set-status',
  version: '1.1.0',
  status,
})

/** 1.0.0 has served; 1.1.0 has the status asked for. */
function having(status: string): Life {
  const life = new Life().serve('1.0.0')
  life.register('1.1.0')
  life.do(setStatus(status))
  return life
}

const invalid = (from: string, to: string): object => ({
  code: 'registry/invalid-transition',
  details: { id, from, to },
})
const inUse = (use: string): object => ({ code: 'registry/in-use', details: { id, use } })

/** What comes of every status when every status is asked for: the standing afterwards, or the refusal. */
const transitions: readonly (readonly [string, string, string | object])[] = [
  ['registered', 'registered', 'registered'],
  ['registered', 'candidate', 'candidate manual'],
  ['registered', 'production', 'production'],
  ['registered', 'archived', 'archived'],
  ['candidate', 'registered', 'registered'],
  ['candidate', 'candidate', 'candidate manual'],
  ['candidate', 'production', 'production'],
  ['candidate', 'archived', 'archived'],
  ['production', 'registered', inUse('production')],
  ['production', 'candidate', inUse('production')],
  ['production', 'production', 'production'],
  ['production', 'archived', inUse('production')],
  ['archived', 'registered', 'registered'],
  ['archived', 'candidate', invalid('archived', 'candidate')],
  ['archived', 'production', invalid('archived', 'production')],
  ['archived', 'archived', 'archived'],
]

describe('setting a status', () => {
  it('has an answer for every pair', () => {
    expect(transitions.length).toBe(modelStatuses.length ** 2)
  })

  it.each(transitions)('from %s to %s gives %j', (from, to, result) => {
    const life = having(from)
    if (typeof result === 'object') return expect(life.refusal(setStatus(to))).toEqual(result)
    const facts = life.do(setStatus(to))
    if (from === to) expect(facts).toEqual([])
    expect(life.standing('1.1.0')).toBe(result)
  })

  it.each(['', 'Production', 'constructor', 'staging'])('refuses "%s"', (value) => {
    for (const status of modelStatuses)
      expect(having(status).refusal(setStatus(value))).toEqual({
        code: 'registry/invalid-status',
        details: { value, known: ['registered', 'candidate', 'production', 'archived'] },
      })
  })

  it('is refused for an unknown version', () => {
    expect(new Life().refusal(setStatus('archived'))).toMatchObject({ code: 'model/not-found', details: { id } })
  })

  it('promotes by hand, and says so', () => {
    expect(having('registered').do(setStatus('production')).at(-1)).toMatchObject({
      cause: 'manual',
      why: 'lgbm_v1.1.0 was set as production',
    })
  })

  it.each(['canary', 'shadow'])('does not archive the %s', (use) => {
    const life = having('registered')
    if (use === 'canary') life.do({ type: 'start-canary', version: '1.1.0', basisPoints: 1, unit: 'symbol' })
    else life.do({ type: 'set-shadow', version: '1.1.0' })
    expect(life.refusal(setStatus('archived'))).toEqual(inUse(use))
    life.do(setStatus('candidate'))
    expect(life.standing('1.1.0')).toBe('candidate manual')
  })

  it('archives a version to roll back to; it stays in the history and serves again once it is registered', () => {
    const life = new Life().serve('1.1.0', '1.2.0')
    life.do(setStatus('archived'))
    expect(life.family.channel.previous).toEqual(['1.1.0'])
    expect(life.refusal({ type: 'rollback', reason: 'NaN' })).toMatchObject({ code: 'registry/no-rollback-target' })
    life.do(setStatus('registered'))
    life.do({ type: 'rollback', reason: 'NaN' })
    expect(life.family.channel.production).toBe('1.1.0')
  })

  it('clears the marks of a candidate that is archived', () => {
    const life = new Life()
    life.register('1.0.0', { metrics: { ic_mean: 0.1 }, evalSetId: 'a' })
    life.serve('1.0.0')
    life.register('1.1.0', { metrics: { ic_mean: 0.2 }, evalSetId: 'b' })
    expect(life.standing('1.1.0')).toBe('candidate better-metric low-trust')
    life.do(setStatus('archived'))
    expect(life.standing('1.1.0')).toBe('archived')
  })

  it.each([
    ['withdrawn', 'registry/withdrawn'],
    ['held back', 'registry/held-back'],
    ['expired', 'registry/expired'],
  ])('makes no candidate of a version that is %s', (obstacle, code) => {
    const life = new Life()
    life.register('1.1.0', { expires: '2026-06-01T00:00:00Z' })
    if (obstacle === 'withdrawn') life.do({ type: 'withdraw', version: '1.1.0', reason: 'wrong data' })
    if (obstacle === 'held back') life.do({ type: 'hold-back', version: '1.1.0', reason: 'it crashed' })
    if (obstacle === 'expired') life.at = Date.parse('2026-06-01T00:00:00Z')
    expect(life.refusal(setStatus('candidate'))).toMatchObject({ code, details: { id } })
  })

  it('makes a candidate of a version that is not here yet, or cannot serve here', () => {
    const life = new Life()
    life.register('1.1.0')
    life.incompatible.set('1.1.0', 'another package')
    life.absent.add('1.1.0')
    life.do(setStatus('candidate'))
    expect(life.standing('1.1.0')).toBe('candidate manual')
  })
})

describe('holding a version back', () => {
  const holdBack = { type: 'hold-back', version: '1.1.0', reason: 'it crashed' } as const

  it('ends its candidacy, and says so once', () => {
    const life = having('candidate')
    expect(typesOf(life.do(holdBack))).toEqual(['held-back', 'status-changed'])
    expect(life.model('1.1.0')).toMatchObject({
      status: 'registered',
      heldBack: { reason: 'it crashed', at: life.at },
    })
    life.at += 1
    expect(life.do(holdBack)).toEqual([])
    expect(typesOf(life.do({ ...holdBack, reason: 'it crashed again' }))).toEqual(['held-back'])
    expect(life.model('1.1.0').heldBack).toEqual({ reason: 'it crashed again', at: life.at })
  })

  it.each(['production', 'canary', 'shadow'])('is refused for the %s', (use) => {
    const life = having(use === 'production' ? use : 'registered')
    if (use === 'canary') life.do({ type: 'start-canary', version: '1.1.0', basisPoints: 1, unit: 'symbol' })
    if (use === 'shadow') life.do({ type: 'set-shadow', version: '1.1.0' })
    expect(life.refusal(holdBack)).toEqual(inUse(use))
  })

  it('leaves an archived version archived, and its place in the history', () => {
    const life = new Life().serve('1.1.0', '1.2.0')
    life.do(setStatus('archived'))
    life.do(holdBack)
    expect(life.standing('1.1.0')).toBe('archived')
    expect(life.family.channel.previous).toEqual(['1.1.0'])
  })

  it('ends with a release, which is no news for others', () => {
    const life = having('registered')
    const release = { type: 'release', version: '1.1.0', reason: 'it was the cable' } as const
    expect(life.do(release)).toEqual([])
    life.do(holdBack)
    expect(life.do(release)).toEqual([{ type: 'released', version: '1.1.0', why: 'it was the cable' }])
    expect(life.model('1.1.0')).not.toHaveProperty('heldBack')
    life.do({ type: 'promote', version: '1.1.0', force: true, reason: 'it was the cable' })
    expect(life.standing('1.1.0')).toBe('production')
  })

  it('is refused for an unknown version, and so is the release', () => {
    for (const type of ['hold-back', 'release'] as const)
      expect(new Life().refusal({ type, version: '1.1.0', reason: 'x' })).toMatchObject({
        code: 'model/not-found',
        details: { id },
      })
  })
})
