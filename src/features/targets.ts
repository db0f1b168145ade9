/** What a model learns to foretell: numbers about the bars that follow. For training and evaluation, never an input. */
import type { CandleColumns } from '../core/series.ts'

/** Bars per horizon. The names are of 15-minute bars; with other timeframes these counts are what they mean. */
const horizons = [
  { name: '15m', bars: 1, threshold: 0.0015 },
  { name: '1h', bars: 4, threshold: 0.003 },
  { name: '4h', bars: 16, threshold: 0.007 },
  { name: '12h', bars: 48, threshold: 0.01 },
] as const

const levels = [
  { name: '1pct_4h', bars: 16, level: 0.01 },
  { name: '2pct_4h', bars: 16, level: 0.02 },
  { name: '3pct_12h', bars: 48, level: 0.03 },
  { name: '5pct_12h', bars: 48, level: 0.05 },
] as const

const risks = [
  { name: '1h', bars: 4 },
  { name: '4h', bars: 16 },
] as const

/** Numbers of the classes of `direction_…`: they rise above the threshold, fall to it or below, or do neither. */
const classes = { LONG: 0, SHORT: 1, NEUTRAL: 2 } as const

/** The targets in their order. Bind by name all the same. No feature has one of these names. */
export const targetNames: readonly string[] = [
  ...horizons.map(({ name }) => `future_return_${name}`),
  ...horizons.map(({ name }) => `direction_${name}`),
  ...levels.map(({ name }) => `long_will_reach_${name}`),
  ...levels.map(({ name }) => `short_will_reach_${name}`),
  ...risks.flatMap(({ name }) => [`max_drawdown_${name}`, `max_rally_${name}`]),
]

/** Bars that targets look ahead: as many rows at the end of a series have none. */
export const targetHorizon = 48

/** Rows of targets, one after another. */
export interface TargetMatrix {
  readonly names: readonly string[]
  readonly rows: number
  /** Row-major; `rows` x `names`. Shares are fractions, classes and flags whole numbers. */
  readonly values: Float64Array
}

type Pick = (a: number, b: number) => number

/** For each place, the extreme of `count` values from `first` on, `stride` apart. */
function joined(values: Float64Array, pick: Pick, count: number, stride: number, first: number): Float64Array {
  const joint = new Float64Array(Math.max(values.length - first - (count - 1) * stride, 0))
  for (let i = 0; i < joint.length; i++) {
    let extreme = values[i + first]!
    for (let k = 1; k < count; k++) extreme = pick(extreme, values[i + first + k * stride]!)
    joint[i] = extreme
  }
  return joint
}

/** The extremes of the next 4, 16 and 48 bars: those of longer windows are made of those of shorter ones. */
function extremesAhead(values: Float64Array, pick: Pick): Readonly<Record<4 | 16 | 48, Float64Array>> {
  const hour = joined(values, pick, 4, 1, 1)
  const fourHours = joined(hour, pick, 4, 4, 0)
  return { 4: hour, 16: fourHours, 48: joined(fourHours, pick, 3, 16, 0) }
}

function directionOf(change: number, threshold: number): number {
  if (change > threshold) return classes.LONG
  return change <= -threshold ? classes.SHORT : classes.NEUTRAL
}

/**
 * Computes the targets of the bars of a series:
 *
 * - `future_return_H`: close after 1, 4, 16 or 48 bars / close - 1;
 * - `direction_H`: LONG 0 where that is above 0.0015, 0.003, 0.007, 0.01, SHORT 1 where it is at most minus that, else
 *   NEUTRAL 2;
 * - `long_will_reach_L`: 1 where the highest high of the next 16 or 48 bars / close - 1 is at least the level, else 0;
 * - `short_will_reach_L`: 1 where 1 - their lowest low / close is at least the level, else 0;
 * - `max_drawdown_H`, `max_rally_H`: 1 - lowest low / close and highest high / close - 1 of the next 4 or 16 bars; below
 *   zero where the price never came back to the close.
 *
 * Bars that 48 others do not follow have none: they are left out, never filled.
 *
 * @param options rows [`from`, `to`) of the series; default: all that have targets
 * @throws TypeError where one of the rows has no targets
 */
export function computeTargets(
  columns: CandleColumns,
  options: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
): TargetMatrix {
  const complete = Math.max(columns.length - targetHorizon, 0)
  const { from = 0, to = complete } = options
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to && to <= complete))
    throw new TypeError(`Rows ${from} to ${to} are not within the ${complete} rows that have targets.`)
  const close = columns.close.subarray(from, to + targetHorizon)
  const highest = extremesAhead(columns.high.subarray(from, to + targetHorizon), Math.max)
  const lowest = extremesAhead(columns.low.subarray(from, to + targetHorizon), Math.min)
  const rows = to - from
  const values = new Float64Array(rows * targetNames.length)
  for (let row = 0, at = 0; row < rows; row++) {
    const price = close[row]!
    const rally = (bars: 4 | 16 | 48): number => highest[bars][row]! / price - 1
    const drawdown = (bars: 4 | 16 | 48): number => 1 - lowest[bars][row]! / price
    const change = (bars: number): number => close[row + bars]! / price - 1
    for (const { bars } of horizons) values[at++] = change(bars)
    for (const { bars, threshold } of horizons) values[at++] = directionOf(change(bars), threshold)
    for (const { bars, level } of levels) values[at++] = rally(bars) >= level ? 1 : 0
    for (const { bars, level } of levels) values[at++] = drawdown(bars) >= level ? 1 : 0
    for (const { bars } of risks) {
      values[at++] = drawdown(bars)
      values[at++] = rally(bars)
    }
  }
  return { names: targetNames, rows, values }
}
