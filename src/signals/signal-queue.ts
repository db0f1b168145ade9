/** Signals waiting for whoever acts on them: bounded, the most important first, and never lost without a word. */
import { CandlewickError } from '../core/errors.ts'
import type { Signal } from './signal.ts'

/** What happens to a signal that comes when the queue is full. */
export type WhenFull = 'drop-lowest' | 'refuse' | 'wait'

/** Why a signal left the queue without being taken. */
export type DropReason = 'full' | 'expired'

/** Limits of a queue. */
export interface SignalQueueOptions {
  /** Signals that wait at most. Default 1000. */
  readonly capacity?: number | undefined
  /**
   * `drop-lowest` (default): the least important of all gives way, be it the one that comes. `refuse`: the one that comes is
   * turned away. `wait`: `put` settles when there is room.
   */
  readonly whenFull?: WhenFull | undefined
  /** The time in ms since the epoch; a signal past its `expiresAt` is dropped instead of being given out. Default `Date.now`. */
  readonly now?: (() => number) | undefined
  /** Told about every signal that nobody will get. */
  readonly onDrop?: ((signal: Signal, reason: DropReason) => void) | undefined
}

/** How a signal is put into a queue. */
export interface PutOptions {
  /** Lower numbers go first. Default 1. */
  readonly priority?: number | undefined
  /** Stops waiting for room. */
  readonly signal?: AbortSignal | undefined
}

interface Waiting {
  readonly signal: Signal
  readonly priority: number
  readonly sequence: number
}

/** Whether `a` goes before `b`: by priority, then by confidence, then by arrival. */
function before(a: Waiting, b: Waiting): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority
  if (a.signal.confidence !== b.signal.confidence) return a.signal.confidence > b.signal.confidence
  return a.sequence < b.sequence
}

/** Somebody who waits: for a signal, or for room. */
type Waiter = () => void

/**
 * A queue of signals between an engine and whoever acts on its signals. Taken by `for await` or by {@link SignalQueue.take}.
 *
 * @example
 * ```ts
 * const queue = new SignalQueue({ capacity: 100, onDrop: (signal, reason) => console.warn(signal.id, reason) })
 * void act(queue)
 * for await (const signal of engine.signals(candles)) await queue.put(signal)
 * queue.close()
 *
 * async function act(signals: SignalQueue): Promise<void> {
 *   for await (const signal of signals) console.log(signal.side, signal.symbol)
 * }
 * ```
 */
export class SignalQueue implements AsyncIterable<Signal> {
  readonly #capacity: number
  readonly #whenFull: WhenFull
  readonly #now: () => number
  readonly #onDrop: (signal: Signal, reason: DropReason) => void
  /** Sorted, the next one last. */
  readonly #waiting: Waiting[] = []
  readonly #takers = new Set<Waiter>()
  readonly #putters = new Set<Waiter>()
  #sequence = 0
  #closed = false

  /** @throws TypeError when the capacity is not a whole number above 0 */
  constructor(options: SignalQueueOptions = {}) {
    const { capacity = 1000, whenFull = 'drop-lowest', now = Date.now, onDrop = () => undefined } = options
    if (!Number.isSafeInteger(capacity) || capacity < 1)
      throw new TypeError(`capacity is ${capacity}: it must be a whole number above 0.`)
    this.#capacity = capacity
    this.#whenFull = whenFull
    this.#now = now
    this.#onDrop = onDrop
  }

  /** Signals that wait. */
  get size(): number {
    return this.#waiting.length
  }

  /**
   * Puts a signal into the queue.
   *
   * @returns whether it was taken in; `false` only where the queue is full
   * @throws `engine/closed` after {@link close}; the signal's reason when aborted while waiting for room
   */
  async put(signal: Signal, { priority = 1, signal: abort }: PutOptions = {}): Promise<boolean> {
    this.#mustBeOpen()
    abort?.throwIfAborted()
    const entry: Waiting = { signal, priority, sequence: ++this.#sequence }
    while (this.#waiting.length >= this.#capacity) {
      this.#dropExpired()
      if (this.#waiting.length < this.#capacity) break
      if (this.#whenFull === 'wait') {
        await waitIn(this.#putters, abort)
        this.#mustBeOpen()
      } else if (this.#whenFull === 'refuse' || !before(entry, this.#waiting[0]!)) {
        this.#onDrop(signal, 'full')
        return false
      } else this.#onDrop(this.#waiting.shift()!.signal, 'full')
    }
    this.#insert(entry)
    wake(this.#takers)
    return true
  }

  /**
   * Waits for the next signal.
   *
   * @returns `undefined` when the queue was closed and nothing is left
   * @throws the signal's reason when aborted
   */
  async take({ signal: abort }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Signal | undefined> {
    for (;;) {
      if (abort?.aborted === true) {
        // The word may have been for whoever waits behind.
        wake(this.#takers)
        throw abort.reason
      }
      this.#dropExpired()
      const next = this.#waiting.pop()
      if (next !== undefined) {
        wake(this.#putters)
        return next.signal
      }
      if (this.#closed) return undefined
      await waitIn(this.#takers, abort)
    }
  }

  /** Takes nothing more in; what waits can still be taken. Closing twice is allowed. */
  close(): void {
    this.#closed = true
    for (const waiters of [this.#takers, this.#putters]) while (waiters.size > 0) wake(waiters)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Signal, void, undefined> {
    for (let next = await this.take(); next !== undefined; next = await this.take()) yield next
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new CandlewickError('engine/closed', { call: 'put' })
  }

  #insert(entry: Waiting): void {
    let [low, high] = [0, this.#waiting.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (before(entry, this.#waiting[middle]!)) low = middle + 1
      else high = middle
    }
    this.#waiting.splice(low, 0, entry)
  }

  #dropExpired(): void {
    const now = this.#now()
    for (let at = this.#waiting.length - 1; at >= 0; at--)
      if (this.#waiting[at]!.signal.expiresAt <= now) {
        const [dropped] = this.#waiting.splice(at, 1)
        wake(this.#putters)
        this.#onDrop(dropped!.signal, 'expired')
      }
  }
}

/** Lets the one who has waited longest look again. */
function wake(waiters: Set<Waiter>): void {
  const [first] = waiters
  if (first === undefined) return
  waiters.delete(first)
  first()
}

function waitIn(waiters: Set<Waiter>, abort: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settled = (): void => {
      abort?.removeEventListener('abort', stop)
      resolve()
    }
    const stop = (): void => {
      waiters.delete(settled)
      reject(abort?.reason as Error)
    }
    waiters.add(settled)
    abort?.addEventListener('abort', stop, { once: true })
  })
}
