/**
 * The PatchTST network as an ONNX graph in its fast form: the patch convolution is one matrix product over
 * concatenated views, queries, keys and values come from one product, and the heads share two.
 */
import { type AttributeValue, GraphBuilder, type Value } from './graph.ts'
import { encodeModel, type OnnxModel } from './model.ts'
import {
  initialWeights,
  patchTstHeads,
  patchTstOutputs,
  type PatchTstShape,
  type PatchTstWeights,
  type Weight,
} from './weights.ts'

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
  /** Seed of the weights, a 32-bit integer. Default 1. */
  readonly seed?: number | undefined
}

const epsilon = 1e-5

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

/** Adds nodes under the sizes and weights of one network. */
class PatchTstGraph {
  readonly graph: GraphBuilder = new GraphBuilder()
  readonly shape: PatchTstShape
  readonly #weights: PatchTstWeights

  constructor(shape: PatchTstShape, weights: PatchTstWeights) {
    this.shape = shape
    this.#weights = weights
  }

  get patches(): number {
    return (this.shape.window - this.shape.patch) / this.shape.stride + 1
  }

  weight(name: string): Weight {
    const weight = this.#weights.get(name)
    if (weight === undefined) throw new TypeError(`There is no weight "${name}".`)
    return weight
  }

  constant(name: string): Value {
    const { dims, data } = this.weight(name)
    return this.graph.floats(name, dims, data)
  }

  /** `x W^T + b` over the last axis; the weight is stored transposed, as MatMul reads it. */
  linear(name: string, x: Value, scaleFirst?: { readonly rows: number; readonly by: number }): Value {
    const { graph } = this
    const { dims, data } = this.weight(`${name}.weight`)
    const [out = 0, width = 0] = dims
    const scale = (row: number): number => (scaleFirst !== undefined && row < scaleFirst.rows ? scaleFirst.by : 1)
    const transposed = new Float32Array(data.length)
    for (let row = 0; row < out; row += 1)
      for (let at = 0; at < width; at += 1) transposed[at * out + row] = data[row * width + at]! * scale(row)
    const bias = this.weight(`${name}.bias`).data.map((value, row) => value * scale(row))
    const product = graph.node('MatMul', `${name}.product`, [
      x,
      graph.floats(`${name}.weight`, [width, out], transposed),
    ])
    return graph.node('Add', name, [product, graph.floats(`${name}.bias`, [out], bias)])
  }

  norm(name: string, x: Value): Value {
    const inputs = [x, this.constant(`${name}.weight`), this.constant(`${name}.bias`)]
    return this.graph.node('LayerNormalization', name, inputs, { axis: -1, epsilon: { float: epsilon } })
  }

  reshape(name: string, x: Value, dims: readonly number[]): Value {
    return this.graph.node('Reshape', name, [x, this.graph.ints(`${name}.shape`, dims)])
  }

  slice(name: string, x: Value, axis: number, from: number, to: number): Value {
    const { graph } = this
    const bounds = [[from], [to], [axis]].map((value, at) => graph.ints(`${name}.${['from', 'to', 'axis'][at]}`, value))
    return graph.node('Slice', name, [x, ...bounds])
  }

  node(
    op: string,
    name: string,
    inputs: readonly Value[],
    attributes?: { readonly [name: string]: AttributeValue },
  ): Value {
    return this.graph.node(op, name, inputs, attributes)
  }
}

/** RevIN (Kim et al. 2022): each feature of each window is standardised by its own mean and unbiased variance. */
function revin(net: PatchTstGraph, x: Value): Value {
  const { graph } = net
  const mean = net.node('ReduceMean', 'revin.mean', [x], { axes: [1], keepdims: 1 })
  const centred = net.node('Sub', 'revin.centred', [x, mean])
  const squares = net.node('Mul', 'revin.squares', [centred, centred])
  const sum = net.node('ReduceSum', 'revin.sum', [squares, graph.ints('revin.axes', [1])], { keepdims: 1 })
  const variance = net.node('Div', 'revin.variance', [sum, graph.float('revin.steps', net.shape.window - 1)])
  const guarded = net.node('Add', 'revin.guarded', [variance, graph.float('revin.epsilon', epsilon)])
  const deviation = net.node('Sqrt', 'revin.deviation', [guarded])
  const scale = net.node('Div', 'revin.scale', [net.constant('revin.weight'), deviation])
  return net.node('Add', 'revin', [net.node('Mul', 'revin.scaled', [centred, scale]), net.constant('revin.bias')])
}

/** The convolution weight [out, feature, step] as the matrix [step * feature, out] that a flattened patch meets. */
function patchMatrix({ features, patch, dModel }: PatchTstShape, { data }: Weight): Float32Array {
  const matrix = new Float32Array(data.length)
  for (let out = 0; out < dModel; out += 1)
    for (let feature = 0; feature < features; feature += 1)
      for (let step = 0; step < patch; step += 1)
        matrix[(step * features + feature) * dModel + out] = data[(out * features + feature) * patch + step]!
  return matrix
}

/** Fixed sine and cosine positions (Vaswani et al. 2017), [patches, dModel]. */
function positions(patches: number, dModel: number): Float32Array {
  return Float32Array.from({ length: patches * dModel }, (_, at) => {
    const column = at % dModel
    const angle = Math.floor(at / dModel) * Math.exp((-Math.log(10_000) * (column - (column % 2))) / dModel)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })
}

/** Patches of `patch / stride` neighbouring blocks, embedded by one product. */
function embedding(net: PatchTstGraph, x: Value): Value {
  const { features, window, patch, stride, dModel } = net.shape
  const { graph, patches } = net
  const blocks = net.reshape('patch.blocks', x, [0, window / stride, stride * features])
  const views = Array.from({ length: patch / stride }, (_, at) =>
    net.slice(`patch.view${at}`, blocks, 1, at, at + patches),
  )
  const flat = net.node('Concat', 'patch.flat', views, { axis: 2 })
  const matrix = graph.floats(
    'patch.weight',
    [patch * features, dModel],
    patchMatrix(net.shape, net.weight('patch.weight')),
  )
  const embedded = net.node('MatMul', 'patch.embedded', [flat, matrix])
  return net.node('Add', 'patch', [
    embedded,
    graph.floats('patch.positions', [patches, dModel], positions(patches, dModel)),
  ])
}

function attention(net: PatchTstGraph, name: string, x: Value): Value {
  const { dModel, heads } = net.shape
  const width = dModel / heads
  const joined = net.linear(`${name}.in`, x, { rows: dModel, by: 1 / Math.sqrt(width) })
  const head = (part: string, at: number, perm: readonly number[]): Value => {
    const flat = net.slice(`${name}.${part}.flat`, joined, 2, at * dModel, (at + 1) * dModel)
    const split = net.reshape(`${name}.${part}.split`, flat, [0, net.patches, heads, width])
    return net.node('Transpose', `${name}.${part}`, [split], { perm })
  }
  const query = head('query', 0, [0, 2, 1, 3])
  const key = head('key', 1, [0, 2, 3, 1])
  const value = head('value', 2, [0, 2, 1, 3])
  const scores = net.node('MatMul', `${name}.scores`, [query, key])
  const shares = net.node('Softmax', `${name}.shares`, [scores], { axis: -1 })
  const mixed = net.node('MatMul', `${name}.mixed`, [shares, value])
  const ordered = net.node('Transpose', `${name}.ordered`, [mixed], { perm: [0, 2, 1, 3] })
  return net.linear(`${name}.out`, net.reshape(`${name}.merged`, ordered, [0, net.patches, dModel]))
}

/** GELU in its exact form (Hendrycks and Gimpel 2016), written as ONNX Runtime recognises it for fusion. */
function gelu(net: PatchTstGraph, name: string, x: Value): Value {
  const { graph } = net
  const scaled = net.node('Div', `${name}.scaled`, [x, graph.float(`${name}.root`, Math.SQRT2)])
  const error = net.node('Erf', `${name}.erf`, [scaled])
  const raised = net.node('Add', `${name}.raised`, [error, graph.float(`${name}.one`, 1)])
  const product = net.node('Mul', `${name}.product`, [x, raised])
  return net.node('Mul', name, [product, graph.float(`${name}.half`, 0.5)])
}

function encoderLayer(net: PatchTstGraph, name: string, x: Value): Value {
  const attended = net.node('Add', `${name}.residual1`, [x, attention(net, `${name}.attention`, x)])
  const first = net.norm(`${name}.norm1`, attended)
  const hidden = gelu(net, `${name}.gelu`, net.linear(`${name}.ff1`, first))
  const fed = net.node('Add', `${name}.residual2`, [first, net.linear(`${name}.ff2`, hidden)])
  return net.norm(`${name}.norm2`, fed)
}

/** The hidden layers of all heads side by side, and their output layers as one block-diagonal matrix. */
function heads(net: PatchTstGraph, pooled: Value): Value {
  const { graph } = net
  const { dModel } = net.shape
  const width = dModel / 2
  const total = patchTstHeads.length * width
  const inner = { weight: new Float32Array(dModel * total), bias: new Float32Array(total) }
  const outer = { weight: new Float32Array(total * patchTstOutputs), bias: new Float32Array(patchTstOutputs) }
  let first = 0
  for (const [index, [head, outputs]] of patchTstHeads.entries()) {
    const [hidden, out] = [net.weight(`${head}.hidden.weight`).data, net.weight(`${head}.out.weight`).data]
    const scale = head === 'directions' ? 1 / net.weight('temperature').data[0]! : 1
    const column = index * width
    for (let row = 0; row < width; row += 1)
      for (let at = 0; at < dModel; at += 1) inner.weight[at * total + column + row] = hidden[row * dModel + at]!
    for (let row = 0; row < outputs; row += 1)
      for (let at = 0; at < width; at += 1)
        outer.weight[(column + at) * patchTstOutputs + first + row] = out[row * width + at]! * scale
    inner.bias.set(net.weight(`${head}.hidden.bias`).data, column)
    outer.bias.set(
      net.weight(`${head}.out.bias`).data.map((value) => value * scale),
      first,
    )
    first += outputs
  }
  const hiddenInputs = [
    pooled,
    graph.floats('heads.hidden.weight', [dModel, total], inner.weight),
    graph.floats('heads.hidden.bias', [total], inner.bias),
  ]
  const active = net.node('Relu', 'heads.active', [net.node('Gemm', 'heads.hidden', hiddenInputs)])
  return net.node('Gemm', 'heads.out', [
    active,
    graph.floats('heads.out.weight', [total, patchTstOutputs], outer.weight),
    graph.floats('heads.out.bias', [patchTstOutputs], outer.bias),
  ])
}

/** The model of given sizes and weights: input `x` [batch, window, features], output `y` [batch, 20]. */
export function patchTstModel(shape: PatchTstShape, weights: PatchTstWeights): OnnxModel {
  const net = new PatchTstGraph(shape, weights)
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
  const { seed = 1 } = options
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
