/** Runs the checks in Node and prints the report. The first argument is the folder of the files. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { check, type Task } from './checks.ts'

const read = (name: string): Promise<Uint8Array> => readFile(`${process.argv[2]}/${name}`)

const report = await check(JSON.parse(String(await read('task.json'))) as Task, {
  wasmModule: await WebAssembly.compile(await readFile(fileURLToPath(import.meta.resolve('candlewick/edge.wasm')))),
  small: await read('small.onnx'),
  sample: await read('sample.onnx'),
  golden: await read('golden.f32'),
})
console.log(JSON.stringify(report))
