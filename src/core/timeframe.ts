/** Bar lengths and the UTC grid on which bars open. */
import { CandlewickError } from './errors.ts'

const durations = {
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
} as const

/** The length of a bar, in the notation of exchanges. */
export type Timeframe = keyof typeof durations

/** All timeframes, shortest first. */
export const timeframes: readonly Timeframe[] = Object.keys(durations) as Timeframe[]

/** The length of a bar in milliseconds. */
export function timeframeMs(timeframe: Timeframe): number {
  return durations[timeframe]
}

/**
 * Checks a timeframe that came from outside.
 *
 * @throws `timeframe/unknown`
 */
export function parseTimeframe(value: string): Timeframe {
  const found = timeframes.find((timeframe) => timeframe === value)
  if (found === undefined) throw new CandlewickError('timeframe/unknown', { value, known: timeframes })
  return found
}

/**
 * The timeframe whose length is the smallest step between two neighbouring times, or `undefined` where none fits. Times out
 * of order do not disturb it, so that the mistake itself can be named later.
 *
 * @param times bar-open times in ms
 */
export function inferTimeframe(times: ArrayLike<number>): Timeframe | undefined {
  let smallest = Infinity
  for (let i = 1; i < times.length; i++) {
    const step = Math.abs(times[i]! - times[i - 1]!)
    if (step > 0 && step < smallest) smallest = step
  }
  return timeframes.find((timeframe) => durations[timeframe] === smallest)
}
