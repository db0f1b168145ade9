import { describe, expect, it } from 'vitest'

import type { Command } from '../../../../src/registry/lifecycle/commands.ts'
import { Life, name, typesOf } from './life.ts'

const start = (version = '1.1.0', basisPoints = 100): Command => ({
  type: 'start-canary',
  version,
  basisPoints,
  unit: 'symbol',
})
const abort = { type: 'finish-canary', outcome: 'abort', reason: 'it loses' } as const
const finish = { type: 'finish-canary', outcome: 'promote', reason: 'it wins' } as const
const refused = (reason: string): object => ({ code: 'registry/canary-invalid', details: { name, reason } })

/** 1.0.0 serves; 1.1.0 and 1.2.0 are registered. */
function ready(): Life {
  const life = new Life().serve('1.0.0')
  life.register('1.1.0')
  life.register('1.2.0')
  return life
}

function running(): Life {
  const life = ready()
  life.do(start())
  return life
}

describe('a canary', () => {
  it('gets its share from the moment it starts', () => {
    const life = ready()
    life.at += 7
    expect(life.do(start())).toEqual([
      { type: 'canary-started', version: '1.1.0', canary: { basisPoints: 100, unit: 'symbol' } },
    ])
    expect(life.family.channel.canary).toEqual({
      version: '1.1.0',
      basisPoints: 100,
      unit: 'symbol',
      startedAt: life.at,
    })
    expect(life.family.channel, 'the pointer has not moved').toMatchObject({ production: '1.0.0', epoch: 1 })
  })

  it.each([1, 5000])('may have %d basis points', (basisPoints) => {
    const life = ready()
    life.do(start('1.1.0', basisPoints))
    expect(life.family.channel.canary?.basisPoints).toBe(basisPoints)
  })

  it.each([0, -1, 5001, 10_000, 1.5, Number.NaN, Infinity])('may not have %d, neither at first nor later', (share) => {
    const reason = `its share is ${share}, not a whole number of basis points from 1 to 5000`
    expect(ready().refusal(start('1.1.0', share))).toEqual(refused(reason))
    expect(running().refusal({ type: 'set-canary', basisPoints: share })).toEqual(refused(reason))
  })

  it('needs a production version beside it, and is not that version', () => {
    const life = new Life()
    life.register('1.1.0')
    expect(life.refusal(start())).toEqual(refused('there is no production version beside it'))
    expect(ready().refusal(start('1.0.0'))).toEqual(refused('lgbm_v1.0.0 is in production already'))
  })

  it('is the only one', () => {
    for (const version of ['1.1.0', '1.2.0'])
      expect(running().refusal(start(version))).toEqual(refused('lgbm_v1.1.0 is a canary already'))
  })

  it('is a version that is known', () => {
    expect(ready().refusal(start('9.9.9'))).toMatchObject({ code: 'model/not-found' })
  })

  it('changes its share, and not when it started', () => {
    const life = running()
    const { canary } = life.family.channel
    life.at += 9
    expect(life.do({ type: 'set-canary', basisPoints: 100 })).toEqual([])
    life.do({ type: 'set-canary', basisPoints: 2500 })
    expect(life.family.channel.canary).toEqual({ ...canary, basisPoints: 2500 })
  })

  it('becomes production without having been a candidate', () => {
    const life = running()
    expect(life.do(finish).filter(({ type }) => type !== 'status-changed')).toMatchObject([
      { type: 'production-moved', from: '1.0.0', to: '1.1.0', epoch: 2, cause: 'canary', why: 'it wins' },
      { type: 'canary-ended', version: '1.1.0', outcome: 'promoted' },
    ])
    expect(life.family.channel).toEqual({ name, production: '1.1.0', previous: ['1.0.0'], epoch: 2 })
  })

  it('stays a canary where it cannot become production, and can still be aborted', () => {
    const life = running()
    life.incompatible.set('1.1.0', 'another package')
    expect(life.refusal(finish)).toMatchObject({ code: 'registry/incompatible' })
    expect(life.family.channel.canary?.version).toBe('1.1.0')
    life.do(abort)
    expect(life.family.channel).not.toHaveProperty('canary')
  })

  it('is held back when it is aborted', () => {
    const life = running()
    life.do({ type: 'set-status', version: '1.1.0', status: 'candidate' })
    expect(typesOf(life.do(abort))).toEqual(['canary-ended', 'held-back', 'status-changed'])
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 1 })
    expect(life.model('1.1.0')).toMatchObject({ status: 'registered', heldBack: { reason: 'it loses' } })
  })

  it('does not run on as a shadow when it is aborted', () => {
    const life = running()
    life.do({ type: 'set-shadow', version: '1.1.0' })
    life.do(abort)
    expect(life.family.channel).not.toHaveProperty('shadow')
  })

  it('ends when it is promoted in another way', () => {
    const life = running()
    life.do({ type: 'set-shadow', version: '1.1.0' })
    life.do({ type: 'promote', version: '1.1.0', cause: 'manual' })
    expect(life.family.channel).toEqual({ name, production: '1.1.0', previous: ['1.0.0'], epoch: 2 })
  })

  it('goes on beside another production version', () => {
    const life = running()
    life.do({ type: 'promote', version: '1.2.0', cause: 'manual' })
    expect(life.family.channel.canary?.version).toBe('1.1.0')
  })

  it('ends without being held back when nobody serves any more', () => {
    const life = running()
    expect(life.do({ type: 'demote', allowEmpty: true }).at(-1)).toMatchObject({
      type: 'canary-ended',
      version: '1.1.0',
      outcome: 'aborted',
    })
    expect(life.model('1.1.0')).not.toHaveProperty('heldBack')
  })

  it.each<[string, Command]>([
    ['changed', { type: 'set-canary', basisPoints: 1 }],
    ['promoted', finish],
    ['aborted', abort],
  ])('that is not there cannot be %s', (_, command) => {
    expect(ready().refusal(command)).toEqual(refused('none is active'))
  })
})

describe('a shadow', () => {
  const shadow = (version: string | undefined): Command => ({ type: 'set-shadow', version })

  it('is set, replaced and taken away', () => {
    const life = ready()
    expect(life.do(shadow(undefined))).toEqual([])
    expect(life.do(shadow('1.1.0'))).toEqual([{ type: 'shadow-set', version: '1.1.0' }])
    expect(life.do(shadow('1.1.0'))).toEqual([])
    life.do(shadow('1.2.0'))
    expect(life.family.channel.shadow).toBe('1.2.0')
    expect(life.do(shadow(undefined))).toEqual([{ type: 'shadow-set' }])
    expect(life.family.channel).toEqual({ name, production: '1.0.0', previous: [], epoch: 1 })
  })

  it('is not the production version, nor an unknown one', () => {
    expect(ready().refusal(shadow('1.0.0'))).toEqual({
      code: 'registry/in-use',
      details: { id: 'lgbm_v1.0.0', use: 'production' },
    })
    expect(ready().refusal(shadow('9.9.9'))).toMatchObject({ code: 'model/not-found' })
  })

  it('is none any more once it is in production, and stays when another one is', () => {
    const life = ready()
    life.do(shadow('1.1.0'))
    life.serve('1.2.0')
    expect(life.family.channel.shadow).toBe('1.1.0')
    life.serve('1.1.0')
    expect(life.family.channel).not.toHaveProperty('shadow')
  })
})
