/** A graph under construction together with the sizes and weights of the network that it is to hold. */
import { type AttributeValue, GraphBuilder, type Value } from './graph.ts'
import type { PatchTstShape, PatchTstWeights, Weight } from './weights.ts'

/** Under the square root of every normalisation. */
export const epsilon = 1e-5

/** Adds weights, and the operations that the network repeats. */
export class PatchTstNet {
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
