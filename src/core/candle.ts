/** One bar of a market, and the rules that every bar must keep before anything is computed from it. */
import { CandlewickError } from './errors.ts'
import { type Timeframe, timeframeMs } from './timeframe.ts'

/** One OHLCV bar. Prices are in quote currency, `volume` in base currency. */
export interface Candle {
  /** Bar-open time in ms since the epoch, UTC. */
  readonly time: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Traded amount in base currency. */
  readonly volume: number
  /** Traded amount in quote currency. Where it is missing, `close * volume` stands for it. */
  readonly turnover?: number | undefined
  /** `false` while the bar is still forming. Only closed candles decide. Default `true`. */
  readonly closed?: boolean | undefined
}

/** What to do where bars are missing: refuse, or fill with the previous close and zero volume. */
export type GapPolicy = 'error' | 'flat'

/** The quote amount of a bar: the exchange's figure where there is one, else close x volume. */
export function turnoverOf(candle: Candle): number {
  return candle.turnover ?? candle.close * candle.volume
}

/** The bar that stands for a missing one: no trade, price unchanged. */
export function flatCandle(time: number, price: number): Candle {
  return { time, open: price, high: price, low: price, close: price, volume: 0, turnover: 0 }
}

const refuse = (candle: Candle, field: keyof Candle, rule: string): never => {
  throw new CandlewickError('candle/invalid', { at: candle.time, field, value: candle[field], rule })
}

/**
 * Checks one candle by itself.
 *
 * @throws `candle/invalid` where a price is not positive and finite, the volume or turnover is negative or not finite, or
 * high and low do not enclose open and close
 */
export function checkCandle(candle: Candle): void {
  const { time, open, high, low, close, volume, turnover } = candle
  if (!Number.isSafeInteger(time)) refuse(candle, 'time', 'whole milliseconds since the epoch')
  if (!(open > 0 && open < Infinity)) refuse(candle, 'open', 'a positive finite price')
  if (!(high > 0 && high < Infinity)) refuse(candle, 'high', 'a positive finite price')
  if (!(low > 0 && low < Infinity)) refuse(candle, 'low', 'a positive finite price')
  if (!(close > 0 && close < Infinity)) refuse(candle, 'close', 'a positive finite price')
  if (!(volume >= 0 && volume < Infinity)) refuse(candle, 'volume', 'zero or a positive finite amount')
  if (high < open || high < close) refuse(candle, 'high', `at least open ${open} and close ${close}`)
  if (low > open || low > close) refuse(candle, 'low', `at most open ${open} and close ${close}`)
  if (turnover !== undefined && !(turnover >= 0 && turnover < Infinity))
    refuse(candle, 'turnover', 'zero or a positive finite amount')
}

/** Returned by {@link CandleGate.admit} for a candle that repeats the last one exactly. */
export const DUPLICATE = -1

const sameBar = (a: Candle, b: Candle): boolean =>
  a.open === b.open &&
  a.high === b.high &&
  a.low === b.low &&
  a.close === b.close &&
  a.volume === b.volume &&
  turnoverOf(a) === turnoverOf(b)

/** The door every closed candle passes: it checks the candle by itself and against the one before it. */
export class CandleGate {
  readonly timeframe: Timeframe
  readonly gaps: GapPolicy
  #last: Candle | undefined

  constructor(timeframe: Timeframe, gaps: GapPolicy = 'error') {
    this.timeframe = timeframe
    this.gaps = gaps
  }

  /** The last candle let through. */
  get last(): Candle | undefined {
    return this.#last
  }

  /**
   * Checks a candle without letting it through.
   *
   * @returns how many bars are missing before it (0 when it follows directly), or {@link DUPLICATE}
   * @throws `candle/invalid`, `candle/off-grid`, `candle/out-of-order`, `candle/gap` (policy `error`)
   */
  inspect(candle: Candle): number {
    checkCandle(candle)
    const step = timeframeMs(this.timeframe)
    if (candle.time % step !== 0)
      throw new CandlewickError('candle/off-grid', { at: candle.time, timeframe: this.timeframe })
    const last = this.#last
    if (last === undefined) return 0
    if (candle.time < last.time)
      throw new CandlewickError('candle/out-of-order', { at: candle.time, previous: last.time, reason: 'older' })
    if (candle.time === last.time) {
      if (sameBar(candle, last)) return DUPLICATE
      throw new CandlewickError('candle/out-of-order', { at: candle.time, previous: last.time, reason: 'conflicting' })
    }
    const missing = (candle.time - last.time) / step - 1
    if (missing > 0 && this.gaps === 'error')
      throw new CandlewickError('candle/gap', { from: last.time, to: candle.time, missing })
    return missing
  }

  /**
   * Lets a closed candle through and remembers it. The caller fills the missing bars with {@link flatCandle}.
   *
   * @returns as {@link inspect}
   * @throws as {@link inspect}; the gate is unchanged then
   */
  admit(candle: Candle): number {
    const missing = this.inspect(candle)
    if (missing !== DUPLICATE) this.#last = candle
    return missing
  }
}
