/** The page of the benchmark: a worker for each replay, because a realm can have one number of threads only. */
import { wrap } from 'comlink'
import type { Way } from './replay.ts'
import type { ReplayThread } from './replay.worker.ts'

async function replayed(symbol: string, way: Way): Promise<number> {
  const worker = new Worker('/worker.js', { type: 'module' })
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => reject(new Error(message)))
  })
  try {
    return await Promise.race([wrap<ReplayThread>(worker).replay(symbol, way), failed])
  } finally {
    worker.terminate()
  }
}

declare global {
  interface Window {
    readonly replayed: typeof replayed
  }
}

Object.defineProperty(window, 'replayed', { value: replayed })
