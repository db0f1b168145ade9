/**
 * Reads a graph as the network it computes. Every node between input and output must have a meaning, so that nothing of
 * the source can get lost: what is not understood is refused as a whole.
 */
import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor, type OnnxValueInfo } from '../model.ts'
import type { Flow } from './algebra.ts'
import { type Network, networkOf } from './anatomy.ts'
import { Attributes } from './attributes.ts'
import { type Constant, constantOf } from './constant.ts'
import type { Input } from './expression.ts'
import { Expressions, outOf } from './expressions.ts'
import { folds } from './fold.ts'
import { type Axis, isWhole, whole } from './layout.ts'
import { isFlow, type Operand, Operations } from './operations.ts'
import { Unrecognised } from './unrecognised.ts'

/** What became of a graph: a network, or the reason why it is none. */
export type Recognition = { readonly network: Network } | { readonly reason: string }

/** A prime, so that it divides no size of the network by chance; the network treats every window alike. */
const assumedBatch = 1009

class Recogniser {
  readonly #make = new Expressions()
  readonly #operations = new Operations(this.#make)
  readonly #values = new Map<string, Operand>()
  #constants: ReadonlyMap<string, OnnxTensor> = new Map()

  recognise({ graph = {}, functions = [], opsetImport = [] }: OnnxModel): Network {
    const opset = opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version ?? 1n
    // Before 13, Softmax and others worked on other axes by default.
    if (opset < 13n) throw new Unrecognised(`it is of operator set ${opset}, and 13 is the oldest that is read`)
    if (functions.length > 0) throw new Unrecognised('it has functions of its own')
    if ((graph.sparseInitializer ?? []).length > 0) throw new Unrecognised('it has sparse weights')
    const constants = new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? '', tensor]))
    const [source, ...others] = (graph.input ?? []).filter(({ name = '' }) => !constants.has(name))
    const [target, ...more] = graph.output ?? []
    if (source === undefined || others.length > 0) throw new Unrecognised('it has not exactly one input')
    if (target === undefined || more.length > 0) throw new Unrecognised('it has not exactly one output')
    const input = this.#input(source)
    this.#constants = constants
    for (const node of graph.node ?? []) this.#run(node)
    const result = this.#values.get(target.name ?? '')
    if (!isFlow(result)) throw new Unrecognised('its output does not depend on its input')
    return this.#finished(input, target.name ?? '', result)
  }

  #input({ name = '', type }: OnnxValueInfo): Input {
    const dims = type?.tensorType?.shape?.dim ?? []
    if (type?.tensorType?.elemType !== dataTypes.float32 || dims.length !== 3)
      throw new Unrecognised('its input is not a float32 tensor of three dimensions')
    const [batchSize, ...sizes] = dims.map(({ dimValue }) => (dimValue === undefined ? undefined : Number(dimValue)))
    const [time, feature] = sizes
    if (!time || !feature || batchSize === 0) throw new Unrecognised('its window has no fixed size')
    const axis = (label: string, size: number): Axis => ({ label, size })
    const input: Input = this.#make.make({
      kind: 'input',
      name,
      batch: axis('batch', batchSize ?? assumedBatch),
      time: axis('time', time),
      feature: axis('feature', feature),
    })
    const layout = [input.batch, input.time, input.feature].map(whole)
    this.#values.set(name, { expression: input, layout })
    return input
  }

  #finished(input: Input, output: string, { expression, layout }: Flow): Network {
    const out = outOf(expression)
    if (out === undefined || layout.length !== 2 || !isWhole(layout[0]!, input.batch) || !isWhole(layout[1]!, out))
      throw new Unrecognised('its output is not one row for each window')
    return networkOf(input, output, expression)
  }

  /** A value by name. Constants are read when something needs them: what nothing needs may be of any type. */
  #operand(name: string): Operand {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const tensor = this.#constants.get(name)
    if (tensor === undefined) throw new Unrecognised(`nothing gives "${name}"`)
    const constant = constantOf(tensor)
    this.#values.set(name, constant)
    return constant
  }

  #run(node: OnnxNode): void {
    const { opType = '', domain = '', name = '', input = [], output = [] } = node
    try {
      if (domain !== '' && domain !== 'ai.onnx') throw new Unrecognised(`the operation belongs to "${domain}"`)
      const inputs = input.map((one) => (one === '' ? undefined : this.#operand(one)))
      const attributes = new Attributes(node)
      const results = inputs.some(isFlow)
        ? this.#operations.run(opType, inputs, attributes, output.length)
        : [this.#fold(opType, inputs as readonly (Constant | undefined)[], attributes)]
      output.forEach((one, at) => {
        const result = results[at]
        if (result !== undefined) this.#values.set(one, result)
      })
    } catch (error) {
      if (!(error instanceof Unrecognised)) throw error
      throw new Unrecognised(`the ${opType} "${name || (output[0] ?? '')}" means nothing there: ${error.message}`)
    }
  }

  #fold(opType: string, inputs: readonly (Constant | undefined)[], attributes: Attributes): Constant {
    const fold = folds[opType]
    if (fold === undefined) throw new Unrecognised('it works on constants')
    return fold(inputs, attributes)
  }
}

/** Reads a graph; nothing of it is changed. */
export function recognise(model: OnnxModel): Recognition {
  try {
    return { network: new Recogniser().recognise(model) }
  } catch (error) {
    if (error instanceof Unrecognised) return { reason: error.message }
    throw error
  }
}
