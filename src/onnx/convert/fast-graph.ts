/** A graph under construction in the spelling that ONNX Runtime runs fastest. */
import { GraphBuilder, type Value } from '../graph.ts'
import type { Clipped } from './expression.ts'

/** Adds operations that the network repeats. */
export class FastGraph {
  readonly graph: GraphBuilder = new GraphBuilder()
  readonly #counts = new Map<string, number>()

  name(kind: string): string {
    const count = this.#counts.get(kind) ?? 0
    this.#counts.set(kind, count + 1)
    // No name of ours may meet one of the source, which input and output keep.
    return `cw.${kind}.${count}`
  }

  slice(x: Value, axis: number, from: number, to: number, step = 1): Value {
    const name = this.name('slice')
    const bounds = [from, to, axis, step].map((value, at) => this.graph.ints(`${name}.${at}`, [value]))
    return this.graph.node('Slice', name, [x, ...bounds])
  }

  reshape(kind: string, x: Value, dims: readonly number[]): Value {
    const name = this.name(kind)
    return this.graph.node('Reshape', name, [x, this.graph.ints(`${name}.dims`, dims)])
  }

  /** GELU in its exact form (Hendrycks and Gimpel 2016) is written so that ONNX Runtime fuses it. */
  activation(operation: string, x: Value): Value {
    const graph = this.graph
    if (operation !== 'Gelu') return graph.node(operation, this.name(operation.toLowerCase()), [x])
    const name = this.name('gelu')
    const scaled = graph.node('Div', `${name}.scaled`, [x, graph.float(`${name}.root`, Math.SQRT2)])
    const error = graph.node('Erf', `${name}.erf`, [scaled])
    const raised = graph.node('Add', `${name}.raised`, [error, graph.float(`${name}.one`, 1)])
    const product = graph.node('Mul', `${name}.product`, [x, raised])
    return graph.node('Mul', name, [product, graph.float(`${name}.half`, 0.5)])
  }

  clip({ low, high }: Clipped, x: Value): Value {
    const name = this.name('clipped')
    const bounds = [this.graph.float(`${name}.low`, low), this.graph.float(`${name}.high`, high)]
    return this.graph.node('Clip', name, [x, ...bounds])
  }
}
