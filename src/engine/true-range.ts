/** The average true range of each symbol, for levels that follow it. */
import type { Candle } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import type { CandleColumns } from '../core/series.ts'
import { computeFeatures, FeaturePipeline, type PipelineOptions } from '../features/index.ts'

const id = 'relative_atr_20'

/** Average true ranges of 20 bars (Wilder 1978), in quote currency. */
export class TrueRanges {
  readonly #pipeline: FeaturePipeline
  readonly #last = new Map<string, number>()

  /** Takes its bars by the same rules as the model's own features. */
  constructor({ timeframe, gaps }: Pick<PipelineOptions, 'timeframe' | 'gaps'>) {
    this.#pipeline = new FeaturePipeline({ ids: [id], window: 1, timeframe, gaps })
  }

  /** Takes checked history; it replaces what the symbol had. */
  async prime(symbol: string, columns: CandleColumns): Promise<void> {
    await this.#pipeline.prime(symbol, columns)
    this.#last.delete(symbol)
  }

  /** Takes a candle, or looks at one that is still forming; a candle that the model's features refuse is refused here too. */
  take(symbol: string, candle: Candle): void {
    const range = candle.closed === false ? this.#pipeline.peek(symbol, candle) : this.#pipeline.push(symbol, candle)
    if (range !== undefined) this.#last.set(symbol, range[0]! * candle.close)
  }

  /**
   * The range of the candle taken or looked at last.
   *
   * @throws `engine/not-ready` while the symbol warms up
   */
  of(symbol: string): number {
    const range = this.#last.get(symbol)
    if (range !== undefined) return range
    const { have, need } = this.#pipeline.status(symbol)
    throw new CandlewickError('engine/not-ready', { symbol, have, need })
  }
}

/** The ranges of all bars of a history; NaN where there are too few bars before. */
export function trueRangesOf(columns: CandleColumns): Float64Array {
  const { values } = computeFeatures([id], columns)
  // Rounded as the pipeline rounds, so that past and live bars have the same levels.
  return Float64Array.from({ length: columns.length }, (_, bar) => Math.fround(values[bar]!) * columns.close[bar]!)
}
