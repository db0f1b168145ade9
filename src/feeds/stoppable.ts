/** Iterators that end at once, also while they wait: a bare async generator answers `return()` only after its next value. */
import { throwIfAborted } from '../core/abort.ts'

/**
 * An iterator over what `start` generates. `return()` and the caller's signal abort the signal that the generator is given,
 * so everything it waits for must listen to it.
 *
 * @param signal the caller's; its reason is thrown by `next()`
 * @param start called at the first `next()`
 */
export function stoppable<T>(
  signal: AbortSignal | undefined,
  start: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncIterableIterator<T> {
  return new Stoppable(signal, start)
}

class Stoppable<T> implements AsyncIterableIterator<T> {
  readonly #signal: AbortSignal | undefined
  readonly #start: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>
  readonly #stop = new AbortController()
  readonly #forward = (): void => this.#stop.abort(this.#signal!.reason)
  #generator: AsyncGenerator<T, void, undefined> | undefined
  #returned = false

  constructor(signal: AbortSignal | undefined, start: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>) {
    this.#signal = signal
    this.#start = start
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#returned) return { done: true, value: undefined }
    try {
      const result = await this.#open().next()
      if (!this.#returned && !result.done) return result
      if (!this.#returned) this.#release()
      return { done: true, value: undefined }
    } catch (error) {
      this.#release()
      if (this.#returned) return { done: true, value: undefined }
      throw error
    }
  }

  async return(): Promise<IteratorResult<T>> {
    this.#returned = true
    this.#stop.abort(new Error('The iteration was ended.'))
    this.#release()
    // What fails while it ends has no reader any more: the reader has just left.
    await this.#generator?.return().catch(() => undefined)
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<T>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #open(): AsyncGenerator<T, void, undefined> {
    if (this.#generator === undefined) {
      throwIfAborted(this.#signal)
      this.#signal?.addEventListener('abort', this.#forward, { once: true })
      this.#generator = this.#start(this.#stop.signal)
    }
    return this.#generator
  }

  #release(): void {
    this.#signal?.removeEventListener('abort', this.#forward)
  }
}
