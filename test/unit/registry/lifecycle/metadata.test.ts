import { describe, expect, it } from 'vitest'

import { type CommandOf } from '../../../../src/registry/lifecycle/commands.ts'
import type { ModelMetadata } from '../../../../src/registry/records.ts'
import { Life, newModel, typesOf } from './life.ts'

const update = (
  patch: Record<string, unknown>,
  expectedRevision?: number,
): { type: 'update-metadata' } & CommandOf<'update-metadata'> => ({
  type: 'update-metadata',
  version: '1.0.0',
  patch,
  expectedRevision,
})

function saved(): Life {
  const life = new Life()
  life.register('1.0.0', { metrics: { ic_mean: 0.1, ic_std: 0.02 }, tags: ['a', 'b'], owner: 'desk 3' })
  return life
}

describe('updating metadata', () => {
  it('merges objects, replaces arrays and deletes by null', () => {
    const life = saved()
    life.at += 3
    const before = life.model('1.0.0')
    life.do(update({ metrics: { ic_std: null, live_accuracy: 0.78 }, tags: ['c'], owner: null, note: { by: 'me' } }))
    const { owner: _, ...rest } = before.metadata
    expect(life.model('1.0.0')).toEqual({
      ...before,
      metadata: { ...rest, metrics: { ic_mean: 0.1, live_accuracy: 0.78 }, tags: ['c'], note: { by: 'me' } },
      revision: 2,
      updatedAt: life.at,
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['an empty patch', {}],
    ['what is so already', { owner: 'desk 3', metrics: { ic_mean: 0.1 }, tags: ['a', 'b'] }],
    ['a deletion of what is not there', { nobody: null, metrics: { nothing: null } }],
    ['undefined fields', { owner: undefined, metrics: { ic_mean: undefined } }],
  ])('is no news for %s', (_, patch) => {
    const life = saved()
    expect(life.do(update(patch))).toEqual([])
    expect(life.model('1.0.0').revision).toBe(1)
  })

  it.each([
    'id',
    'name',
    'version',
    'status',
    'artifact',
    'scaler',
    'sha256',
    'size',
    'features',
    'io',
    'outputLayout',
    'classOrder',
    'evaluations',
  ])('is refused for %s, by null too', (field) => {
    for (const value of ['other', null])
      expect(saved().refusal(update({ owner: 'desk 4', [field]: value }))).toEqual({
        code: 'registry/field-immutable',
        details: { id: 'lgbm_v1.0.0', field },
      })
  })

  it('is refused where somebody changed the record meanwhile', () => {
    const life = saved()
    life.do(update({ owner: 'desk 4' }, 1))
    expect(life.refusal(update({ owner: 'desk 5' }, 1))).toEqual({
      code: 'registry/revision-conflict',
      details: { id: 'lgbm_v1.0.0', expected: 1, actual: 2 },
    })
    life.do(update({ owner: 'desk 5' }, 2))
    expect(life.model('1.0.0')).toMatchObject({ revision: 3, metadata: { owner: 'desk 5' } })
  })

  it('is refused for an unknown version', () => {
    expect(new Life().refusal(update({ owner: 'x' }))).toMatchObject({ code: 'model/not-found' })
  })

  it('compares nobody: a candidate is found at a registration or a move only', () => {
    const life = saved().serve('1.0.0')
    life.register('1.1.0', 0.05)
    life.do({ type: 'update-metadata', version: '1.1.0', patch: { metrics: { ic_mean: 0.9 } } })
    expect(life.standing('1.1.0')).toBe('registered')
  })

  it('takes `__proto__` for a name like any other', () => {
    const life = saved()
    life.do(update(JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}') as object as {}))
    const { metadata } = life.model('1.0.0')
    expect(Object.keys(metadata)).toEqual(expect.arrayContaining(['__proto__', 'constructor']))
    expect(metadata).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('metadata that the registry could not work with', () => {
  const input = { url: 'x', size: 4, sha256: 'cd'.repeat(32) }
  it.each<[string, Record<string, unknown>, string]>([
    ['no model type', { modelType: null }, '$.modelType'],
    ['an empty model type', { modelType: '' }, '$.modelType'],
    ['an expiry that is no date', { expires: 'soon' }, '$.expires'],
    ['an expiry that is a number', { expires: 1 }, '$.expires'],
    ['reference runs that are no list', { golden: 5 }, '$.golden'],
    ['a reference run that is none', { golden: [1] }, '$.golden[0].input.url'],
    ['a run without a file', { golden: [{ input: [1], output: [2] }] }, '$.golden[0].input.url'],
    ['a file without a size', { golden: [{ input: { ...input, size: -1 }, output: [] }] }, '$.golden[0].input.size'],
    [
      'a file without a hash',
      { golden: [{ input: { ...input, sha256: 'x' }, output: [] }] },
      '$.golden[0].input.sha256',
    ],
    ['a run without an answer', { golden: [{ input }] }, '$.golden[0].output'],
  ])('is refused with %s, at the registration and later', (_, fields, path) => {
    const refused = { code: 'registry/metadata-invalid', details: { path } }
    expect(saved().refusal(update(fields))).toMatchObject(refused)
    const { metadata, ...model } = newModel('1.1.0')
    const spoiled = { ...metadata, ...fields } as ModelMetadata
    expect(saved().refusal({ type: 'register', model: { ...model, metadata: spoiled } })).toMatchObject(refused)
  })

  it('is right with reference runs that have their files', () => {
    const life = saved()
    life.do(update({ golden: [{ input, output: [1], atol: 0, rtol: 0 }] }))
    expect(life.model('1.0.0').metadata.golden).toHaveLength(1)
  })
})

describe('listing', () => {
  it('says whether a manifest names a version, once', () => {
    const life = saved()
    const list = { type: 'list', version: '1.0.0' } as const
    expect(life.do({ ...list, listed: true })).toEqual([])
    expect(typesOf(life.do({ ...list, listed: false }))).toEqual(['unlisted'])
    expect(life.do({ ...list, listed: false })).toEqual([])
    expect(life.model('1.0.0').unlisted).toBe(true)
    expect(typesOf(life.do({ ...list, listed: true }))).toEqual(['listed'])
    expect(life.model('1.0.0')).not.toHaveProperty('unlisted')
  })

  it('takes nobody out of service', () => {
    const life = saved().serve('1.0.0')
    life.do({ type: 'list', version: '1.0.0', listed: false })
    expect(life.standing('1.0.0')).toBe('production')
    expect(life.refusal({ type: 'list', version: '9.9.9', listed: false })).toMatchObject({ code: 'model/not-found' })
  })
})
