/** Runs before the browsers start: models that open and then fail, with the input and output of the tiny ones. */
import type { TestProject } from 'vitest/node'
import { GraphBuilder, type Value } from '../../src/onnx/graph.ts'
import { encodeModel } from '../../src/onnx/model.ts'

/** By name, in base64. */
interface FaultyModels {
  /** Asks for a tensor that fits into no 32-bit memory besides the runtime itself. */
  readonly hungry: string
  /** Takes one feature more. */
  readonly wider: string
  /** Answers NaN. */
  readonly notANumber: string
}

declare module 'vitest' {
  interface ProvidedContext {
    faulty: FaultyModels
  }
}

/** What the tiny models take and answer. */
const [features, outputs] = [5, 20]

/** A graph from x [batch, 96, features] to y [batch, 20]; `last` gets one number per output. */
function model(inputs: number, last: (graph: GraphBuilder, x: Value, rows: Value) => Value): string {
  const graph = new GraphBuilder()
  const x = graph.input('x', ['batch', 96, inputs])
  const means = graph.node('ReduceMean', 'means', [x], { axes: [2], keepdims: 0 })
  const rows = graph.node('Slice', 'rows', [
    means,
    graph.ints('from', [0]),
    graph.ints('to', [outputs]),
    graph.ints('axis', [1]),
  ])
  graph.output(last(graph, x, rows), ['batch', outputs])
  const opsetImport = [{ domain: '', version: 17n }]
  return Buffer.from(encodeModel({ irVersion: 8n, opsetImport, graph: graph.build('faulty') })).toString('base64')
}

function faultyModels(): FaultyModels {
  const hungry = model(features, (graph, x, rows) => {
    const mean = graph.node('ReduceMean', 'mean', [x], { axes: [0, 1, 2], keepdims: 0 })
    const numbers = graph.node('Expand', 'numbers', [mean, graph.ints('count', [1_072_000_000])])
    const largest = graph.node('ReduceMax', 'largest', [numbers], { axes: [0], keepdims: 0 })
    return graph.node('Add', 'y', [rows, largest])
  })
  const notANumber = model(features, (graph, _, rows) => {
    const nothing = graph.node('Mul', 'nothing', [rows, graph.float('zero', 0)])
    return graph.node('Div', 'y', [nothing, nothing])
  })
  return { hungry, notANumber, wider: model(features + 1, (graph, _, rows) => graph.node('Identity', 'y', [rows])) }
}

export default function provideFaultyModels(project: TestProject): void {
  project.provide('faulty', faultyModels())
}
