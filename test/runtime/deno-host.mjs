/** Runs the checks in Deno and prints the report. The first argument is the folder of the files. */
import { check } from './checks.ts'
import source wasmModule from 'candlewick/edge.wasm'

const { Deno } = globalThis
const read = (name) => Deno.readFile(`${Deno.args[0]}/${name}`)

const report = await check(JSON.parse(new TextDecoder().decode(await read('task.json'))), {
  wasmModule,
  small: await read('small.onnx'),
  sample: await read('sample.onnx'),
  golden: await read('golden.f32'),
})
console.log(JSON.stringify(report))
