/** What the benchmark of byte places does inside the browser. */
import { measure, type Place, type Timing } from './round.ts'

type Answer = { readonly timing: Timing } | { readonly problem: string }

declare global {
  interface Window {
    measureIn: (thread: 'page' | 'worker', place: Place) => Promise<Timing>
  }
}

function inWorker(place: Place): Promise<Timing> {
  const worker = new Worker(new URL('./round.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Timing>((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)))
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if ('timing' in data) resolve(data.timing)
      else reject(new Error(data.problem))
    })
    worker.postMessage(place)
  }).finally(() => worker.terminate())
}

window.measureIn = (thread, place) => (thread === 'page' ? measure(place) : inWorker(place))
