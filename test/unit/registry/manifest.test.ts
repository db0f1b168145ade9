import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../src/core/errors.ts'
import { findModel, locate, type Manifest, type ModelEntry, modelId } from '../../../src/registry/manifest.ts'
import { checkSameBytes, parseManifest, parseManifestText } from '../../../src/registry/parse-manifest.ts'
import { sampleEntry, sampleManifest } from './sample-manifest.ts'

type Json = Record<string, unknown>

/** The sample with one value, addressed by keys, set or (`undefined`) removed. */
function spoiled(keys: readonly (string | number)[], value: unknown): unknown {
  const manifest = JSON.parse(JSON.stringify(sampleManifest())) as Json
  let target: Json = manifest
  for (const key of keys.slice(0, -1)) target = target[key] as Json
  const last = String(keys.at(-1))
  if (value === undefined) delete target[last]
  else target[last] = value
  return manifest
}

function failure(json: unknown): { path: string; expected: string; actual: string } {
  try {
    parseManifest(json)
  } catch (error) {
    if (isCandlewickError(error, 'model/manifest-invalid')) return error.details
    throw error
  }
  throw new Error('the manifest was accepted')
}

const model = (...keys: (string | number)[]) => ['models', 0, ...keys]
const at = (path: string): string => `$.models[0].${path}`

describe('parseManifest', () => {
  it('accepts a whole manifest and gives it back unchanged', () => {
    expect(parseManifest(JSON.parse(JSON.stringify(sampleManifest())))).toEqual(sampleManifest())
  })

  it('keeps fields it does not know', () => {
    const parsed = parseManifest({
      ...sampleManifest(),
      rollout: { bp: 10 },
      models: [{ ...sampleEntry(), note: 'n' }],
    })
    expect(parsed).toMatchObject({ rollout: { bp: 10 }, models: [{ note: 'n' }] })
  })

  it('accepts an entry with required fields only', () => {
    const { description, notice, trainingDate, metrics, golden, ...entry } = sampleEntry()
    const { digests, warmup, ...features } = entry.features
    const { opset, precision, ...artifact } = entry.artifact
    const { expires, minPackage, ...rest } = sampleManifest({ models: [{ ...entry, features, artifact }] })
    expect([
      description,
      notice,
      trainingDate,
      metrics,
      golden,
      digests,
      warmup,
      opset,
      precision,
      expires,
    ]).toBeDefined()
    expect(minPackage).toBe('0.1.0')
    expect(parseManifest(rest).models).toHaveLength(1)
  })

  it('accepts a later minor version of the schema and refuses another major one before all else', () => {
    expect(parseManifest({ ...sampleManifest(), schema: 'model-manifest/1.2' }).version).toBe(1)
    expect(failure({ schema: 'model-manifest/2', models: 'elsewhere' })).toEqual({
      path: '$.schema',
      expected: '"model-manifest/1"',
      actual: '"model-manifest/2"',
    })
    expect(failure({ ...sampleManifest(), schema: 'model-manifest/12' }).path).toBe('$.schema')
  })

  it.each<[string, (string | number)[], unknown]>([
    ['$.version', ['version'], 0],
    ['$.version', ['version'], 1.5],
    ['$.issuedAt', ['issuedAt'], '2026-02-01'],
    ['$.issuedAt', ['issuedAt'], '2026-02-31T00:00:00Z'],
    ['$.issuedAt', ['issuedAt'], '2026-02-01T00:00:00+01:00'],
    ['$.expires', ['expires'], 'never'],
    ['$.minPackage', ['minPackage'], '1.0'],
    ['$.models', ['models'], {}],
    [at('name'), model('name'), 'Upper'],
    [at('name'), model('name'), 'a'.repeat(65)],
    [at('name'), model('name'), '../a'],
    [at('version'), model('version'), '01.0.0'],
    [at('taskType'), model('taskType'), 'guessing'],
    [at('metrics.ic_mean'), model('metrics', 'ic_mean'), null],
    [at('metrics.ic_mean'), model('metrics', 'ic_mean'), Infinity],
    [at('metrics["a b"]'), model('metrics', 'a b'), 'x'],
    [at('artifact.url'), model('artifact', 'url'), ''],
    [at('artifact.size'), model('artifact', 'size'), -1],
    [at('artifact.size'), model('artifact', 'size'), 1e15],
    [at('artifact.size'), model('artifact', 'size'), '10'],
    [at('artifact.sha256'), model('artifact', 'sha256'), 'AB'.repeat(32)],
    [at('artifact.sha256'), model('artifact', 'sha256'), 'ab'.repeat(31)],
    [at('artifact.sha256'), model('artifact', 'sha256'), undefined],
    [at('artifact.precision'), model('artifact', 'precision'), 'fp4'],
    [at('scaler'), model('scaler'), undefined],
    [at('scaler.sha256'), model('scaler', 'sha256'), undefined],
    [at('features.names'), model('features', 'names'), []],
    [at('features.names'), model('features', 'names'), ['a', 'a']],
    [at('features.names[1]'), model('features', 'names'), ['a', '']],
    [at('features.hash'), model('features', 'hash'), 'ab'],
    [at('features.digests'), model('features', 'digests'), ['01'.repeat(8)]],
    [at('features.digests[0]'), model('features', 'digests'), ['x', 'y']],
    [at('features.timeframe'), model('features', 'timeframe'), '7m'],
    [at('io.inputs'), model('io', 'inputs'), []],
    [at('io.inputs[0].dims[0]'), model('io', 'inputs', 0, 'dims', 0), 0],
    [at('io.inputs[0].dims'), model('io', 'inputs', 0, 'dims'), [192]],
    [at('io.inputs[0].dims[1]'), model('io', 'inputs', 0, 'dims'), [1, 191]],
    [at('io.inputs[0].dims'), model('io', 'inputs', 0, 'dims'), [1, 1, 96, 2]],
    [at('io.inputs[0].dims[1]'), model('io', 'inputs', 0, 'dims', 1), 95],
    [at('io.inputs[0].dims[1]'), model('io', 'inputs', 0, 'dims', 1), 'bars'],
    [at('io.inputs[0].dims[2]'), model('io', 'inputs', 0, 'dims', 2), 3],
    [at('outputLayout.horizons'), model('outputLayout', 'horizons'), []],
    [at('outputLayout.horizons[1].bars'), model('outputLayout', 'horizons', 1, 'bars'), 0],
    [at('classOrder'), model('classOrder'), ['LONG']],
    [at('classOrder'), model('classOrder'), ['LONG', 'NEUTRAL']],
    [at('outputLayout.weights[0]'), model('outputLayout', 'weights'), [0, 1]],
    [at('outputLayout.residualStd[1]'), model('outputLayout', 'residualStd'), [0.01, -0.01]],
    [at('outputLayout.neutralBand'), model('outputLayout', 'neutralBand'), -0.001],
    [at('outputLayout.mainHorizon'), model('outputLayout', 'mainHorizon'), 2],
    [at('classOrder'), model('classOrder'), ['LONG', 'SHORT', 'LONG']],
    [at('classOrder[2]'), model('classOrder'), ['LONG', 'SHORT', 'HOLD']],
    [at('golden'), model('golden'), {}],
    [at('golden[0].input'), model('golden', 0, 'input'), 'input.f32'],
    [at('golden[0].input.sha256'), model('golden', 0, 'input', 'sha256'), undefined],
    [at('golden[0].output'), model('golden', 0, 'output'), []],
    [at('golden[0].output[0]'), model('golden', 0, 'output', 0), null],
    [at('golden[0].atol'), model('golden', 0, 'atol'), -1e-9],
    [at('golden[0].rtol'), model('golden', 0, 'rtol'), undefined],
    [at('features.count'), model('features', 'count'), 3],
    [at('artifact.chunkSize'), model('artifact', 'chunkSha256'), ['ab'.repeat(32)]],
    [at('scaler.chunkSize'), model('scaler', 'chunkSize'), 0],
    [at('artifact.externalData[0].sha256'), model('artifact', 'externalData'), [{ url: 'w.bin', size: 1 }]],
    [at('evalSetId'), model('evalSetId'), 7],
    [at('datasetInfo'), model('datasetInfo'), 'csi300'],
    [at('hyperparameters'), model('hyperparameters'), null],
    [at('trainingHistory.loss[1]'), model('trainingHistory'), { loss: [1, null] }],
    [at('status'), model('status'), 'live'],
    [at('expires'), model('expires'), '2027-01-01'],
    [at('maxAgeHours'), model('maxAgeHours'), -1],
    [at('withdrawn.reason'), model('withdrawn'), {}],
    [at('rollout.basisPoints'), model('rollout'), { basisPoints: 10_001, unit: 'symbol' }],
    [at('rollout.unit'), model('rollout'), { basisPoints: 1, unit: 'user' }],
    [at('minPackage'), model('minPackage'), '1'],
    [at('maxPackage'), model('maxPackage'), 'v1.0.0'],
    [at('provenance'), model('provenance'), 'run 7'],
    ['$.maxPackage', ['maxPackage'], '2'],
    ['$.keysVersion', ['keysVersion'], 0],
    ['$.keys', ['threshold'], 1],
    ['$.keys', ['keys'], []],
    ['$.keys[0].kid', ['keys'], [{ kty: 'OKP' }]],
    ['$.keys[0]', ['keys'], [{ kid: 'a', kty: 'OKP', crv: 'Ed25519', x: 'AA' }]],
    ['$.keys', ['keys'], [{ kid: 'a', kty: 'RSA' }]],
  ])('names %s when it is wrong', (path, keys, value) => {
    const { expected, actual, ...rest } = failure(spoiled(keys, value))
    expect(rest.path).toBe(path)
    expect(expected).not.toBe('')
    expect(actual).not.toBe('')
  })

  it('says what was expected and found', () => {
    expect(failure(spoiled(model('artifact', 'sha256'), 'abc'))).toEqual({
      path: '$.models[0].artifact.sha256',
      expected: '64 lower-case hex digits',
      actual: '"abc"',
    })
    expect(failure(spoiled(model('scaler', 'sha256'), undefined))).toMatchObject({
      expected: 'a value',
      actual: 'nothing',
    })
    expect(failure(spoiled(model('features', 'names'), ['a', 'b', 'c']))).toMatchObject({
      expected: '3, one for each feature name',
      actual: '2',
    })
  })

  it('accepts every field of the format and gives it back unchanged', () => {
    const key = { kid: 'a', kty: 'OKP', crv: 'Ed25519', x: `${'A'.repeat(42)}E`, signer: 'Ann' }
    const artifact = {
      ...sampleEntry().artifact,
      chunkSize: 60_000,
      chunkSha256: ['ab'.repeat(32), 'cd'.repeat(32)],
      externalData: [{ url: 'weights.bin', size: 5, sha256: 'ab'.repeat(32) }],
    }
    const entry = sampleEntry({
      artifact,
      features: { ...sampleEntry().features, count: 2, families: ['momentum'] },
      evalSetId: 'btc-2025',
      datasetInfo: { instruments: 'csi300', start: '2020-01-01' },
      hyperparameters: { n_estimators: 100, nested: { units: [64, 32] } },
      trainingHistory: { loss: [1, 0.5], val_loss: [] },
      status: 'candidate',
      expires: '2027-01-01T00:00:00Z',
      maxAgeHours: 0,
      withdrawn: { reason: 'leaks the future' },
      rollout: { basisPoints: 500, unit: 'symbol', salt: 's' },
      supersedes: '0.9.0',
      minPackage: '0.1.0',
      maxPackage: '1.0.0',
      license: 'MIT',
      provenance: { run_id: 'r7', git: 'abc' },
      postprocess: { id: 'moderate', version: 1 },
      calibration: { temperature: 1.2 },
      reference: { n: 10 },
    })
    const whole = sampleManifest({ keysVersion: 2, keys: [key], threshold: 1, maxPackage: '1.0.0', models: [entry] })
    expect(parseManifest(JSON.parse(JSON.stringify(whole)))).toEqual(whole)
  })

  it('holds the threshold to the signers, and the hashes of pieces to the size', () => {
    const key = { kid: 'a', kty: 'OKP', crv: 'Ed25519', x: `${'A'.repeat(42)}E` }
    const keysAnd = (changes: object) => failure({ ...sampleManifest(), keys: [key], ...changes })
    expect(keysAnd({})).toMatchObject({ path: '$.threshold', expected: 'a whole number from 1 to 1, the signers' })
    expect(keysAnd({ threshold: 2 }).path).toBe('$.threshold')
    expect(keysAnd({ keys: [key, { ...key, kid: 'b' }], threshold: 2 }).path).toBe('$.threshold')
    expect(keysAnd({ keys: [key, key], threshold: 1 })).toMatchObject({ path: '$.keys', expected: 'different kids' })
    const secret = keysAnd({ keys: [{ ...key, d: 'secret' }], threshold: 1 })
    expect(secret).toMatchObject({ path: '$.keys[0]', expected: 'a public key, without "d"' })
    expect(JSON.stringify(secret)).not.toContain('secret')
    expect(keysAnd({ keys: [{ ...key, note: 'x'.repeat(512_000) }], threshold: 1 }).expected).toBe(
      'at most 512000 bytes',
    )
    const artifact = { ...sampleEntry().artifact, chunkSize: 60_000, chunkSha256: ['ab'.repeat(32)] }
    expect(failure(sampleManifest({ models: [sampleEntry({ artifact })] }))).toMatchObject({
      path: at('artifact.chunkSha256'),
      expected: '2, one for each piece',
    })
  })

  it('refuses the same name and version twice', () => {
    expect(failure(sampleManifest({ models: [sampleEntry(), sampleEntry()] })).path).toBe('$.models[1]')
  })

  it('quotes no more than a piece of a huge value', () => {
    expect(failure(spoiled(['schema'], 'x'.repeat(1e6))).actual.length).toBeLessThan(100)
  })

  it('answers any JSON with a manifest or its own error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(failure(json).path).toMatch(/^\$/u)
      }),
    )
  })

  it('answers any single spoiled field with a manifest or its own error', () => {
    const paths: (string | number)[][] = []
    const walk = (value: unknown, keys: (string | number)[]): void => {
      if (keys.length > 0) paths.push(keys)
      if (Array.isArray(value)) value.forEach((item, i) => walk(item, [...keys, i]))
      else if (typeof value === 'object' && value !== null)
        for (const [key, item] of Object.entries(value)) walk(item, [...keys, key])
    }
    walk(sampleManifest(), [])
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (keys, value) => {
        try {
          parseManifest(spoiled(keys, value))
        } catch (error) {
          expect(isCandlewickError(error, 'model/manifest-invalid')).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is not led astray by keys of object prototypes', () => {
    const text = JSON.stringify(sampleManifest()).replace('{', '{"__proto__":{"polluted":1},"constructor":1,')
    const parsed = parseManifestText(text)
    expect('polluted' in parsed).toBe(false)
    expect(parsed.models).toHaveLength(1)
  })
})

describe('parseManifestText', () => {
  it('answers any text with a manifest or its own error', () => {
    const nested = fc.nat(300_000).map((depth) => '['.repeat(depth))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), nested), (text) => {
        try {
          parseManifestText(text)
        } catch (error) {
          if (!isCandlewickError(error, 'model/manifest-invalid')) throw error
        }
      }),
    )
  })

  it('calls a page of HTML no manifest and quotes its beginning', () => {
    expect(() => parseManifestText('<!doctype html><html>')).toThrow(/expected a JSON text, found "<!doctype html>/u)
  })
})

describe('findModel', () => {
  const versions = ['1.9.0', '1.10.0', '1.10.0-rc.1', '1.2.0']
  const models = [
    ...versions.map((version) => sampleEntry({ name: 'a', version })),
    sampleEntry({ name: 'a_v1.9.0', version: '3.0.0' }),
  ]
  const idOf = (entry: ModelEntry | undefined): string | undefined => entry && modelId(entry)

  it('takes the first model where none is named', () => {
    expect(idOf(findModel(models, undefined))).toBe('a_v1.9.0')
    expect(findModel([], undefined)).toBeUndefined()
  })

  it('takes the highest version of a name, by number', () => {
    expect(idOf(findModel(models, 'a'))).toBe('a_v1.10.0')
  })

  it('prefers an id to a name that is spelled alike', () => {
    expect(findModel(models, 'a_v1.9.0')).toBe(models[0])
    expect(idOf(findModel(models, 'a_v1.9.0_v3.0.0'))).toBe('a_v1.9.0_v3.0.0')
  })

  it('finds nothing under another name', () => {
    expect(findModel(models, 'b')).toBeUndefined()
    expect(findModel(models, '')).toBeUndefined()
  })
})

describe('locate', () => {
  const file = { url: 'm.onnx', size: 1, sha256: 'ab'.repeat(32) }
  const place = (url: string, manifestUrl: string, baseUrl?: string): string => {
    const manifest: Manifest = sampleManifest(baseUrl === undefined ? {} : { baseUrl })
    return locate({ ...file, url }, manifest, manifestUrl).url
  }

  it('starts at the manifest, or at its base address with or without a slash at the end', () => {
    expect(place('m.onnx', 'https://a.example/x/manifest.json')).toBe('https://a.example/x/m.onnx')
    expect(place('m.onnx', 'https://a.example/x/manifest.json', '../y')).toBe('https://a.example/y/m.onnx')
    expect(place('m.onnx', 'https://a.example/x/manifest.json', 'https://b.example/z/')).toBe(
      'https://b.example/z/m.onnx',
    )
    expect(place('https://c.example/m', 'https://a.example/x/manifest.json', '../y')).toBe('https://c.example/m')
  })

  it('extends paths that only a custom reader understands', () => {
    expect(place('m.onnx', 'models/a b/manifest.json')).toBe('models/a b/m.onnx')
    expect(place('m.onnx', 'manifest.json')).toBe('m.onnx')
    expect(place('/m.onnx', 'models/manifest.json')).toBe('/m.onnx')
    expect(place('m.onnx', 'models/manifest.json', 'files')).toBe('models/files/m.onnx')
  })
})

describe('locate and pieces', () => {
  it('keeps the hashes of pieces with the file', () => {
    const pieces = { chunkSize: 1, chunkSha256: ['ab'.repeat(32)] }
    const file = { url: 'm.onnx', size: 1, sha256: 'ab'.repeat(32), ...pieces }
    expect(locate(file, sampleManifest(), 'https://a.example/x/manifest.json')).toEqual({
      ...file,
      url: 'https://a.example/x/m.onnx',
    })
  })
})

describe('checkSameBytes', () => {
  const other = { ...sampleEntry().artifact, sha256: 'cd'.repeat(32) }

  it('lets new versions and removed ones pass', () => {
    const next = sampleManifest({ models: [sampleEntry({ version: '1.1.0', artifact: other })] })
    expect(() => checkSameBytes(next, sampleManifest())).not.toThrow()
    expect(() => checkSameBytes(sampleManifest(), sampleManifest())).not.toThrow()
  })

  it('refuses other bytes under a published version, of the model and of its scaler', () => {
    for (const part of ['artifact', 'scaler'] as const) {
      const next = sampleManifest({ models: [sampleEntry({ [part]: other })] })
      expect(() => checkSameBytes(next, sampleManifest())).toThrow(`$.models[0].${part}.sha256`)
    }
  })
})
