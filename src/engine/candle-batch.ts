/** The candles of one close: features of each, then the model on as many windows at a time as it takes. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import type { Candle } from '../core/candle.ts'
import { type CandlewickError, isCandlewickError } from '../core/errors.ts'
import { maxBatch } from '../inference/session.ts'
import type { SymbolCandle, SymbolSignal, TimedSignal } from './core.ts'
import { WindowBuffer } from './window-buffer.ts'

/** What a batch needs from its engine. */
export interface BatchParts {
  /** The window that ends with a candle, or would end with it if it closed now. */
  readonly take: (symbol: string, candle: Candle) => Float32Array | undefined
  /** Runs the model on windows that stand side by side. */
  readonly run: (windows: Float32Array, count: number) => Promise<Float32Array>
  /** What follows from one row of the model's answer. */
  readonly decide: (output: Float32Array, row: number, waiting: WaitingCandle) => Decided
  /** What a decision needs besides the window, as it is right after the candle was taken. */
  readonly averageTrueRange: (symbol: string) => number | undefined
}

/** A candle whose window waits for the model. */
export interface WaitingCandle {
  readonly symbol: string
  readonly candle: Candle
  /** In quote currency, where levels follow it. */
  readonly averageTrueRange: number | undefined
}

/** A signal, and the row of the model's answer that it follows from. */
export type Decided = Pick<TimedSignal, 'signal' | 'outputs'>

interface Waiting extends WaitingCandle {
  readonly place: number
  readonly featuresMs: number
}

/** An error that belongs to one candle; any other ends the whole call. */
function ours(error: unknown): CandlewickError {
  if (isCandlewickError(error)) return error
  throw error
}

/** Decides batch after batch in the same memory. One at a time. */
export class CandleBatch {
  readonly #parts: BatchParts
  readonly #buffer = new WindowBuffer()

  constructor(parts: BatchParts) {
    this.#parts = parts
  }

  /**
   * Takes all candles, and decides unless the signal aborts.
   *
   * @throws the signal's reason; all candles are taken then
   */
  async push(candles: readonly SymbolCandle[], signal: AbortSignal | undefined): Promise<SymbolSignal[]> {
    // Runs of the same size: a full one and a small rest would take no less time together.
    const most = Math.ceil(candles.length / Math.ceil(candles.length / maxBatch))
    const answers: SymbolSignal[] = candles.map(({ symbol, candle }) => ({ symbol, time: candle.time }))
    let waiting: Waiting[] = []
    for (const [place, { symbol, candle, decide }] of candles.entries()) {
      if (waiting.length === most) {
        await this.#decide(waiting, answers, signal)
        waiting = []
        // A run on the processor blocks its thread, so an abort can only arrive between two.
        if (signal !== undefined) await breathe()
      }
      const began = performance.now()
      try {
        const window = this.#parts.take(symbol, candle)
        if (window === undefined || decide === false) continue
        this.#buffer.put(window, most)
        const averageTrueRange = this.#parts.averageTrueRange(symbol)
        waiting.push({ place, symbol, candle, averageTrueRange, featuresMs: performance.now() - began })
      } catch (error) {
        answers[place] = { symbol, time: candle.time, error: ours(error) }
      }
    }
    await this.#decide(waiting, answers, signal)
    throwIfAborted(signal)
    return answers
  }

  async #decide(waiting: readonly Waiting[], answers: SymbolSignal[], signal: AbortSignal | undefined): Promise<void> {
    const count = waiting.length
    try {
      if (count === 0 || signal?.aborted === true) return
      const began = performance.now()
      const output = await this.#parts.run(this.#buffer.windows, count)
      const inferenceMs = (performance.now() - began) / count
      for (const [row, one] of waiting.entries()) {
        const { place, symbol, candle, featuresMs } = one
        const decided = this.#parts.decide(output, row, one)
        answers[place] = { symbol, time: candle.time, signal: { ...decided, featuresMs, inferenceMs } }
      }
    } catch (error) {
      for (const { place, symbol, candle } of waiting)
        answers[place] = { symbol, time: candle.time, error: ours(error) }
    } finally {
      this.#buffer.clear()
    }
  }
}
