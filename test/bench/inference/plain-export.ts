/**
 * The reference network as `torch.onnx` of PyTorch 1.13 exports it, node for node, so that whoever has no PyTorch can
 * measure what it writes.
 */
import { GraphBuilder, type Value } from '../../../src/onnx/graph.ts'
import { encodeModel } from '../../../src/onnx/index.ts'
import { shape, type StateDict, transposed, weightOf } from './state-dict.ts'

const { window, features, patch, stride, dModel, layers, heads } = shape
const float32 = 1
const int64 = 7

class Exported {
  readonly graph = new GraphBuilder()
  readonly #weights: StateDict
  #count = 0

  constructor(weights: StateDict) {
    this.#weights = weights
  }

  node(op: string, inputs: readonly Value[], attributes: Parameters<GraphBuilder['node']>[3] = {}): Value {
    this.#count += 1
    return this.graph.node(op, `/${op}_${this.#count}`, inputs, attributes)
  }

  whole(value: number): Value {
    return this.node('Constant', [], { value_int: value })
  }

  list(...values: number[]): Value {
    return this.node('Constant', [], { value_ints: values })
  }

  float(value: number): Value {
    return this.node('Constant', [], { value_float: { float: value } })
  }

  weight(name: string): Value {
    const { dims, data } = weightOf(this.#weights, name)
    return this.graph.floats(name, dims, data)
  }

  /** A weight that the exporter turned round. */
  turned(name: string): Value {
    const weight = weightOf(this.#weights, name)
    return this.graph.floats(`onnx::${name}`, weight.dims.toReversed(), transposed(weight))
  }

  /** One size of a tensor. */
  size(x: Value, axis: number): Value {
    return this.node('Gather', [this.node('Shape', [x]), this.whole(axis)], { axis: 0 })
  }

  /** A shape put together from sizes. */
  sizes(...parts: Value[]): Value {
    const lists = parts.map((part) => this.node('Unsqueeze', [part, this.list(0)]))
    return this.node('Concat', lists, { axis: 0 })
  }

  reshape(x: Value, dims: Value): Value {
    return this.node('Reshape', [x, dims], { allowzero: 0 })
  }

  turn(x: Value, ...perm: number[]): Value {
    return this.node('Transpose', [x], { perm })
  }

  gemm(name: string, x: Value): Value {
    const attributes = { alpha: { float: 1 }, beta: { float: 1 }, transB: 1 }
    return this.node('Gemm', [x, this.weight(`${name}.weight`), this.weight(`${name}.bias`)], attributes)
  }

  linear(name: string, x: Value): Value {
    return this.node('Add', [this.weight(`${name}.bias`), this.node('MatMul', [x, this.turned(`${name}.weight`)])])
  }

  norm(name: string, x: Value): Value {
    const inputs = [x, this.weight(`${name}.weight`), this.weight(`${name}.bias`)]
    return this.node('LayerNormalization', inputs, { axis: -1, epsilon: { float: 1e-5 } })
  }
}

/** `x.var` is exported with the division by the number of steps undone. */
function instanceNorm(net: Exported, x: Value): Value {
  const over = { axes: [1], keepdims: 1 }
  const mean = net.node('ReduceMean', [x], over)
  const again = net.node('ReduceMean', [x], over)
  const steps = net.node('ReduceProd', [net.node('Gather', [net.node('Shape', [x]), net.list(1)], { axis: 0 })], {
    keepdims: 0,
  })
  const distance = net.node('Sub', [x, again])
  const squares = net.node('ReduceMean', [net.node('Mul', [distance, distance])], over)
  const count = net.node('Cast', [steps], { to: float32 })
  const sum = net.node('Mul', [squares, count])
  const variance = net.node('Div', [sum, net.node('Sub', [count, net.float(1)])])
  const spread = net.node('Sqrt', [net.node('Add', [variance, net.float(1e-5)])])
  const standard = net.node('Div', [net.node('Sub', [x, mean]), spread])
  const scaled = net.node('Mul', [standard, net.weight('revin.affine_weight')])
  return net.node('Add', [scaled, net.weight('revin.affine_bias')])
}

function embedding(net: Exported, x: Value): Value {
  const kernel = { dilations: [1], group: 1, kernel_shape: [patch], pads: [0, 0], strides: [stride] }
  const convolved = net.node('Conv', [net.turn(x, 0, 2, 1), net.weight('patch_embedding.weight')], kernel)
  const patches = net.turn(convolved, 0, 2, 1)
  const count = net.size(patches, 1)
  const [from, to] = [net.list(0), net.node('Unsqueeze', [count, net.list(0)])]
  const table = net.node('Slice', [net.weight('positional_encoding.pe'), from, to, net.list(1), net.list(1)])
  return net.node('Add', [patches, table])
}

/** The three parts of the joint projection, cut where the traced sizes say. */
function thirds(net: Exported, joint: Value): readonly [Value, Value, Value] {
  const last = net.list(-1)
  const width = net.node('Gather', [net.node('Shape', [joint]), last], { axis: 0 })
  const start = net.list(0)
  const share = net.node('Div', [net.node('Add', [width, net.list(2)]), net.list(3)])
  const [first, second, third] = [1, 2, 3].map((at) => net.node('Mul', [share, net.list(at)])) as [Value, Value, Value]
  return [
    net.node('Slice', [joint, start, first, last]),
    net.node('Slice', [joint, first, second, last]),
    net.node('Slice', [joint, second, third, last]),
  ]
}

/** `nn.MultiheadAttention` with the batch first, which it turns to the second place and back. */
function attention(net: Exported, name: string, x: Value): Value {
  const turned = net.turn(x, 1, 0, 2)
  const [length, batch, width] = [0, 1, 2].map((axis) => net.size(turned, axis)) as [Value, Value, Value]
  const divided = net.node('Div', [width, net.whole(heads)])
  const share = net.node('Cast', [net.node('Cast', [divided], { to: int64 })], { to: int64 })
  const product = net.node('MatMul', [turned, net.turned(`${name}.in_proj_weight`)])
  const joint = net.node('Add', [net.weight(`${name}.in_proj_bias`), product])
  const [query, key, value] = thirds(net, joint)
  const rows = net.node('Mul', [batch, net.whole(heads)])
  const queries = net.turn(net.reshape(query, net.sizes(length, rows, share)), 1, 0, 2)
  const keys = net.reshape(key, net.sizes(net.size(key, 0), rows, share))
  const values = net.turn(net.reshape(value, net.sizes(net.size(value, 0), rows, share)), 1, 0, 2)
  const scaled = net.node('Div', [queries, net.float(Math.sqrt(dModel / heads))])
  const shares = net.node('Softmax', [net.node('MatMul', [scaled, net.turn(keys, 1, 2, 0)])], { axis: -1 })
  const mixed = net.turn(net.node('MatMul', [shares, values]), 1, 0, 2)
  const flat = net.reshape(mixed, net.sizes(net.node('Mul', [length, batch]), width))
  const merged = net.gemm(`${name}.out_proj`, flat)
  return net.turn(net.reshape(merged, net.sizes(length, batch, net.size(merged, 1))), 1, 0, 2)
}

function gelu(net: Exported, x: Value): Value {
  const error = net.node('Erf', [net.node('Div', [x, net.float(Math.SQRT2)])])
  const product = net.node('Mul', [x, net.node('Add', [error, net.float(1)])])
  return net.node('Mul', [product, net.float(0.5)])
}

function encoderLayer(net: Exported, name: string, x: Value): Value {
  const seen = net.norm(`${name}.norm1`, net.node('Add', [x, attention(net, `${name}.self_attention`, x)]))
  const fed = net.linear(`${name}.ff.3`, gelu(net, net.linear(`${name}.ff.0`, seen)))
  return net.norm(`${name}.norm2`, net.node('Add', [seen, fed]))
}

const head = (net: Exported, name: string, x: Value): Value =>
  net.gemm(`${name}.3`, net.node('Relu', [net.gemm(`${name}.0`, x)]))

function answers(net: Exported, x: Value): Value {
  const logits = net.reshape(head(net, 'direction_head', x), net.list(-1, 4, 3))
  const cooled = net.node('Div', [logits, net.weight('temperature')])
  const returns = net.node('Tanh', [head(net, 'future_returns_head', x)])
  const flat = net.reshape(cooled, net.list(-1, 12))
  return net.node('Concat', [returns, flat, head(net, 'risk_metrics_head', x)], { axis: 1 })
}

/** The bytes of the export: opset 17, a free batch. */
export function plainExport(weights: StateDict): Uint8Array<ArrayBuffer> {
  const net = new Exported(weights)
  const x = net.graph.input('x', ['batch', window, features])
  let hidden = embedding(net, instanceNorm(net, x))
  for (let layer = 0; layer < layers; layer += 1) hidden = encoderLayer(net, `encoder.encoder_layers.${layer}`, hidden)
  const pooled = net.node('ReduceMean', [net.norm('encoder.norm', hidden)], { axes: [1], keepdims: 0 })
  const result = answers(net, net.gemm('output_projection', net.norm('ln', pooled)))
  const y = net.graph.node('Clip', 'y', [result, net.float(-10), net.float(10)])
  net.graph.output(y, ['batch', 20])
  return encodeModel({
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    producerName: 'pytorch',
    graph: net.graph.build('torch_jit'),
  })
}
