/** The figures of any sample of a horizon's rows: of all, of a window, of what a bootstrap draws. */
import type { Statistics } from '../bootstrap/block-bootstrap.ts'
import { scoreRows } from '../metrics/calibration.ts'
import { metricsOfCounts } from '../metrics/classification.ts'
import { correlationOf, RankedColumn } from '../metrics/correlation.ts'
import { type Coefficients, crossSections } from '../metrics/information-coefficient.ts'
import { spreadOf } from '../metrics/spread.ts'
import { apart, type Panel } from '../panel.ts'
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

function takeAt(values: Float64Array, places: Int32Array): Float64Array {
  const taken = new Float64Array(places.length)
  for (let i = 0; i < places.length; i++) taken[i] = values[places[i]!]!
  return taken
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

/** A pair of columns whose samples are quickly correlated. */
class Pair {
  readonly #x: Float64Array
  readonly #y: Float64Array
  readonly #rankedX: RankedColumn
  readonly #rankedY: RankedColumn

  constructor(x: Float64Array, y: Float64Array) {
    this.#x = x
    this.#y = y
    this.#rankedX = new RankedColumn(x)
    this.#rankedY = new RankedColumn(y)
  }

  at(places: Int32Array): Omit<Coefficients, 'n'> {
    return {
      ic: correlationOf(takeAt(this.#x, places), takeAt(this.#y, places)),
      rankIc: correlationOf(this.#rankedX.ranks(places), this.#rankedY.ranks(places)),
    }
  }
}

function ofReturns({ predicted, actual }: Returns): SampleStatistics {
  const errors = predicted.map((value, place) => value - actual[place]!)
  const [sizes, squares] = [errors.map(Math.abs), errors.map((error) => error * error)]
  const pair = new Pair(predicted, actual)
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
    for (const [local, place] of own.entries()) localOf[place] = local
    return new Pair(takeAt(predicted, own), takeAt(actual, own))
  })
  return (places) => {
    const samples = series.map(() => [] as number[])
    for (let i = 0; i < places.length; i++) {
      const local = localOf[places[i]!]!
      if (local !== -1) samples[panel.symbolOf[places[i]!]!]!.push(local)
    }
    const results = series.map((pair, code) => pair.at(Int32Array.from(samples[code]!)))
    return {
      icTs: meanOfDefined(results.map(({ ic }) => ic)),
      rankIcTs: meanOfDefined(results.map(({ rankIc }) => rankIc)),
    }
  }
}

/** Across the symbols of each moment; then the mean over the moments. */
function acrossSymbols({ predicted, actual }: Returns, panel: Panel, minSymbols: number): SampleStatistics {
  const sections = crossSections(predicted, actual, panel, minSymbols)
  return (_, moments) => {
    const drawn = Array.from(moments, (moment) => sections[moment])
    return {
      icCs: meanOfDefined(drawn.map((section) => section?.ic ?? null)),
      rankIcCs: meanOfDefined(drawn.map((section) => section?.rankIc ?? null)),
    }
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
