/**
 * The PatchTST network as an ONNX graph in its fast form: the patch convolution is one matrix product over
 * concatenated views, queries, keys and values come from one product, and the heads share two.
 */
import { encodeModel, type OnnxModel } from './model.ts'
import { embedding, encoderLayer, heads, revin } from './patchtst-blocks.ts'
import { PatchTstNet } from './patchtst-net.ts'
import { initialWeights, patchTstOutputs, type PatchTstShape, type PatchTstWeights } from './weights.ts'

/** The network's sizes. Defaults are those of the reference network. */
export interface PatchTstOptions {
  /** Features in a window. */
  readonly features: number
  /** Steps in a window. Default 96. */
  readonly window?: number | undefined
  /** Steps in a patch; a multiple of `stride`. Default 16. */
  readonly patch?: number | undefined
  /** Steps from one patch to the next. Default 8. */
  readonly stride?: number | undefined
  /** Width of the encoder; even, and a multiple of `heads`. Default 256. */
  readonly dModel?: number | undefined
  /** Encoder layers. Default 3. */
  readonly layers?: number | undefined
  /** Attention heads. Default 4. */
  readonly heads?: number | undefined
  /** Width of the feed-forward layers. Default 512. */
  readonly dFf?: number | undefined
  /** Seed of the weights, a 32-bit integer. Default 16, with which random walks meet LONG, SHORT and NEUTRAL alike. */
  readonly seed?: number | undefined
}

/** The sizes with their defaults. @throws TypeError when they do not fit together. */
export function patchTstShape(options: PatchTstOptions): PatchTstShape {
  const { features, window = 96, patch = 16, stride = 8, dModel = 256, layers = 3, heads = 4, dFf = 512 } = options
  const shape = { features, window, patch, stride, dModel, layers, heads, dFf }
  for (const [name, size] of Object.entries(shape))
    if (!Number.isSafeInteger(size) || size < 1)
      throw new TypeError(`${name} is ${size}: it must be a whole number above 0.`)
  if (window < 2) throw new TypeError('window is 1: a variance needs at least 2 steps.')
  if (patch % stride !== 0) throw new TypeError(`patch ${patch} must be a multiple of stride ${stride}.`)
  if (window < patch || (window - patch) % stride !== 0)
    throw new TypeError(
      `window ${window} must be patch ${patch} plus a multiple of stride ${stride}: no step may be lost.`,
    )
  if (dModel % heads !== 0 || dModel % 2 !== 0)
    throw new TypeError(`dModel ${dModel} must be even and a multiple of heads ${heads}.`)
  return shape
}

/** The model of given sizes and weights: input `x` [batch, window, features], output `y` [batch, 20]. */
export function patchTstModel(shape: PatchTstShape, weights: PatchTstWeights): OnnxModel {
  const net = new PatchTstNet(shape, weights)
  const { graph } = net
  const x = graph.input('x', ['batch', shape.window, shape.features])
  let hidden = embedding(net, revin(net, x))
  for (let layer = 0; layer < shape.layers; layer += 1) hidden = encoderLayer(net, `encoder.${layer}`, hidden)
  hidden = net.norm('encoder.norm', hidden)
  hidden = net.node('ReduceMean', 'pooled.mean', [hidden], { axes: [1], keepdims: 0 })
  const raw = heads(net, net.linear('pooled.linear', net.norm('pooled.norm', hidden)))
  const returns = net.node('Tanh', 'returns', [net.slice('returns.raw', raw, 1, 0, 4)])
  const rest = net.slice('logits.risk', raw, 1, 4, patchTstOutputs)
  const joined = net.node('Concat', 'joined', [returns, rest], { axis: 1 })
  const y = net.node('Clip', 'y', [joined, graph.float('clip.low', -10), graph.float('clip.high', 10)])
  graph.output(y, ['batch', patchTstOutputs])
  return {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    producerName: 'candlewick',
    graph: graph.build('patchtst'),
  }
}

/**
 * An untrained sample of the network as `.onnx` bytes (opset 17): it shows lively, plausible numbers that mean nothing.
 * The same options give the same bytes.
 *
 * @throws TypeError when the sizes do not fit together.
 */
export function buildPatchTst(options: PatchTstOptions): Uint8Array<ArrayBuffer> {
  const { seed = 16 } = options
  if (!Number.isInteger(seed) || seed !== (seed | 0))
    throw new TypeError(`seed is ${seed}: it must be a 32-bit integer.`)
  const shape = patchTstShape(options)
  return encodeModel({
    ...patchTstModel(shape, initialWeights(shape, seed)),
    docString:
      'Untrained sample: random weights in the architecture of the reference network. Its outputs mean nothing.',
    metadataProps: [
      { key: 'untrained', value: 'true' },
      { key: 'architecture', value: 'patchtst' },
      { key: 'seed', value: String(seed) },
    ],
  })
}
