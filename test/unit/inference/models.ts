/** Small real models for the tests of this room. */
import type { ModelContract } from '../../../src/inference/index.ts'
import { encodeModel } from '../../../src/onnx/model.ts'
import { GraphBuilder } from '../../../src/onnx/graph.ts'
import { buildPatchTst } from '../../../src/onnx/patchtst.ts'

export const features = 5

/** A small network of the reference architecture. */
export const network: Uint8Array = buildPatchTst({ features, dModel: 32, heads: 2, layers: 1, dFf: 64 })

export const contract: ModelContract = {
  id: 'sample_v1.0.0',
  input: { name: 'x', dtype: 'float32', dims: ['batch', 96, features] },
  output: { name: 'y', dtype: 'float32', dims: ['batch', 20] },
}

/** `y = x * factor` (or another operation) over [batch, 2]. */
export function elementwise(op: string, factor: number, batch: number | string = 'n'): Uint8Array {
  const graph = new GraphBuilder()
  const x = graph.input('x', [batch, 2])
  graph.output(graph.node(op, 'y', [x, graph.float('factor', factor)]), [batch, 2])
  return encodeModel({ irVersion: 8n, opsetImport: [{ domain: '', version: 17n }], graph: graph.build('elementwise') })
}

/** The contract of {@link elementwise}. */
export const pairContract = (batch: number | string = 'n'): ModelContract => ({
  id: 'pair_v1.0.0',
  input: { name: 'x', dtype: 'float32', dims: [batch, 2] },
  output: { name: 'y', dtype: 'float32', dims: [batch, 2] },
})

/** Seeded windows, spread around zero. */
export function windows(count: number, seed = 1): Float32Array {
  let state = seed
  return Float32Array.from({ length: count * 96 * features }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state / 2 ** 31 - 1) * 3
  })
}
