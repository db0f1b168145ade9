/** The figures of any sample of a horizon's rows: of all, of a window, of what a bootstrap draws. */
import type { Statistics } from '../bootstrap/block-bootstrap.ts'
import { scoreRows } from '../metrics/calibration.ts'
import { metricsOfCounts } from '../metrics/classification.ts'
import { type Coefficients, crossSections } from '../metrics/information-coefficient.ts'
import { spreadOf } from '../metrics/spread.ts'
import { apart, type Panel } from '../panel.ts'
import { ColumnPair, valuesAt } from './column-pair.ts'
import type { Calls, JudgedHorizon, JudgedRows, Returns } from './evaluation-rows.ts'

/** Figures by name from places in the panel, and the moments that these are of. */
export type SampleStatistics = (places: Int32Array, moments: Int32Array) => Statistics

/** What the figures depend on besides the rows. */
export interface StatisticsRules {
  readonly horizonMs: number
  readonly minSymbols: number
}

function meanAt(values: Float64Array, places: Int32Array): number | null {
  let sum = 0
  for (let i = 0; i < places.length; i++) sum += values[places[i]!]!
  return places.length === 0 ? null : sum / places.length
}

function ofCalls(
  { called, came, probabilities }: Calls,
  classes: readonly string[],
  neutral: number,
): SampleStatistics {
  const size = classes.length
  const cells = came.map((actual, place) => actual * size + called[place]!)
  const scores = probabilities === undefined ? undefined : scoreRows(probabilities, came, size)
  return (places) => {
    const counts = new Float64Array(size * size)
    for (let i = 0; i < places.length; i++) counts[cells[places[i]!]!]!++
    const { accuracy, macro, directional } = metricsOfCounts(counts, classes, neutral)
    return {
      accuracy,
      macroPrecision: macro.precision,
      macroRecall: macro.recall,
      macroF1: macro.f1,
      coverage: directional.coverage,
      hitRate: directional.hitRate,
      directionalF1: directional.f1,
      ...(scores === undefined ? {} : { brier: meanAt(scores.squares, places), logLoss: meanAt(scores.logs, places) }),
    }
  }
}

function ofReturns({ predicted, actual }: Returns): SampleStatistics {
  const errors = predicted.map((value, place) => value - actual[place]!)
  const [sizes, squares] = [errors.map(Math.abs), errors.map((error) => error * error)]
  const pair = new ColumnPair(predicted, actual)
  return (places) => {
    const square = meanAt(squares, places)
    return {
      mae: meanAt(sizes, places),
      rmse: square === null ? null : Math.sqrt(square),
      bias: meanAt(errors, places),
      ...pair.at(places),
    }
  }
}

const meanOfDefined = (values: readonly (number | null)[]): number | null => spreadOf(values).mean

/** Each symbol over time, over rows whose outcomes do not overlap; then the mean over the symbols. */
function overTime({ predicted, actual }: Returns, panel: Panel, horizonMs: number): SampleStatistics {
  const chosen = apart(panel, horizonMs)
  const localOf = new Int32Array(panel.rows.length).fill(-1)
  const series = panel.symbols.map((_, code) => {
    const own = chosen.filter((place) => panel.symbolOf[place] === code)
    for (let local = 0; local < own.length; local++) localOf[own[local]!] = local
    return new ColumnPair(valuesAt(predicted, own), valuesAt(actual, own))
  })
  // No sample has more moments than there are, and a symbol has one row in each.
  const samples = series.map(() => new Int32Array(panel.times.length))
  return (places) => {
    const counts = new Int32Array(series.length)
    for (let i = 0; i < places.length; i++) {
      const local = localOf[places[i]!]!
      const symbol = panel.symbolOf[places[i]!]!
      if (local !== -1) samples[symbol]![counts[symbol]!++] = local
    }
    const results = series.map((pair, code) => pair.at(samples[code]!.subarray(0, counts[code])))
    return {
      icTs: meanOfDefined(results.map(({ ic }) => ic)),
      rankIcTs: meanOfDefined(results.map(({ rankIc }) => rankIc)),
    }
  }
}

/** Mean, and mean / standard deviation, of a column at moments; NaN stands for what is undefined there. */
function meanAndRatio(values: Float64Array, moments: Int32Array): readonly [mean: number | null, ratio: number | null] {
  let [sum, count, low, high] = [0, 0, Infinity, -Infinity]
  for (let i = 0; i < moments.length; i++) {
    const value = values[moments[i]!]!
    if (Number.isNaN(value)) continue
    sum += value
    count++
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (count === 0) return [null, null]
  const mean = sum / count
  // Equal values do not vary, whatever rounding makes of their mean.
  if (low === high) return [mean, null]
  let squares = 0
  for (let i = 0; i < moments.length; i++) {
    const value = values[moments[i]!]!
    if (!Number.isNaN(value)) squares += (value - mean) ** 2
  }
  return [mean, mean / Math.sqrt(squares / (count - 1))]
}

/** Across the symbols of each moment; then the mean over the moments, and how steady that is. */
function acrossSymbols({ predicted, actual }: Returns, panel: Panel, minSymbols: number): SampleStatistics {
  const sections = crossSections(predicted, actual, panel, minSymbols)
  const column = (pick: (section: Coefficients) => number | null): Float64Array =>
    Float64Array.from(sections, (section) => (section === undefined ? Number.NaN : (pick(section) ?? Number.NaN)))
  const [ics, rankIcs] = [column(({ ic }) => ic), column(({ rankIc }) => rankIc)]
  return (_, moments) => {
    const [[icCs, icirCs], [rankIcCs, rankIcirCs]] = [meanAndRatio(ics, moments), meanAndRatio(rankIcs, moments)]
    return { icCs, icirCs, rankIcCs, rankIcirCs }
  }
}

/** Everything that can be said of samples of a horizon's rows. */
export function statisticsOf(
  { panel, calls, returns }: JudgedHorizon,
  { classes, neutral }: Pick<JudgedRows, 'classes' | 'neutral'>,
  { horizonMs, minSymbols }: StatisticsRules,
): SampleStatistics {
  const parts: SampleStatistics[] = []
  if (calls !== undefined) parts.push(ofCalls(calls, classes, neutral))
  if (returns !== undefined)
    parts.push(ofReturns(returns), overTime(returns, panel, horizonMs), acrossSymbols(returns, panel, minSymbols))
  return (places, moments) => Object.assign({}, ...parts.map((part) => part(places, moments))) as Statistics
}
