/** Work that several callers wait for: it runs once, and is cancelled when the last of them has gone. */
import { abortable, throwIfAborted } from '../core/abort.ts'

interface Waiter<P> {
  readonly onProgress: ((progress: P) => void) | undefined
}

interface Flight<T, P> {
  readonly result: Promise<T>
  readonly controller: AbortController
  readonly waiters: Set<Waiter<P>>
}

/** Flights by key. Unlike the plain ones of core, each caller may leave by a signal of its own. */
export class SharedFlights<T, P> {
  readonly #flights = new Map<string, Flight<T, P>>()

  /**
   * Joins the flight of this key, or starts it. A failure is forgotten, so the next call tries again.
   *
   * @returns what the flight brought, and whether this caller found it already under way
   * @throws what the work throws; the signal's reason when aborted
   */
  async join(
    key: string,
    start: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>,
    options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ((progress: P) => void) | undefined },
  ): Promise<{ readonly result: T; readonly joined: boolean }> {
    const { signal, onProgress } = options
    throwIfAborted(signal)
    const running = this.#flights.get(key)
    const waiter: Waiter<P> = { onProgress }
    const flight = running ?? this.#start(key, start)
    flight.waiters.add(waiter)
    try {
      return { result: await abortable(flight.result, signal), joined: running !== undefined }
    } finally {
      flight.waiters.delete(waiter)
      if (flight.waiters.size === 0) {
        this.#forget(key, flight)
        flight.controller.abort(signal?.reason)
      }
    }
  }

  #start(key: string, start: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>): Flight<T, P> {
    const controller = new AbortController()
    const waiters = new Set<Waiter<P>>()
    // A listener that throws is its owner's fault and must not end the work of the others.
    const report = (progress: P): void => {
      for (const { onProgress } of waiters) if (onProgress !== undefined) queueMicrotask(() => onProgress(progress))
    }
    const flight = { result: start(controller.signal, report), controller, waiters }
    this.#flights.set(key, flight)
    return flight
  }

  #forget(key: string, flight: Flight<T, P>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
