/** Time as a port: what waits asks a {@link Clock}, so that a test can let a year pass in a second. */
import { throwIfAborted } from './abort.ts'

/** Tells the time and waits. Pass another one to run on replayed, scaled or virtual time. */
export interface Clock {
  /** Now, in ms since the epoch. */
  now(): number
  /**
   * Settles after `ms` milliseconds of this clock; at once, but not synchronously, where `ms` is zero or negative.
   *
   * @throws the signal's reason as soon as it aborts; nothing is left waiting then
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The longest wait that a timer of the platform can hold. */
const longestMs = 2 ** 31 - 1

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The time of this device. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    throwIfAborted(signal)
    for (let left = ms; left > longestMs; left -= longestMs) await wait(longestMs, signal)
    await wait(ms > longestMs ? ms % longestMs : Math.max(ms, 0), signal)
  },
}

/** Settles as `work` does, or as `late` decides when `ms` have passed before; the clock waits for nothing afterwards. */
export async function within<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  late: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const end = new AbortController()
  const stop = (): void => end.abort(signal?.reason)
  if (signal?.aborted === true) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, clock.sleep(ms, end.signal).then(late)])
  } finally {
    signal?.removeEventListener('abort', stop)
    end.abort()
  }
}
