/** What came of a prediction. The rule of directions is the one by which training data are labelled. Pure. */
import type { Side } from '../signals/index.ts'
import { type HorizonRow, type PredictionRow } from './row.ts'

/** What is known of the market when outcomes are filled in. */
export interface KnownCloses {
  /** The close of the bar that closes at this time, in quote currency; `undefined` where it is not known. */
  readonly closeAt: (time: number) => number | undefined
  /** Horizons that were due before this time and have no bar will never have one, ms since the epoch. */
  readonly expireBefore: number
}

/** LONG above the threshold, SHORT at minus the threshold or below, else NEUTRAL. */
export function actualDirection(actualReturn: number, threshold: number): Side {
  if (actualReturn > threshold) return 'LONG'
  return actualReturn <= -threshold ? 'SHORT' : 'NEUTRAL'
}

/** Fills in what can be known; the very same row where nothing can. What is settled stays as it is. */
export function withOutcomes(row: PredictionRow, known: KnownCloses): PredictionRow {
  const horizons = row.horizons.map((horizon) => settled(horizon, row.closePrice, known))
  return horizons.some((horizon, i) => horizon !== row.horizons[i]) ? { ...row, horizons } : row
}

function settled(horizon: HorizonRow, closePrice: number | null, { closeAt, expireBefore }: KnownCloses): HorizonRow {
  if (horizon.outcome !== 'pending') return horizon
  const close = closeAt(horizon.dueAt)
  if (close === undefined || closePrice === null)
    return horizon.dueAt < expireBefore ? { ...horizon, outcome: 'expired' } : horizon
  const { expectedReturn, direction, threshold } = horizon
  const actualReturn = close / closePrice - 1
  const came = threshold === null ? null : actualDirection(actualReturn, threshold)
  return {
    ...horizon,
    outcome: 'known',
    actualReturn,
    actualDirection: came,
    returnError: expectedReturn === null ? null : actualReturn - expectedReturn,
    correct: came === null || direction === null ? null : came === direction,
  }
}
