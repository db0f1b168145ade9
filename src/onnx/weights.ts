/** The weights of the PatchTST network by name, in the layouts of PyTorch, and their seeded initial values. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** The sizes of the network. `window`, `patch` and `stride` count steps. */
export interface PatchTstShape {
  readonly features: number
  readonly window: number
  readonly patch: number
  readonly stride: number
  readonly dModel: number
  readonly layers: number
  readonly heads: number
  readonly dFf: number
}

/** A constant: sizes and numbers, row major. */
export interface Weight {
  readonly dims: readonly number[]
  readonly data: Float32Array<ArrayBuffer>
}

/** All weights by name. Linear layers are [out, in], the patch convolution is [out, feature, step]. */
export type PatchTstWeights = ReadonlyMap<string, Weight>

/** The three heads in output order, with their number of outputs. */
export const patchTstHeads = [
  ['returns', 4],
  ['directions', 12],
  ['risk', 4],
] as const

/** The number of outputs of the network: returns, logits, risk. */
export const patchTstOutputs = 20

/** Direction logits are divided by this. */
export const initialTemperature = 2

type Fill = (length: number) => Float32Array<ArrayBuffer>

const all =
  (value: number): Fill =>
  (length) =>
    new Float32Array(length).fill(value)

function* normLayer(name: string, size: number): Generator<[string, readonly number[], Fill]> {
  yield [`${name}.weight`, [size], all(1)]
  yield [`${name}.bias`, [size], all(0)]
}

/** Windows must outweigh the fixed positions, or an untrained network gives every window nearly the same answer. */
const patchGain = 6

/** Spread and centre of the output layers, chosen so that an untrained network gives plausible numbers. */
const liveliness = {
  returns: { gain: 0.06, bias: 0 },
  directions: { gain: 20, bias: 0 },
  risk: { gain: 0.03, bias: 0.02 },
} as const

function* weightPlan(
  shape: PatchTstShape,
  uniform: (bound: number) => Fill,
): Generator<[string, readonly number[], Fill]> {
  const { features, patch, dModel: d, dFf } = shape
  const linear = function* (name: string, out: number, width: number): Generator<[string, readonly number[], Fill]> {
    yield [`${name}.weight`, [out, width], uniform(1 / Math.sqrt(width))]
    yield [`${name}.bias`, [out], uniform(1 / Math.sqrt(width))]
  }
  yield ['revin.weight', [features], all(1)]
  yield ['revin.bias', [features], all(0)]
  yield ['patch.weight', [d, features, patch], uniform(patchGain / Math.sqrt(features * patch))]
  for (let layer = 0; layer < shape.layers; layer += 1) {
    const name = `encoder.${layer}`
    yield [`${name}.attention.in.weight`, [3 * d, d], uniform(Math.sqrt(6 / (4 * d)))]
    yield [`${name}.attention.in.bias`, [3 * d], all(0)]
    yield [`${name}.attention.out.weight`, [d, d], uniform(1 / Math.sqrt(d))]
    yield [`${name}.attention.out.bias`, [d], all(0)]
    yield* normLayer(`${name}.norm1`, d)
    yield* linear(`${name}.ff1`, dFf, d)
    yield* linear(`${name}.ff2`, d, dFf)
    yield* normLayer(`${name}.norm2`, d)
  }
  yield* normLayer('encoder.norm', d)
  yield* normLayer('pooled.norm', d)
  yield* linear('pooled.linear', d, d)
  for (const [head, outputs] of patchTstHeads) {
    const { gain, bias } = liveliness[head]
    yield* linear(`${head}.hidden`, d / 2, d)
    yield [`${head}.out.weight`, [outputs, d / 2], uniform(gain / Math.sqrt(d / 2))]
    yield [`${head}.out.bias`, [outputs], all(bias)]
  }
  yield ['temperature', [1], all(initialTemperature)]
}

/** How much of a head's output row is shared by all horizons, and how much is its own. Squares add up to 1. */
const [shared, own] = [0.8, 0.6]

/**
 * Gives the horizons a common view, as trained ones have: LONG rises with it, SHORT falls with it, returns follow it.
 * Without it four independent horizons would hardly ever agree, and a sample would never show a signal.
 */
function alignHeads(weights: Map<string, Weight>): void {
  const rowsOf = (head: 'returns' | 'directions'): { weight: Weight; width: number } => {
    const weight = weights.get(`${head}.out.weight`)!
    return { weight, width: weight.dims[1]! }
  }
  for (const part of ['weight', 'bias'])
    weights.set(`returns.hidden.${part}`, weights.get(`directions.hidden.${part}`)!)
  const [{ weight: directions, width }, { weight: returns }] = [rowsOf('directions'), rowsOf('returns')]
  const view = directions.data.slice(0, width)
  const sides = [1, -1, 0]
  directions.data.forEach((value, at) => {
    const side = sides[Math.floor(at / width) % 3]!
    directions.data[at] = side * shared * view[at % width]! + own * value
  })
  const ratio = liveliness.returns.gain / liveliness.directions.gain
  returns.data.forEach((value, at) => {
    returns.data[at] = shared * ratio * view[at % width]! + own * value
  })
}

/**
 * Untrained weights, drawn as PyTorch draws them: Kaiming uniform for linear and convolution layers (He et al. 2015,
 * with a = sqrt 5), Xavier uniform for the attention input (Glorot and Bengio 2010). The same seed gives the same numbers.
 */
export function initialWeights(shape: PatchTstShape, seed: number): PatchTstWeights {
  const random = xoroshiro128plus(seed)
  const uniform =
    (bound: number): Fill =>
    (length) =>
      Float32Array.from({ length }, () => bound * (2 * uniformFloat64(random) - 1))
  const weights = new Map<string, Weight>()
  for (const [name, dims, fill] of weightPlan(shape, uniform))
    weights.set(name, { dims, data: fill(dims.reduce((product, size) => product * size, 1)) })
  alignHeads(weights)
  return weights
}
