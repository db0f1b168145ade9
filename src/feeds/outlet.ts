/** Between what brings candles and who reads them: bounded, and no closed candle is ever dropped. */
import { abortable } from '../core/abort.ts'
import type { SourcedCandle } from './source.ts'

/** A promise and its handle. */
interface Gate {
  readonly passed: Promise<void>
  readonly open: () => void
}

function gate(): Gate {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** A queue for one reader. Closed candles make the writer wait; of forming ones only the newest of a symbol is kept. */
export class Outlet {
  readonly #limit: number
  readonly #closed: SourcedCandle[] = []
  readonly #forming = new Map<string, SourcedCandle>()
  #failure: { readonly error: unknown } | undefined
  #filled = gate()
  #drained = gate()

  /** @param limit how many closed candles may wait */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Adds a closed candle as soon as there is room. */
  async push(sourced: SourcedCandle, signal: AbortSignal): Promise<void> {
    while (this.#closed.length >= this.#limit) await abortable(this.#drained.passed, signal)
    this.#forming.delete(sourced.symbol)
    this.#closed.push(sourced)
    this.#filled.open()
  }

  /** Replaces the forming candle of a symbol. */
  offer(sourced: SourcedCandle): void {
    this.#forming.set(sourced.symbol, sourced)
    this.#filled.open()
  }

  /** Makes the reader throw, after what was added before. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#filled.open()
  }

  /** The next candle: closed ones first, so that a forming one never overtakes the bar before it. */
  async take(signal: AbortSignal): Promise<SourcedCandle> {
    for (;;) {
      signal.throwIfAborted()
      const next = this.#closed.shift() ?? this.#nextForming()
      if (next !== undefined) {
        this.#drained.open()
        this.#drained = gate()
        return next
      }
      if (this.#failure !== undefined) throw this.#failure.error
      this.#filled = gate()
      await abortable(this.#filled.passed, signal)
    }
  }

  #nextForming(): SourcedCandle | undefined {
    const [first] = this.#forming.values()
    if (first !== undefined) this.#forming.delete(first.symbol)
    return first
  }
}
