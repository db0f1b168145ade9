import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import * as ort from 'onnxruntime-web/wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { decodeModel, encodeModel } from '../../../src/onnx/model.ts'
import { buildPatchTst, patchTstModel, type PatchTstOptions, patchTstShape } from '../../../src/onnx/patchtst.ts'
import { initialWeights, type PatchTstWeights, type Weight } from '../../../src/onnx/weights.ts'
import { erf, referenceForward } from './reference-forward.ts'

ort.env.wasm.numThreads = 1

async function runModel(model: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] })
  const { y } = await session.run({ x: new ort.Tensor('float32', x, dims) })
  await session.release()
  return (await y!.getData()) as Float32Array
}

function gaussian(seed: number): () => number {
  const random = xoroshiro128plus(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random))
}

/** Standardised features of one long random walk with changing volatility: trends, returns, volatilities, noise. */
function walkWindows(features: number, count: number, seed: number): Float32Array {
  const normal = gaussian(seed)
  const length = 300 + 24 * count + 96
  const returns: number[] = []
  for (let at = 0, sigma = 1; at < length; at += 1) {
    sigma = Math.max(0.3, sigma + 0.05 * (1 - sigma) + 0.1 * normal())
    returns.push(sigma * normal())
  }
  const columns = Array.from({ length: features }, (_, feature) => {
    const span = 2 + (60 * feature) / features
    let [price, average, variance] = [0, 0, 1]
    return returns.map((move, at) => {
      price += move
      average += (price - average) / span
      variance += (move ** 2 - variance) / span
      return [price - average, returns[Math.max(0, at - (feature % 7))]!, Math.sqrt(variance), normal()][feature % 4]!
    })
  })
  return Float32Array.from({ length: count * 96 * features }, (_, at) => {
    const [window, step] = [Math.floor(at / (96 * features)), Math.floor(at / features) % 96]
    return columns[at % features]![300 + 24 * window + step]!
  })
}

/** Every weight moved off its initial value, so that no scale of one and no bias of zero hides a mistake. */
function shaken(weights: PatchTstWeights): PatchTstWeights {
  const normal = gaussian(9)
  const shake = ([name, { dims, data }]: [string, Weight]): [string, Weight] => [
    name,
    { dims, data: name === 'temperature' ? Float32Array.of(1.7) : data.map((value) => value + 0.02 * normal()) },
  ]
  return new Map([...weights].map(shake))
}

describe('the PatchTST graph', () => {
  it.each<[string, PatchTstOptions]>([
    ['the reference sizes', { features: 240 }],
    [
      'one feature and three layers of blocks in a patch',
      { features: 1, patch: 24, dModel: 32, heads: 2, layers: 2, dFf: 48 },
    ],
    ['patches side by side', { features: 7, window: 48, patch: 8, dModel: 24, heads: 3, layers: 1, dFf: 16 }],
    ['one patch only', { features: 3, window: 16, dModel: 8, heads: 4, layers: 1, dFf: 8 }],
  ])('agrees with a plain double-precision forward pass: %s', async (_, options) => {
    const shape = patchTstShape(options)
    const weights = shaken(initialWeights(shape, 5))
    const model = encodeModel(patchTstModel(shape, weights))
    const size = shape.window * shape.features
    const normal = gaussian(3)
    const x = Float32Array.from({ length: 3 * size }, () => 2 * normal() + 0.5)
    const expected = [0, 1, 2].map((at) => referenceForward(shape, weights, x.subarray(at * size, (at + 1) * size)))
    const three = await runModel(model, x, [3, shape.window, shape.features])
    const one = await runModel(model, x.slice(0, size), [1, shape.window, shape.features])
    const worst = (rows: Float32Array, truth: readonly number[]): number =>
      Math.max(...truth.map((value, at) => Math.abs(value - rows[at]!) / Math.max(1, Math.abs(value))))

    expect(three).toHaveLength(60)
    expect(worst(three, expected.flat())).toBeLessThan(1e-5)
    expect(worst(one, expected[0]!)).toBeLessThan(1e-5)
  })

  it('has an error function to compare with that is right', () => {
    // Abramowitz and Stegun 1964, table 7.1.
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 10)
    expect(erf(-1)).toBeCloseTo(-0.8427007929, 10)
    expect(erf(2)).toBeCloseTo(0.995322265, 9)
    expect(erf(2.49999)).toBeCloseTo(erf(2.50001), 7)
    expect(erf(3)).toBeCloseTo(0.9999779095, 10)
  })

  it('sees nothing of the level of a column that is constant in the window', async () => {
    const [features, count] = [6, 2]
    const model = buildPatchTst({ features, dModel: 32, heads: 2, layers: 1, dFf: 32 })
    const flat = (level: number): Float32Array =>
      walkWindows(features, count, 4).map((v, at) => (at % features === 2 ? level : v))
    const dims = [count, 96, features]
    const zero = await runModel(model, flat(0), dims)

    expect(zero.every(Number.isFinite)).toBe(true)
    // Powers of two sum without rounding, so the answer may be exactly equal; 0.1 leaves a trace of the mean's rounding.
    expect(await runModel(model, flat(64), dims)).toEqual(zero)
    const tenth = await runModel(model, flat(0.1), dims)
    expect(Math.max(...tenth.map((value, at) => Math.abs(value - zero[at]!)))).toBeLessThan(1e-4)
  })

  it('clamps to ten', async () => {
    const shape = patchTstShape({ features: 2, dModel: 8, layers: 1, dFf: 8 })
    const weights = new Map(initialWeights(shape, 1))
    weights.set('risk.out.bias', { dims: [4], data: Float32Array.of(50, -50, 0, 0) })
    const y = await runModel(encodeModel(patchTstModel(shape, weights)), walkWindows(2, 1, 1), [1, 96, 2])

    expect([y[16], y[17]]).toEqual([10, -10])
  })

  it.each([
    [{ features: 0 }, 'features is 0'],
    [{ features: 2.5 }, 'features is 2.5'],
    [{ features: 4, patch: 12 }, 'patch 12 must be a multiple of stride 8'],
    [{ features: 4, window: 100 }, 'no step may be lost'],
    [{ features: 4, heads: 5 }, 'multiple of heads 5'],
    [{ features: 4, seed: 0.5 }, 'seed is 0.5'],
  ])('refuses sizes that do not fit: %j', (options, message) => {
    expect(() => buildPatchTst(options)).toThrow(message)
    expect(() => buildPatchTst(options)).toThrow(TypeError)
  })
})

describe('an untrained sample', () => {
  it('is the same to the byte for the same options, and another for another seed', () => {
    const options = { features: 3, dModel: 16, heads: 2, layers: 1, dFf: 16, seed: 11 }

    expect(buildPatchTst(options)).toEqual(buildPatchTst({ ...options }))
    expect(buildPatchTst(options)).not.toEqual(buildPatchTst({ ...options, seed: 12 }))
  })

  it('says that it is untrained', () => {
    const model = decodeModel(buildPatchTst({ features: 1, dModel: 8, layers: 1, dFf: 8 }))

    expect(model.metadataProps).toContainEqual({ key: 'untrained', value: 'true' })
    expect(model.docString).toMatch(/^Untrained sample/)
    expect(model.opsetImport).toEqual([{ domain: '', version: 17n }])
  })
})

describe.each([96, 240])('an untrained sample of %i features on random walks', (features) => {
  const count = 64
  let y = new Float32Array()
  const column = (at: number): number[] => Array.from({ length: count }, (_, row) => y[row * 20 + at]!)
  const spread = (values: readonly number[]): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  }
  beforeAll(async () => {
    y = Float32Array.from(
      await runModel(buildPatchTst({ features }), walkWindows(features, count, 8), [count, 96, features]),
    )
  })
  afterAll(() => {
    y = new Float32Array()
  })

  it('predicts returns of some tenths of a percent', () => {
    for (const at of [0, 1, 2, 3]) {
      expect(spread(column(at))).toBeGreaterThan(0.001)
      expect(Math.max(...column(at).map(Math.abs))).toBeLessThan(0.03)
    }
  })

  it('is neither undecided nor certain, and changes its mind', () => {
    const winners = [0, 1, 2, 3].map((horizon) => {
      const logits = [0, 1, 2].map((side) => column(4 + 3 * horizon + side))
      return column(0).map((_, row) => {
        const powers = logits.map((values) => Math.exp(values[row]!))
        return {
          side: powers.indexOf(Math.max(...powers)),
          share: Math.max(...powers) / powers.reduce((a, b) => a + b),
        }
      })
    })
    const shares = winners.flat().map(({ share }) => share)
    const usual = shares.filter((share) => share >= 0.45 && share <= 0.85).length / shares.length

    expect(usual).toBeGreaterThan(0.5)
    for (const horizon of winners) expect(new Set(horizon.map(({ side }) => side)).size).toBeGreaterThan(1)
    expect(new Set(winners.flat().map(({ side }) => side)).size).toBe(3)
  })

  it('lets horizons agree on either side often enough to show signals', () => {
    const sides = column(0).map((_, row) => {
      const votes = [0, 1, 2, 3].map((horizon) => {
        const logits = [0, 1, 2].map((side) => y[row * 20 + 4 + 3 * horizon + side]!)
        return logits.indexOf(Math.max(...logits))
      })
      return [0, 1].find((side) => votes.filter((vote) => vote === side).length >= 3)
    })

    expect(sides.filter((side) => side === 0).length).toBeGreaterThan(3)
    expect(sides.filter((side) => side === 1).length).toBeGreaterThan(3)
    expect(sides.filter((side) => side === undefined).length).toBeGreaterThan(3)
  })

  it('sees risks of one to three percent', () => {
    const risks = [16, 17, 18, 19].flatMap(column)

    expect(risks.filter((risk) => risk > 0.005 && risk < 0.04).length / risks.length).toBeGreaterThan(0.95)
    expect(Math.min(...risks)).toBeGreaterThan(0)
  })
})
