/** Models as something that answers windows, whatever runs them. */
import type { ModelTensors, TensorSpec } from '../../inference/index.ts'
import { wasmBackend } from '../../inference/index.ts'
import { evaluate, type Network } from '../../onnx/index.ts'

/** Answers windows given one after another, [window, time, feature]. */
export interface Runner {
  /** Windows that every run must have a multiple of. */
  readonly multiple: number
  readonly run: (windows: Float32Array, count: number) => Promise<Float32Array | Float64Array>
  readonly release: () => Promise<void>
}

/** Windows in one run: more gain nothing. */
const largestBatch = 32

/** The sizes of a window, where a model has one input of that form. */
export function windowOf({ inputs }: ModelTensors): readonly [window: number, features: number] | undefined {
  const [input, ...others] = inputs
  const [batch, window, features, ...more] = input?.dims ?? []
  const fits = batch !== undefined && others.length === 0 && more.length === 0 && input?.dtype === 'float32'
  return fits && typeof window === 'number' && typeof features === 'number' ? [window, features] : undefined
}

/** The one output of numbers, where labels stand beside it; all outputs where it takes a person to choose. */
export function fetchedOutputs({ outputs }: ModelTensors): readonly TensorSpec[] {
  const numbers = outputs.filter(({ dtype }) => dtype === 'float32')
  return numbers.length === 1 ? numbers : outputs
}

/**
 * A model in ONNX Runtime, as a browser would run it without WebGPU.
 *
 * @throws `model/unloadable`
 */
export async function runtimeRunner(
  model: Uint8Array,
  id: string,
): Promise<{ readonly runner: Runner; readonly tensors: ModelTensors }> {
  const session = await wasmBackend().load(model, id)
  const [batch] = session.inputs[0]?.dims ?? []
  const fixed = typeof batch === 'number' ? batch : undefined
  const [window, features] = windowOf(session) ?? [0, 0]
  const size = window * features
  const output = fetchedOutputs(session)[0]?.name ?? ''
  const run: Runner['run'] = async (windows, count) => {
    const rows: Float32Array[] = []
    const chunk = fixed ?? largestBatch
    for (let first = 0; first < count; first += chunk) {
      const batchSize = Math.min(chunk, count - first)
      const part = windows.subarray(first * size, (first + batchSize) * size)
      rows.push(await session.run(part, [batchSize, window, features], output))
    }
    const result = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0))
    let at = 0
    for (const row of rows) {
      result.set(row, at)
      at += row.length
    }
    return result
  }
  return { runner: { multiple: fixed ?? 1, run, release: () => session.release() }, tensors: session }
}

/** Trained weights in plain double precision. */
export function exactRunner(network: Network): Runner {
  return {
    multiple: 1,
    run: (windows) => Promise.resolve(evaluate(network, windows)),
    release: () => Promise.resolve(),
  }
}
