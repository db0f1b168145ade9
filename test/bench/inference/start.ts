/** The bare way to a first result: ONNX Runtime by itself, one step after the other. */
import { walks } from './windows.ts'

/** How long each step took, in ms; `totalMs` counts from the navigation. */
interface Steps {
  readonly pageMs: number
  readonly importMs: number
  readonly fetchMs: number
  readonly verifyMs: number
  /** Fetching, compiling and starting the runtime's WebAssembly. */
  readonly runtimeMs: number
  readonly sessionMs: number
  readonly firstRunMs: number
  readonly totalMs: number
}

const read = async (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(path)).arrayBuffer())

async function start(form: string): Promise<Steps> {
  const times = [performance.now()]
  const step = (): number => {
    times.push(performance.now())
    return times.at(-1)! - times.at(-2)!
  }
  const pageMs = times[0]!
  const ort = await import('onnxruntime-web/wasm')
  ort.env.wasm.numThreads = 1
  ort.env.logLevel = 'error'
  const importMs = step()
  const model = await read(`/models/${form}.onnx`)
  const fetchMs = step()
  await crypto.subtle.digest('SHA-256', model)
  const verifyMs = step()
  // A graph of one node costs nothing, but it cannot be had without the runtime.
  const tiny = await read('/models/tiny.onnx')
  await ort.InferenceSession.create(tiny, { executionProviders: ['wasm'] })
  const runtimeMs = step()
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  })
  const sessionMs = step()
  const { y } = await session.run({ x: new ort.Tensor('float32', walks(1), [1, 96, 240]) })
  if (!((await y!.getData()) instanceof Float32Array)) throw new Error('The first run gave nothing.')
  const firstRunMs = step()
  return { pageMs, importMs, fetchMs, verifyMs, runtimeMs, sessionMs, firstRunMs, totalMs: performance.now() }
}

declare global {
  interface Window {
    readonly start: typeof start
  }
}

Object.defineProperty(window, 'start', { value: start })
