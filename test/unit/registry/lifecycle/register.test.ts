import { describe, expect, it } from 'vitest'

import type { NewModel } from '../../../../src/registry/lifecycle/commands.ts'
import { hashOf, Life, name, newModel, typesOf } from './life.ts'

const manifest = 'https://models.example/manifest.json'
const again = (life: Life, changes: Partial<NewModel> = {}): readonly string[] =>
  typesOf(life.do({ type: 'register', model: { ...newModel('1.0.0', { metrics: { ic_mean: 0.1 } }), ...changes } }))

function registered(changes: Partial<NewModel> = {}): Life {
  const life = new Life()
  again(life, changes)
  return life
}

describe('registering a version', () => {
  it('keeps what it is given and begins its life', () => {
    const life = new Life()
    const model = newModel('1.0.0')
    life.do({ type: 'register', model })
    const { at } = life
    expect(life.model('1.0.0')).toEqual({
      ...model,
      status: 'registered',
      revision: 1,
      registeredAt: at,
      updatedAt: at,
    })
    expect(life.family.channel).toEqual({ name, previous: [], epoch: 0 })
  })

  it('says why the first version is no candidate', () => {
    const [fact] = new Life().register('1.0.0', 0.9)
    expect(fact).toMatchObject({ type: 'registered', why: 'there is no production version to compare with' })
  })

  it('says which of the two lacks the metric', () => {
    const life = new Life()
    life.register('1.0.0', 0.1)
    life.serve('1.0.0')
    expect(life.register('1.1.0')[0]).toMatchObject({ why: 'lgbm_v1.1.0 has no ic_mean' })
    life.serve('1.1.0')
    expect(life.register('1.2.0', 0.5)[0]).toMatchObject({ why: 'lgbm_v1.1.0 has no ic_mean' })
  })

  it('tells of a candidate in a line of its own', () => {
    const life = new Life()
    life.register('1.0.0', 0.1)
    life.serve('1.0.0')
    expect(life.register('1.1.0', 0.2)).toMatchObject([
      { type: 'registered', record: { status: 'registered' } },
      { type: 'status-changed', to: 'candidate', why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0' },
    ])
  })
})

describe('registering a version again', () => {
  it('is no news with the same bytes', () => {
    const life = registered()
    expect(again(life)).toEqual([])
    expect(again(life, { metadata: { modelType: 'other' } }), 'only a manifest speaks anew').toEqual([])
  })

  it.each<[string, Partial<NewModel>, string, string]>([
    [
      'another model',
      { artifact: { url: 'x', size: 1, sha256: hashOf('other') } },
      hashOf('model 1.0.0'),
      hashOf('other'),
    ],
    [
      'another scaler',
      { scaler: { url: 'x', size: 1, sha256: hashOf('other') } },
      hashOf('scaler 1.0.0'),
      hashOf('other'),
    ],
    ['no scaler', { scaler: undefined }, hashOf('scaler 1.0.0'), 'none'],
  ])('is refused with %s', (_, changes, expected, actual) => {
    const model = { ...newModel('1.0.0'), ...changes }
    const details = { id: 'lgbm_v1.0.0', expected, actual }
    expect(registered().refusal({ type: 'register', model })).toEqual({ code: 'registry/version-immutable', details })
  })

  it('takes what a manifest says anew, and leaves what the host added', () => {
    const life = registered({ manifest })
    life.do({ type: 'update-metadata', version: '1.0.0', patch: { owner: 'desk 3' } })
    const metadata = { ...newModel('1.0.0').metadata, metrics: { sharpe_ratio: 2 }, description: 'new' }
    expect(again(life, { manifest, metadata })).toEqual(['metadata-updated'])
    expect(life.model('1.0.0').metadata).toEqual({ ...metadata, owner: 'desk 3' })
  })

  it('comes to rest when the manifest says what cannot be kept', () => {
    const life = registered({ manifest })
    const metadata = { ...newModel('1.0.0').metadata, note: null, metrics: { ic_mean: 0.1 } }
    expect(again(life, { manifest, metadata })).toEqual([])
    expect(life.model('1.0.0').revision).toBe(1)
  })

  it('refuses a manifest that changes what identifies the version', () => {
    const model = { ...newModel('1.0.0', { classOrder: ['SHORT', 'NEUTRAL', 'LONG'] }), manifest }
    expect(registered({ manifest }).refusal({ type: 'register', model })).toEqual({
      code: 'registry/field-immutable',
      details: { id: 'lgbm_v1.0.0', field: 'classOrder' },
    })
  })

  it('lists the version again when a manifest names it, and only then', () => {
    const life = registered({ manifest })
    life.do({ type: 'list', version: '1.0.0', listed: false })
    expect(again(life)).toEqual([])
    expect(life.model('1.0.0').unlisted).toBe(true)
    expect(again(life, { manifest })).toEqual(['listed'])
    expect(life.model('1.0.0')).not.toHaveProperty('unlisted')
  })

  it('follows the files to a new address', () => {
    const life = registered({ manifest })
    const { artifact, scaler } = newModel('1.0.0')
    const moved = {
      artifact: { ...artifact, url: 'https://cdn.example/model.onnx' },
      scaler: { ...scaler!, url: 'https://cdn.example/scaler.json' },
    }
    expect(again(life, { ...moved })).toEqual([])
    expect(again(life, { manifest, ...moved })).toEqual(['relocated'])
    expect(life.model('1.0.0')).toMatchObject(moved)
    expect(again(life, { manifest, ...moved })).toEqual([])
  })

  it('does not bring a candidate back to the start', () => {
    const life = registered({ manifest })
    life.do({ type: 'set-status', version: '1.0.0', status: 'candidate' })
    again(life, { manifest })
    expect(life.standing('1.0.0')).toBe('candidate manual')
  })
})

describe('deleting a version', () => {
  it('leaves a tombstone, and the number is never used again', () => {
    const life = registered()
    expect(life.do({ type: 'delete', version: '1.0.0' })).toEqual([
      { type: 'deleted', version: '1.0.0', sha256: hashOf('model 1.0.0') },
    ])
    expect(life.family.models.size).toBe(0)
    expect([...life.family.tombstones.values()]).toEqual([
      { name, version: '1.0.0', id: 'lgbm_v1.0.0', sha256: hashOf('model 1.0.0'), deletedAt: life.at },
    ])
    for (const model of [newModel('1.0.0'), { ...newModel('1.0.0'), manifest }])
      expect(life.refusal({ type: 'register', model })).toEqual({
        code: 'registry/version-retired',
        details: { id: 'lgbm_v1.0.0' },
      })
  })

  it('keeps the id a version was saved under', () => {
    const life = registered({ id: 'lstm_20230101_120000' })
    life.do({ type: 'delete', version: '1.0.0' })
    expect(life.family.tombstones.get('1.0.0')?.id).toBe('lstm_20230101_120000')
  })

  it('is refused for a version that is unknown, or deleted already', () => {
    const life = registered()
    life.register('1.1.0')
    life.do({ type: 'delete', version: '1.0.0' })
    for (const version of ['1.0.0', '9.9.9'])
      expect(life.refusal({ type: 'delete', version })).toEqual({
        code: 'model/not-found',
        details: { id: `lgbm_v${version}`, available: ['lgbm_v1.1.0'] },
      })
  })

  it.each(['production', 'canary', 'shadow'] as const)('is refused for the %s, by force too', (use) => {
    const life = new Life().serve('1.0.0')
    const version = use === 'production' ? '1.0.0' : '1.1.0'
    life.register('1.1.0')
    if (use === 'canary') life.do({ type: 'start-canary', version, basisPoints: 100, unit: 'symbol' })
    if (use === 'shadow') life.do({ type: 'set-shadow', version })
    for (const force of [false, true])
      expect(life.refusal({ type: 'delete', version, force })).toEqual({
        code: 'registry/in-use',
        details: { id: `lgbm_v${version}`, use },
      })
  })

  it('takes force for a version to roll back to, which leaves the history', () => {
    const life = new Life().serve('1.0.0', '1.1.0', '1.2.0')
    expect(life.refusal({ type: 'delete', version: '1.0.0' })).toEqual({
      code: 'registry/in-use',
      details: { id: 'lgbm_v1.0.0', use: 'rollback' },
    })
    life.do({ type: 'delete', version: '1.0.0', force: true })
    expect(life.family.channel).toMatchObject({ production: '1.2.0', previous: ['1.1.0'], epoch: 3 })
  })
})
