/** The parts of the PatchTST network, each in its fast form: few and large matrix products. */
import type { Value } from './graph.ts'
import { epsilon, type PatchTstNet } from './patchtst-net.ts'
import { patchTstHeads, patchTstOutputs, type PatchTstShape, type Weight } from './weights.ts'

/** RevIN (Kim et al. 2022): each feature of each window is standardised by its own mean and unbiased variance. */
export function revin(net: PatchTstNet, x: Value): Value {
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
export function embedding(net: PatchTstNet, x: Value): Value {
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

function attention(net: PatchTstNet, name: string, x: Value): Value {
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
function gelu(net: PatchTstNet, name: string, x: Value): Value {
  const { graph } = net
  const scaled = net.node('Div', `${name}.scaled`, [x, graph.float(`${name}.root`, Math.SQRT2)])
  const error = net.node('Erf', `${name}.erf`, [scaled])
  const raised = net.node('Add', `${name}.raised`, [error, graph.float(`${name}.one`, 1)])
  const product = net.node('Mul', `${name}.product`, [x, raised])
  return net.node('Mul', name, [product, graph.float(`${name}.half`, 0.5)])
}

/** One post-norm encoder layer (Vaswani et al. 2017). */
export function encoderLayer(net: PatchTstNet, name: string, x: Value): Value {
  const attended = net.node('Add', `${name}.residual1`, [x, attention(net, `${name}.attention`, x)])
  const first = net.norm(`${name}.norm1`, attended)
  const hidden = gelu(net, `${name}.gelu`, net.linear(`${name}.ff1`, first))
  const fed = net.node('Add', `${name}.residual2`, [first, net.linear(`${name}.ff2`, hidden)])
  return net.norm(`${name}.norm2`, fed)
}

/** The hidden layers of all heads side by side, and their output layers as one block-diagonal matrix. */
export function heads(net: PatchTstNet, pooled: Value): Value {
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
