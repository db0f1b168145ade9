/** Exports of PyTorch that `test/torch/export.py` wrote, and what PyTorch answers to a known input. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as ort from 'onnxruntime-web/wasm'

ort.env.wasm.numThreads = 1

/** Where the committed exports lie. */
export const exportsFolder: string = fileURLToPath(new URL('../../../golden/torch', import.meta.url))

/** One network in PyTorch. */
export interface TorchExport {
  readonly name: string
  readonly opset: number
  /** Null where the batch is free. */
  readonly batch: number | null
  readonly sizes: {
    readonly features: number
    readonly window: number
    readonly patch: number
    readonly stride: number
    readonly width: number
    readonly heads: number
    readonly layers: number
  }
  readonly windows: Float32Array<ArrayBuffer>
  readonly count: number
  readonly answers: Float32Array<ArrayBuffer>
}

const floats = (text: string): Float32Array<ArrayBuffer> => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer)
}

/** The names of the exported models of a folder. */
export const exportNames = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => /\.onnx(?:\.gz)?$/.test(file))
    .map((file) => file.replace(/\.onnx(?:\.gz)?$/, ''))
    .sort()

/** What is known of an export. */
export function readExport(folder: string, name: string): TorchExport {
  const json = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Omit<TorchExport, 'name'> & {
    inputs: string
    outputs: string
  }
  const windows = floats(json.inputs)
  const { sizes, opset, batch } = json
  const count = windows.length / sizes.window / sizes.features
  return { name, opset, batch, sizes, windows, count, answers: floats(json.outputs) }
}

/** The bytes of an exported model. */
export function readModel(folder: string, name: string): Uint8Array<ArrayBuffer> {
  const zipped = readdirSync(folder).includes(`${name}.onnx.gz`)
  const bytes = readFileSync(join(folder, zipped ? `${name}.onnx.gz` : `${name}.onnx`))
  return new Uint8Array(zipped ? gunzipSync(bytes) : bytes)
}

/** What ONNX Runtime answers, `batch` windows at a time. */
export async function runtimeAnswers(
  model: Uint8Array,
  { windows, count, sizes }: Pick<TorchExport, 'windows' | 'count' | 'sizes'>,
  batch: number = count,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 4 })
  try {
    const [input, output] = [session.inputNames[0]!, session.outputNames[0]!]
    const size = sizes.window * sizes.features
    const rows: number[] = []
    for (let first = 0; first < count; first += batch) {
      const part = windows.slice(first * size, (first + batch) * size)
      const feed = new ort.Tensor('float32', part, [batch, sizes.window, sizes.features])
      const results = await session.run({ [input]: feed })
      rows.push(...((await results[output]!.getData()) as Float32Array))
    }
    return Float32Array.from(rows)
  } finally {
    await session.release()
  }
}

/** The largest difference of two answers; NaN where one is not a number. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]!))) : NaN
