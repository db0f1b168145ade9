/** A round in a worker. */
import { measure, type Place } from './round.ts'

addEventListener('message', ({ data }: MessageEvent<Place>) => {
  measure(data).then(
    (timing) => postMessage({ timing }),
    (error: unknown) => postMessage({ problem: String(error) }),
  )
})
