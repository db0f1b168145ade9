/** The page of the benchmark: starts threads, and passes on what they are asked. */
import { type Remote, wrap } from 'comlink'
import type { Thread } from './wasm.worker.ts'

interface OpenOptions {
  readonly script: string
  readonly forms: readonly string[]
  readonly threads?: number
  readonly tfjs?: boolean
}

const workers = new Map<string, Remote<Thread>>()

const worker = (name: string): Remote<Thread> => {
  const found = workers.get(name)
  if (found === undefined) throw new TypeError(`There is no thread "${name}".`)
  return found
}

/** What the benchmark may ask of the page. */
const threads = {
  open(name: string, { script, forms, threads: count = 1, tfjs = false }: OpenOptions): Promise<number[]> {
    if (count > 1 && !crossOriginIsolated) throw new Error('Without cross-origin isolation there is one thread.')
    const started = new Worker(script, { type: 'module' })
    const failed = new Promise<never>((_, reject) => {
      started.addEventListener('error', ({ message }) => reject(new Error(`${script}: ${message}`)))
    })
    const thread = wrap<Thread>(started)
    workers.set(name, thread)
    return Promise.race([thread.open(forms, count, tfjs), failed])
  },

  answer: (name: string, form: string, batch: number): Promise<number[]> => worker(name).answer(form, batch),

  time: (name: string, form: string, batch: number, runs: number): Promise<number[]> =>
    worker(name).time(form, batch, runs),

  /** One window for each symbol, shared out in batches to whoever is free; ms until the last answer. */
  async symbols(names: readonly string[], form: string, batch: number, count: number): Promise<number> {
    const began = performance.now()
    let left = count
    const work = async (name: string): Promise<void> => {
      while (left > 0) {
        const share = Math.min(batch, left)
        left -= share
        await worker(name).time(form, share, 1)
      }
    }
    await Promise.all(names.map(work))
    return performance.now() - began
  },

  /** The graphics adapter that WebGPU gives. */
  async adapter(): Promise<Record<string, string> | undefined> {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' })
    if (adapter === null || adapter === undefined) return undefined
    const { vendor, architecture, device, description } = adapter.info
    return { vendor, architecture, device, description }
  },
}

declare global {
  interface Window {
    readonly threads: typeof threads
  }
}

Object.defineProperty(window, 'threads', { value: threads })
