/** Runs an ONNX model on windows, one at a time as an engine does for one symbol. Reads JSON; files hold raw little-endian float32. */
import { readFile, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { wasmBackend } from '../../dist/inference/index.js'

const { model, windows, shape, out } = JSON.parse(await text(process.stdin))
const size = shape[0] * shape[1]
const bytes = await readFile(windows)
const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
const session = await wasmBackend().load(await readFile(model), 'model')
const answers = []
for (let at = 0; at < values.length; at += size)
  answers.push(...(await session.run(values.subarray(at, at + size), [1, ...shape], session.outputs[0].name)))
await session.release()
await writeFile(out, new Uint8Array(Float32Array.from(answers).buffer))
process.stdout.write(JSON.stringify({ windows: values.length / size }))
