/** How predictions turned out, over rows whose outcome is known. What is not known is counted, never taken for 0. */
import type { Side } from '../signals/index.ts'
import type { HorizonRow, PredictionRow } from './row.ts'

/** A share with the bounds within which the true one lies, by Wilson's score interval (Wilson 1927). */
export interface Share {
  readonly rate: number
  readonly low: number
  readonly high: number
}

/** What came after one side was decided. */
export interface SideOutcome {
  readonly n: number
  /** Mean simple return of the market, not of a position: for SHORT, below zero is good. `null` where `n` is 0. */
  readonly meanReturn: number | null
}

/** One horizon of one group. */
export interface HorizonAccuracy {
  /** `undefined` unless grouped by it. So is `symbol`. */
  readonly modelId: string | undefined
  readonly symbol: string | undefined
  readonly horizon: string
  /** Rows whose outcome is known. */
  readonly n: number
  /** Rows whose bar has not closed yet. */
  readonly pending: number
  /** Rows whose bar never came. */
  readonly missing: number
  /** Rows, of `n`, that have a predicted and an actual direction. */
  readonly judged: number
  /** Rows, of `judged`, where both are the same. */
  readonly hits: number
  /** `hits` of `judged`; `null` where there are none. */
  readonly hitRate: Share | null
  /** Mean over judged rows of the sum over the sides of (probability - 1 or 0) squared: 0 is perfect, 2 the worst. */
  readonly brier: number | null
  /** Mean of `actualReturn` - `expectedReturn` over rows that have both: below zero, the model expects too much. */
  readonly meanReturnError: number | null
  /** By the side that was decided in the end. */
  readonly bySide: Readonly<Record<Side, SideOutcome>>
}

/** What rows are told apart by, besides the horizon. */
export interface AccuracyOptions {
  /** Default: nothing. */
  readonly by?: readonly ('modelId' | 'symbol')[] | undefined
  /** Standard deviations of the interval. Default 1.959963984540054: 95 %. */
  readonly z?: number | undefined
}

/** A sum that does not lose small terms beside large ones (Neumaier 1974). */
class ExactSum {
  #sum = 0
  #lost = 0
  n = 0

  add(value: number): void {
    const sum = this.#sum + value
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum
    this.#sum = sum
    this.n++
  }

  get mean(): number | null {
    return this.n === 0 ? null : (this.#sum + this.#lost) / this.n
  }
}

/** The share of hits with its bounds; `null` without trials. */
export function wilson(hits: number, trials: number, z: number = 1.959963984540054): Share | null {
  if (trials === 0) return null
  const rate = hits / trials
  const spread = (z * z) / trials
  const middle = (rate + spread / 2) / (1 + spread)
  const reach = (z / (1 + spread)) * Math.sqrt((rate * (1 - rate)) / trials + spread / (4 * trials))
  // At the ends the interval touches 0 or 1 exactly, which rounding would miss.
  return { rate, low: hits === 0 ? 0 : middle - reach, high: hits === trials ? 1 : middle + reach }
}

const sides: readonly Side[] = ['LONG', 'SHORT', 'NEUTRAL']

class Tally {
  readonly #modelId: string | undefined
  readonly #symbol: string | undefined
  readonly #horizon: string
  #pending = 0
  #missing = 0
  #judged = 0
  #hits = 0
  #n = 0
  readonly #brier = new ExactSum()
  readonly #error = new ExactSum()
  readonly #bySide: Readonly<Record<Side, ExactSum>> = {
    LONG: new ExactSum(),
    SHORT: new ExactSum(),
    NEUTRAL: new ExactSum(),
  }

  constructor(modelId: string | undefined, symbol: string | undefined, horizon: string) {
    this.#modelId = modelId
    this.#symbol = symbol
    this.#horizon = horizon
  }

  add(row: PredictionRow, horizon: HorizonRow): void {
    if (horizon.outcome === 'pending') this.#pending++
    if (horizon.outcome === 'expired') this.#missing++
    if (horizon.outcome !== 'known') return
    this.#n++
    const { actualReturn, actualDirection, returnError, correct, probabilities } = horizon
    if (row.side !== null && actualReturn !== null) this.#bySide[row.side].add(actualReturn)
    if (returnError !== null) this.#error.add(returnError)
    if (correct === null) return
    this.#judged++
    if (correct) this.#hits++
    if (probabilities !== null && actualDirection !== null)
      this.#brier.add(
        sides.reduce((sum, side) => sum + (probabilities[side] - Number(side === actualDirection)) ** 2, 0),
      )
  }

  report(z: number | undefined): HorizonAccuracy {
    const outcome = (side: Side): SideOutcome => ({ n: this.#bySide[side].n, meanReturn: this.#bySide[side].mean })
    return {
      modelId: this.#modelId,
      symbol: this.#symbol,
      horizon: this.#horizon,
      n: this.#n,
      pending: this.#pending,
      missing: this.#missing,
      judged: this.#judged,
      hits: this.#hits,
      hitRate: wilson(this.#hits, this.#judged, z),
      brier: this.#brier.mean,
      meanReturnError: this.#error.mean,
      bySide: { LONG: outcome('LONG'), SHORT: outcome('SHORT'), NEUTRAL: outcome('NEUTRAL') },
    }
  }
}

/**
 * Measures predictions of status `ok`, for each horizon and, on request, each model and symbol. Horizons come in the order
 * in which they are first seen.
 *
 * Horizons that overlap (a 4 h outcome at every quarter of an hour) are not independent: their intervals are too narrow.
 *
 * @example
 * ```ts
 * const accuracy = await measureAccuracy(log.query({ from: Date.now() - 7 * 86_400_000 }), { by: ['modelId'] })
 * ```
 */
export async function measureAccuracy(
  rows: AsyncIterable<PredictionRow> | Iterable<PredictionRow>,
  options: AccuracyOptions = {},
): Promise<HorizonAccuracy[]> {
  const { by = [], z } = options
  const tallies = new Map<string, Tally>()
  for await (const row of rows) {
    if (row.status !== 'ok') continue
    const modelId = by.includes('modelId') ? row.modelId : undefined
    const symbol = by.includes('symbol') ? row.symbol : undefined
    for (const horizon of row.horizons) {
      const key = JSON.stringify([modelId, symbol, horizon.name])
      const tally = tallies.get(key) ?? new Tally(modelId, symbol, horizon.name)
      tallies.set(key, tally)
      tally.add(row, horizon)
    }
  }
  return [...tallies.values()].map((tally) => tally.report(z))
}
