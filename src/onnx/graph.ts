/** A small builder of ONNX graphs: every call adds one node and gives back the name of its value. */
import {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxTensor,
  type OnnxValueInfo,
  attributeTypes,
  dataTypes,
} from './model.ts'

/** A value of the graph, by name. */
export type Value = string

/** What an attribute may be: a whole number is written as int, so floats come as `{ float }`. */
export type AttributeValue = number | readonly number[] | { readonly float: number }

/** A dimension: a size, or the name of a free one. */
export type Dimension = number | string

const bytesOf = (data: Float32Array | BigInt64Array): Uint8Array => {
  const view = new DataView(new ArrayBuffer(data.byteLength))
  if (data instanceof Float32Array) data.forEach((number, at) => view.setFloat32(4 * at, number, true))
  else data.forEach((number, at) => view.setBigInt64(8 * at, number, true))
  return new Uint8Array(view.buffer)
}

const attributeOf = (name: string, value: AttributeValue): OnnxAttribute => {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw new TypeError(`The attribute "${name}" is ${value}: write { float: ${value} }.`)
    return { name, type: attributeTypes.int, i: BigInt(value) }
  }
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float }
  return { name, type: attributeTypes.ints, ints: value.map(BigInt) }
}

const valueInfo = (name: string, dims: readonly Dimension[]): OnnxValueInfo => ({
  name,
  type: {
    tensorType: {
      elemType: dataTypes.float32,
      shape: { dim: dims.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: BigInt(dim) })) },
    },
  },
})

/** Collects nodes and constants in the order of the calls, so the same calls give the same graph. */
export class GraphBuilder {
  readonly #nodes: NonNullable<OnnxGraph['node']>[number][] = []
  readonly #initializers: OnnxTensor[] = []
  readonly #inputs: OnnxValueInfo[] = []
  readonly #outputs: OnnxValueInfo[] = []
  readonly #names = new Set<string>()

  #claim(name: string): string {
    if (this.#names.has(name)) throw new TypeError(`The graph already has a value "${name}".`)
    this.#names.add(name)
    return name
  }

  /** A float32 input. */
  input(name: string, dims: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(this.#claim(name), dims))
    return name
  }

  /** Declares a value as float32 output. */
  output(value: Value, dims: readonly Dimension[]): void {
    if (!this.#names.has(value)) throw new TypeError(`The graph has no value "${value}".`)
    this.#outputs.push(valueInfo(value, dims))
  }

  /** A float32 constant, row major. */
  floats(name: string, dims: readonly number[], data: Float32Array): Value {
    const length = dims.reduce((product, size) => product * size, 1)
    if (length !== data.length)
      throw new TypeError(`The constant "${name}" has ${data.length} numbers, its shape needs ${length}.`)
    this.#initializers.push({
      name: this.#claim(name),
      dims: dims.map(BigInt),
      dataType: dataTypes.float32,
      rawData: bytesOf(data),
    })
    return name
  }

  /** A constant of any element type, as it is. */
  tensor(tensor: OnnxTensor & { readonly name: string }): Value {
    this.#initializers.push({ ...tensor, name: this.#claim(tensor.name) })
    return tensor.name
  }

  /** A single float32 number. */
  float(name: string, value: number): Value {
    return this.floats(name, [], Float32Array.of(value))
  }

  /** A list of int64 numbers, as Reshape and Slice want them. */
  ints(name: string, values: readonly number[]): Value {
    this.#initializers.push({
      name: this.#claim(name),
      dims: [BigInt(values.length)],
      dataType: dataTypes.int64,
      rawData: bytesOf(BigInt64Array.from(values.map(BigInt))),
    })
    return name
  }

  /**
   * One operation of the default operator set, or of another domain; gives back its output.
   *
   * @throws TypeError when an input is not known yet: nodes are added in the order in which they run.
   */
  node(
    opType: string,
    name: string,
    inputs: readonly Value[],
    attributes: { readonly [name: string]: AttributeValue } = {},
    domain = '',
  ): Value {
    for (const input of inputs)
      if (input !== '' && !this.#names.has(input))
        throw new TypeError(`"${name}" reads "${input}", which the graph does not have yet.`)
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value))
    this.#nodes.push({
      name,
      opType,
      ...(domain === '' ? {} : { domain }),
      input: inputs,
      output: [this.#claim(name)],
      ...(attribute.length === 0 ? {} : { attribute }),
    })
    return name
  }

  /** The finished graph. */
  build(name: string): OnnxGraph {
    return {
      name,
      node: [...this.#nodes],
      initializer: [...this.#initializers],
      input: [...this.#inputs],
      output: [...this.#outputs],
    }
  }
}
