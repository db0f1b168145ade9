/** How weights lie in the file, and the products that read them. */
import type { GraphBuilder, Value } from '../graph.ts'
import { halfBytes, largestHalf } from '../half.ts'
import { dataTypes } from '../model.ts'
import type { Matrix } from './matrix.ts'

/**
 * `fp32`: as they are. `fp16`: half the size; they are widened when the model is loaded, and computation stays fp32.
 * `int8`: matrices that meet every patch as whole numbers with a scale for each output, computed with quantised inputs;
 * other weights as fp16.
 */
export type Precision = 'fp32' | 'fp16' | 'int8'

/** All precisions. */
export const precisions: readonly Precision[] = ['fp32', 'fp16', 'int8']

/** The operators that ONNX Runtime adds to those of ONNX. */
export const runtimeDomain = 'com.microsoft'

interface Quantised {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scales: Float32Array<ArrayBuffer>
}

/** Symmetric, with a scale for each column: 127 stands for its largest number. */
function quantised({ columns, data }: Matrix): Quantised {
  const largest = new Float32Array(columns)
  data.forEach((value, at) => {
    const column = at % columns
    largest[column] = Math.max(largest[column]!, Math.abs(value))
  })
  // A column of zeros may have any scale.
  const scales = largest.map((size) => (size === 0 ? 1 : size / 127))
  const whole = Int8Array.from(data, (value, at) =>
    Math.max(-127, Math.min(127, Math.round(value / scales[at % columns]!))),
  )
  return { bytes: new Uint8Array(whole.buffer), scales }
}

/** Adds weights to a graph in one precision. */
export class WeightStore {
  readonly #graph: GraphBuilder
  readonly #precision: Precision
  #ownOperators = false

  constructor(graph: GraphBuilder, precision: Precision) {
    this.#graph = graph
    this.#precision = precision
  }

  /** Whether operators of ONNX Runtime were used. */
  get ownOperators(): boolean {
    return this.#ownOperators
  }

  /** A weight that is read as fp32. Small ones (`exact`) stay fp32: halving them saves nothing. */
  floats(name: string, dims: readonly number[], data: Float32Array, exact = false): Value {
    const fitsHalf = data.every((value) => Math.abs(value) <= largestHalf)
    if (exact || this.#precision === 'fp32' || !fitsHalf) return this.#graph.floats(name, dims, data)
    const half = this.#graph.tensor({
      name: `${name}.half`,
      dims: dims.map(BigInt),
      dataType: dataTypes.float16,
      rawData: halfBytes(data),
    })
    return this.#graph.node('Cast', name, [half], { to: dataTypes.float32 })
  }

  /**
   * `x · matrix + bias`. A product with one row for each window is never quantised: whole numbers would make it no
   * faster, and behind the mean over patches nothing evens their errors out.
   */
  product(
    name: string,
    x: Value,
    matrix: Matrix,
    bias: Float32Array | undefined,
    { perPatch }: { readonly perPatch: boolean },
  ): Value {
    if (this.#precision === 'int8' && perPatch) return this.#quantisedProduct(name, x, matrix, bias)
    const weight = this.floats(`${name}.weight`, [matrix.rows, matrix.columns], matrix.data)
    const shift = bias && this.floats(`${name}.bias`, [matrix.columns], bias, true)
    if (!perPatch) return this.#graph.node('Gemm', name, [x, weight, ...(shift === undefined ? [] : [shift])])
    if (shift === undefined) return this.#graph.node('MatMul', name, [x, weight])
    return this.#graph.node('Add', name, [this.#graph.node('MatMul', `${name}.product`, [x, weight]), shift])
  }

  #quantisedProduct(name: string, x: Value, matrix: Matrix, bias: Float32Array | undefined): Value {
    this.#ownOperators = true
    const { bytes, scales } = quantised(matrix)
    const { rows, columns } = matrix
    const dims = [rows, columns].map(BigInt)
    const weight = this.#graph.tensor({ name: `${name}.weight`, dims, dataType: dataTypes.int8, rawData: bytes })
    const inputs = [x, weight, this.#graph.floats(`${name}.scale`, [columns], scales)]
    // The fourth input, a zero point, is left out: zero stands for zero.
    if (bias !== undefined) inputs.push('', this.#graph.floats(`${name}.bias`, [columns], bias))
    return this.#graph.node('DynamicQuantizeMatMul', name, inputs, {}, runtimeDomain)
  }
}
