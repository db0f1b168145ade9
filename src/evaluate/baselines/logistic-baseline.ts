/** The baseline that learns: a regression on a model's own features, fitted on the bars before those that are judged. */
import { throwIfAborted } from '../../core/abort.ts'
import type { CandleColumns, CandleSeries } from '../../core/series.ts'
import { checkMarkets } from '../backtest/span.ts'
import { checkCount, finiteColumn, refuseOption } from '../checks.ts'
import { sideNames, sidesOfReturns } from '../metrics/classification.ts'
import type { EvaluationRows, HorizonColumns } from '../report/evaluation-rows.ts'
import type { BaselineRows } from '../report/judge-model.ts'
import { finishInTurns } from '../steps.ts'
import { judgedBarsOf, type LearningBars, learningBarsOf } from './learning-bars.ts'
import { fittingSteps, type LogisticRegression } from './logistic.ts'
import { StandardScale } from './standard-scale.ts'

/** Where the features of past bars come from; `featureSource` of `candlewick/features` makes one. */
export interface BaselineFeatures {
  readonly ids: readonly string[]
  /** Closed candles until the first complete row. */
  readonly warmup: number
  /** The rows of rising bars, in pieces: row-major, bars x ids. */
  readonly rowsAt: (columns: CandleColumns, bars: Int32Array, signal?: AbortSignal) => AsyncIterable<Float64Array>
}

/** What the baseline learns from, and how. */
export interface LogisticBaselineOptions {
  /** The markets of the rows, with the bars before them. */
  readonly histories: readonly CandleSeries[]
  readonly features: BaselineFeatures
  /** Returns beyond which an outcome is LONG or SHORT, by horizon name: `outcomes.thresholds`. */
  readonly thresholds: Readonly<Record<string, number>>
  /** Bars that teach it, of all markets; where there are more, every so many-th is taken. Default 6000. */
  readonly maxBars?: number | undefined
  /** Bars below which it learns nothing worth a comparison. Default 1000. */
  readonly minBars?: number | undefined
  /** As `fitLogisticRegression` has it. Default 0.001: features of one market say much the same. */
  readonly c?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number) => void) | undefined
}

/** What one horizon was learnt from. */
export interface LearnedHorizon {
  readonly name: string
  /** Bars of all markets. */
  readonly bars: number
  readonly iterations: number
}

/** The baseline, or why there is none. */
export interface LogisticBaseline {
  /** For `judgeModel`; `undefined` where no horizon has enough earlier bars. */
  readonly baseline: BaselineRows | undefined
  readonly learned: readonly LearnedHorizon[]
  /** Bars between two that teach: 1 where each one does. */
  readonly everyBars: number
  /** Horizons without it, and why; all of them where there is no baseline. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

const name = 'logistic-regression'

/** The fit is at rest earlier than a regression of its own: figures do not see the difference, and it takes a tenth of the time. */
const tolerance = 1e-4

/** What is taught of one horizon: places among all learning rows, and what came. */
interface Lesson {
  readonly columns: HorizonColumns
  readonly places: readonly number[]
  readonly actual: readonly number[]
}

/** The bars whose outcome is over before the first judged one closes, and what came of them. */
function lessonOf(columns: HorizonColumns, threshold: number, markets: readonly LearningBars[]): Lesson {
  const [places, returns]: [number[], number[]] = [[], []]
  let place = 0
  for (const { series, bars, end } of markets) {
    const { close } = series.columns
    for (const bar of bars) {
      if (bar + columns.bars < end) {
        places.push(place)
        returns.push(close[bar + columns.bars]! / close[bar]! - 1)
      }
      place++
    }
  }
  return { columns, places, actual: [...sidesOfReturns(returns, threshold)] }
}

async function featuresOf(
  features: BaselineFeatures,
  markets: readonly Pick<LearningBars, 'series' | 'bars'>[],
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const width = features.ids.length
  const rows = new Float64Array(markets.reduce((sum, { bars }) => sum + bars.length, 0) * width)
  let at = 0
  for (const { series, bars } of markets)
    for await (const piece of features.rowsAt(series.columns, bars, signal)) {
      rows.set(piece, at)
      at += piece.length
    }
  if (at !== rows.length) refuseOption('features', `${at} values`, `${rows.length}, one for each feature of each bar`)
  return rows
}

function rowsAt(rows: Float64Array, width: number, places: readonly number[]): Float64Array {
  const chosen = new Float64Array(places.length * width)
  for (const [i, place] of places.entries()) chosen.set(rows.subarray(place * width, (place + 1) * width), i * width)
  return chosen
}

/** Fitted regressions of some horizons, and the scale of their features. */
interface Learned {
  readonly scale: StandardScale
  readonly fits: readonly (readonly [HorizonColumns, LogisticRegression])[]
}

async function learn(
  lessons: readonly Lesson[],
  markets: readonly LearningBars[],
  { features, c = 0.001, signal, onProgress }: LogisticBaselineOptions,
): Promise<Learned> {
  const raw = await featuresOf(features, markets, signal)
  const width = features.ids.length
  // The features of the last bars before the judged ones are no outcomes: they may set the scale.
  const scale = new StandardScale(finiteColumn('features', raw, width), width)
  const scaled = scale.apply(raw)
  const fits: [HorizonColumns, LogisticRegression][] = []
  for (const { columns, places, actual } of lessons) {
    onProgress?.(0.2 + (0.5 * fits.length) / lessons.length)
    const own = rowsAt(scaled, width, places)
    const steps = fittingSteps({ features: own, actual, classes: sideNames, c, tolerance })
    fits.push([columns, await finishInTurns(steps, signal)])
  }
  return { scale, fits }
}

/** What the regressions say of the judged rows. */
async function predict(
  rows: EvaluationRows,
  { scale, fits }: Learned,
  { histories, features, signal, onProgress }: LogisticBaselineOptions,
): Promise<EvaluationRows> {
  const size = sideNames.length
  const said = fits.map(() => new Float64Array(rows.times.length * size))
  let done = 0
  for (const { series, bars, rows: places } of judgedBarsOf(histories, rows)) {
    let at = 0
    for await (const piece of features.rowsAt(series.columns, bars, signal)) {
      const count = piece.length / features.ids.length
      const scaled = scale.apply(piece.slice())
      for (const [i, [, fit]] of fits.entries()) {
        const { probabilities } = fit.predict({ rows: count, features: scaled })
        for (let k = 0; k < count; k++)
          said[i]!.set(probabilities.subarray(k * size, (k + 1) * size), places[at + k]! * size)
      }
      at += count
      done += count
      onProgress?.(0.7 + (0.3 * done) / rows.times.length)
    }
    if (at !== bars.length)
      refuseOption('features', `${at} rows of ${series.symbol}`, `${bars.length}, one for each bar`)
  }
  const horizons = fits.map(([{ name: horizon, bars, known, actualClasses }], i): HorizonColumns => ({
    name: horizon,
    bars,
    known,
    actualClasses,
    probabilities: said[i],
  }))
  return { ...rows, horizons }
}

function lessonsOf(
  { horizons }: EvaluationRows,
  { thresholds, minBars = 1000 }: LogisticBaselineOptions,
  markets: readonly LearningBars[],
): { readonly lessons: readonly Lesson[]; readonly leftOut: LogisticBaseline['leftOut'] } {
  const lessons: Lesson[] = []
  const leftOut: { name: string; reason: string }[] = []
  for (const columns of horizons) {
    const [threshold, of] = [thresholds[columns.name], `${name} of ${columns.name}`]
    if (threshold === undefined || columns.actualClasses === undefined) {
      leftOut.push({ name: of, reason: 'no threshold tells which side came' })
      continue
    }
    const lesson = lessonOf(columns, threshold, markets)
    if (lesson.places.length >= minBars) lessons.push(lesson)
    else
      leftOut.push({
        name: of,
        reason: `${lesson.places.length} bars before the judged ones can teach it, and it takes ${minBars}: judge from a later bar on ("from")`,
      })
  }
  return { lessons, leftOut }
}

/**
 * Fits a logistic regression for each horizon on the features of the last bar alone, and lets it predict the judged rows: a model
 * that does not beat it gains nothing from its window or its layers. It learns from bars before the first judged one whose outcome is
 * over by then (purging, López de Prado 2018), of all markets together, scaled to mean 0 and deviation 1 by these very bars and cut
 * at 10 deviations. It gives probabilities and no returns, so comparisons with it have no figures of returns.
 *
 * Takes some seconds; the thread is free meanwhile.
 *
 * @param rows the model's, e.g. `outcomes.rows()`, with classes LONG, SHORT and NEUTRAL in this order
 * @throws `evaluate/option`, `evaluate/row`, `evaluate/not-converged`; what the features throw; the signal's reason when it aborts
 * @example
 * ```ts
 * const { entry } = await registry.load(engine.info.model.id)
 * const { baseline, leftOut } = await logisticBaseline(outcomes.rows(), {
 *   histories: [btc, eth],
 *   features: featureSource(entry.features.names),
 *   thresholds: outcomes.thresholds,
 * })
 * const baselines = baseline === undefined ? outcomes.baselines() : [...outcomes.baselines(), baseline]
 * ```
 */
export async function logisticBaseline(
  rows: EvaluationRows,
  options: LogisticBaselineOptions,
): Promise<LogisticBaseline> {
  const { histories, features, maxBars = 6000, minBars = 1000, signal, onProgress } = options
  checkMarkets(histories)
  checkCount('maxBars', maxBars)
  checkCount('minBars', minBars)
  if (rows.classes?.join() !== sideNames.join())
    refuseOption('classes', rows.classes?.join(', '), `${sideNames.join(', ')}, in this order`)
  throwIfAborted(signal)
  let firstTime = Infinity
  for (let row = 0; row < rows.times.length; row++) firstTime = Math.min(firstTime, rows.times[row]!)
  const { markets, step } = learningBarsOf(histories, firstTime, features.warmup, maxBars)
  const { lessons, leftOut } = lessonsOf(rows, options, markets)
  if (lessons.length === 0) return { baseline: undefined, learned: [], everyBars: step, leftOut }
  const learned = await learn(lessons, markets, options)
  const predicted = await predict(rows, learned, options)
  onProgress?.(1)
  return {
    baseline: { name, rows: predicted },
    learned: learned.fits.map(([columns, { iterations }], i) => ({
      name: columns.name,
      bars: lessons[i]!.places.length,
      iterations,
    })),
    everyBars: step,
    leftOut,
  }
}
