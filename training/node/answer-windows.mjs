/**
 * Runs an ONNX model on windows that end at rows of a table, some at a time. Reads JSON; files hold raw little-endian float32. With
 * `batch` 1 they run as an engine decides the newest bar of one symbol, with `maxBatch` as it decides the bars of the past.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { maxBatch, wasmBackend } from '../../dist/inference/index.js'

/** `groups`: lists of rows; no batch holds windows of two of them. */
const { model, table, shape, groups, past, out } = JSON.parse(await text(process.stdin))
const [lookback, width] = shape
const bytes = await readFile(table)
const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
const most = past ? maxBatch : 1
const session = await wasmBackend().load(await readFile(model), 'model')
const answers = []
for (const rows of groups)
  for (let first = 0; first < rows.length; first += most) {
    const batch = rows.slice(first, first + most)
    const windows = new Float32Array(batch.length * lookback * width)
    for (const [at, row] of batch.entries())
      windows.set(values.subarray((row + 1 - lookback) * width, (row + 1) * width), at * lookback * width)
    answers.push(...(await session.run(windows, [batch.length, ...shape], session.outputs[0].name)))
  }
await session.release()
await writeFile(out, new Uint8Array(Float32Array.from(answers).buffer))
process.stdout.write(JSON.stringify({ windows: groups.flat().length }))
