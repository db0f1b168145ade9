/** What the benchmarks take from the sources: the forms of the network, and the thread that holds them. */
import { GraphBuilder } from '../../../src/onnx/graph.ts'
import { encodeModel } from '../../../src/onnx/index.ts'

export { decodeModel, readSafetensors } from '../../../src/onnx/index.ts'
export { allForms } from './forms.ts'
export { plainExport } from './plain-export.ts'
export { sampleWeights } from './state-dict.ts'
export { Workshop } from './workshop.ts'

/** A model that does nothing. */
export function tinyModel(): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder()
  graph.output(graph.node('Identity', 'y', [graph.input('x', [1])]), [1])
  return encodeModel({ irVersion: 8n, opsetImport: [{ domain: '', version: 17n }], graph: graph.build('tiny') })
}
