/**
 * Writes a network in the form that ONNX Runtime runs fastest: the patch convolution as one product over concatenated
 * views, queries, keys and values from one product, normalisation and GELU as the runtime knows them.
 */
import type { Value } from '../graph.ts'
import { encodeModel, type OnnxModel } from '../model.ts'
import { isPerPatch, type Network } from './anatomy.ts'
import type { Embedding, Expression, Linear, Mixed, Normalised, Vector } from './expression.ts'
import { asLinear, isInner } from './expressions.ts'
import { FastGraph } from './fast-graph.ts'
import { fusedHeads, type HeadsPlan } from './heads.ts'
import { matrixOf, sideBySide } from './matrix.ts'
import { type Precision, runtimeDomain, WeightStore } from './weight-store.ts'

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

class FastForm {
  readonly #fast = new FastGraph()
  readonly #graph = this.#fast.graph
  readonly #weights: WeightStore
  readonly #network: Network
  readonly #values = new Map<Expression, Value>()

  constructor(network: Network, precision: Precision) {
    this.#network = network
    this.#weights = new WeightStore(this.#graph, precision)
  }

  model(): OnnxModel {
    const { input, output, result, anatomy } = this.#network
    this.#values.set(input, this.#graph.input(input.name, ['batch', anatomy.window, anatomy.features]))
    const value = this.#graph.node('Identity', output, [this.#outputs(result)])
    this.#graph.output(value, ['batch', anatomy.outputs])
    const own = this.#weights.ownOperators ? [{ domain: runtimeDomain, version: 1n }] : []
    return {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 17n }, ...own],
      producerName: 'candlewick',
      graph: this.#graph.build('patchtst'),
    }
  }

  #value(expression: Expression): Value {
    const known = this.#values.get(expression)
    if (known !== undefined) return known
    const value = this.#written(expression)
    this.#values.set(expression, value)
    return value
  }

  #written(expression: Expression): Value {
    const graph = this.#graph
    if (isInner(expression)) throw new TypeError(`A network cannot hold ${expression.kind} values.`)
    switch (expression.kind) {
      case 'normalised':
        return expression === this.#network.embedding.of ? this.#revin(expression) : this.#layerNorm(expression)
      case 'embedding':
        return this.#embedding(expression, undefined)
      case 'positioned':
        return this.#embedding(this.#network.embedding, expression.table)
      case 'linear':
        return this.#linear(expression)
      case 'scaled': {
        const linear = asLinear(expression)
        if (linear !== undefined) return this.#linear(linear)
        const name = this.#fast.name('scaled')
        return graph.node('Mul', name, [this.#value(expression.of), graph.float(`${name}.by`, expression.by)])
      }
      case 'mixed':
        return this.#attention(expression)
      case 'sum':
        return graph.node('Add', this.#fast.name('sum'), [this.#value(expression.left), this.#value(expression.right)])
      case 'activation':
        return this.#fast.activation(expression.operation, this.#value(expression.of))
      case 'mean':
        return graph.node('ReduceMean', this.#fast.name('mean'), [this.#value(expression.of)], {
          axes: [1],
          keepdims: 0,
        })
      case 'joined': {
        const parts = expression.parts.map((part) => this.#value(part))
        return graph.node('Concat', this.#fast.name('joined'), parts, { axis: -1 })
      }
      case 'clipped':
      default:
        return this.#fast.clip(expression, this.#value(expression.of))
    }
  }

  /** The end of the network: heads in one go where they allow it. */
  #outputs(expression: Expression): Value {
    if (expression.kind === 'clipped') return this.#fast.clip(expression, this.#outputs(expression.of))
    const plan = fusedHeads([expression])
    return plan === undefined ? this.#value(expression) : this.#heads(plan)
  }

  #linear(linear: Linear): Value {
    const perPatch = isPerPatch(linear)
    return this.#weights.product(this.#fast.name('linear'), this.#value(linear.of), matrixOf(linear), linear.bias, {
      perPatch,
    })
  }

  /** RevIN (Kim et al. 2022). */
  #revin({ of, axis, factor, epsilon, along, scale, shift }: Normalised): Value {
    const graph = this.#graph
    const x = this.#value(of)
    const vector = (name: string, data: Vector): Value => this.#weights.floats(name, [along.size], data, true)
    const mean = graph.node('ReduceMean', 'cw.revin.mean', [x], { axes: [1], keepdims: 1 })
    const centred = graph.node('Sub', 'cw.revin.centred', [x, mean])
    const squares = graph.node('Mul', 'cw.revin.squares', [centred, centred])
    const sum = graph.node('ReduceSum', 'cw.revin.sum', [squares, this.#graph.ints('cw.revin.axes', [1])], {
      keepdims: 1,
    })
    const divisor = graph.float('cw.revin.steps', axis.size / factor)
    const variance = graph.node('Div', 'cw.revin.variance', [sum, divisor])
    const guarded = graph.node('Add', 'cw.revin.guarded', [variance, graph.float('cw.revin.epsilon', epsilon)])
    const deviation = graph.node('Sqrt', 'cw.revin.deviation', [guarded])
    const gain = vector('cw.revin.weight', scale ?? new Float32Array(along.size).fill(1))
    const ratio = graph.node('Div', 'cw.revin.scale', [gain, deviation])
    const scaled = graph.node('Mul', 'cw.revin.scaled', [centred, ratio])
    return shift === undefined ? scaled : graph.node('Add', 'cw.revin', [scaled, vector('cw.revin.bias', shift)])
  }

  #layerNorm({ of, along, epsilon, scale, shift }: Normalised): Value {
    const name = this.#fast.name('norm')
    const vector = (part: string, data: Vector): Value =>
      this.#weights.floats(`${name}.${part}`, [along.size], data, true)
    const inputs = [this.#value(of), vector('weight', scale ?? new Float32Array(along.size).fill(1))]
    if (shift !== undefined) inputs.push(vector('bias', shift))
    return this.#graph.node('LayerNormalization', name, inputs, { axis: -1, epsilon: { float: epsilon } })
  }

  /** Patches of neighbouring blocks, embedded by one product. Blocks are as long as patch and stride allow. */
  #embedding({ of, patch, out, stride, steps, weight, bias }: Embedding, table: Vector | undefined): Value {
    const { features, window } = this.#network.anatomy
    const block = greatestCommonDivisor(steps, stride)
    const hop = stride / block
    const used = Math.floor(window / block) * block
    const x = this.#value(of)
    const kept = used === window ? x : this.#fast.slice(x, 1, 0, used)
    const blocks = this.#fast.reshape('blocks', kept, [0, used / block, block * features])
    const span = (patch.size - 1) * hop + 1
    const views = Array.from({ length: steps / block }, (_, at) => this.#fast.slice(blocks, 1, at, at + span, hop))
    const flat = views.length === 1 ? views[0]! : this.#graph.node('Concat', 'cw.patches', views, { axis: 2 })
    const rows = steps * features
    const data = new Float32Array(weight.length)
    for (let column = 0; column < out.size; column += 1)
      for (let feature = 0; feature < features; feature += 1)
        for (let step = 0; step < steps; step += 1)
          data[(step * features + feature) * out.size + column] = weight[(column * features + feature) * steps + step]!
    const matrix = { rows, columns: out.size, data }
    const embedded = this.#weights.product('cw.embedding', flat, matrix, bias, { perPatch: true })
    if (table === undefined) return embedded
    const positions = this.#weights.floats('cw.positions', [patch.size, out.size], table)
    return this.#graph.node('Add', 'cw.positioned', [embedded, positions])
  }

  #attention({ shares, value }: Mixed): Value {
    const { query, key, heads, scale } = shares.of
    const factor = { weight: query.weight.map((w) => w * scale), bias: query.bias?.map((b) => b * scale) }
    const layers = [{ ...query, ...factor }, key, value]
    const biased = layers.some(({ bias }) => bias !== undefined)
    const bias = layers.flatMap(({ bias, out }) => [...(bias ?? new Float32Array(out.size))])
    const name = this.#fast.name('attention')
    const joined = this.#weights.product(
      `${name}.in`,
      this.#value(query.of),
      sideBySide(layers.map(matrixOf)),
      biased ? Float32Array.from(bias) : undefined,
      { perPatch: true },
    )
    const { patches } = this.#network.anatomy
    const head = (from: number, size: number, perm: readonly number[]): Value => {
      const split = this.#fast.reshape('heads', this.#fast.slice(joined, 2, from, from + size), [
        0,
        patches,
        heads,
        size / heads,
      ])
      return this.#graph.node('Transpose', this.#fast.name('turned'), [split], { perm })
    }
    const [width, own] = [query.out.size, value.out.size]
    const queries = head(0, width, [0, 2, 1, 3])
    const keys = head(width, width, [0, 2, 3, 1])
    const values = head(2 * width, own, [0, 2, 1, 3])
    const scores = this.#graph.node('MatMul', `${name}.scores`, [queries, keys])
    const softmax = this.#graph.node('Softmax', `${name}.shares`, [scores], { axis: -1 })
    const mixed = this.#graph.node('MatMul', `${name}.mixed`, [softmax, values])
    const ordered = this.#graph.node('Transpose', `${name}.ordered`, [mixed], { perm: [0, 2, 1, 3] })
    return this.#fast.reshape('merged', ordered, [0, patches, own])
  }

  #heads({ of, hidden, activation, outer, bias, endings }: HeadsPlan): Value {
    const matrix = sideBySide(hidden.map(matrixOf))
    const biases = hidden.flatMap((layer) => [...(layer.bias ?? new Float32Array(layer.out.size))])
    const options = { perPatch: false }
    const inner = this.#weights.product('cw.heads.hidden', this.#value(of), matrix, Float32Array.from(biases), options)
    const active = this.#fast.activation(activation, inner)
    const raw = this.#weights.product('cw.heads', active, outer, bias, options)
    const ended = endings.map(({ operation, from, to }) => {
      const part = endings.length === 1 ? raw : this.#fast.slice(raw, 1, from, to)
      return operation === undefined ? part : this.#fast.activation(operation, part)
    })
    return ended.length === 1 ? ended[0]! : this.#graph.node('Concat', 'cw.outputs', ended, { axis: 1 })
  }
}

/** The bytes of a network in its fast form. The same network always gives the same bytes. */
export function fastForm(
  network: Network,
  precision: Precision,
  notes: Pick<OnnxModel, 'docString' | 'metadataProps'> = {},
): Uint8Array<ArrayBuffer> {
  return encodeModel({ ...new FastForm(network, precision).model(), ...notes })
}
