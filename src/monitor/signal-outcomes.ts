/** Signals of the past beside what came of them, in the columns that an evaluation takes. */
import { rowOfTime } from '../core/history.ts'
import type { CandleSeries } from '../core/series.ts'
import { timeframeMs } from '../core/timeframe.ts'
import { momentumBaseline, neutralBaseline } from '../evaluate/baselines/predictor.ts'
import { refuseOption, refuseRow } from '../evaluate/checks.ts'
import { type JudgedSpan, setIdOf } from '../evaluate/evaluation-set.ts'
import type { BaselineRows, EvaluationRows, HorizonColumns, PredictedColumns, Predictor } from '../evaluate/index.ts'
import { sideNames } from '../evaluate/metrics/classification.ts'
import type { Horizon, Signal } from '../signals/index.ts'
import { GrowingColumn } from './growing-column.ts'
import { withOutcomes } from './outcome.ts'
import { type PredictionContext, rowOf, thresholdOf } from './row-of.ts'
import type { HorizonRow } from './row.ts'

/** Something of which nothing can be said, and why. */
export interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** By what rule outcomes are settled. */
export type OutcomeRule = Pick<PredictionContext, 'horizons' | 'thresholds'>

/** The columns of one horizon while they grow. */
class HorizonRows {
  readonly horizon: Horizon
  readonly threshold: number | null
  readonly pastReturns: GrowingColumn = new GrowingColumn()
  readonly #probabilities = new GrowingColumn()
  readonly #actualClasses = new GrowingColumn()
  readonly #predictedReturns = new GrowingColumn()
  readonly #actualReturns = new GrowingColumn()
  readonly #known = new GrowingColumn()
  #withoutReturns = false
  #withoutPast = false

  constructor(horizon: Horizon, rule: OutcomeRule) {
    this.horizon = horizon
    this.threshold = thresholdOf(horizon, rule)
  }

  take({ probabilities, expectedReturn, outcome, actualReturn, actualDirection }: HorizonRow): void {
    this.#known.push(outcome === 'known' ? 1 : 0)
    for (const side of sideNames) this.#probabilities.push(probabilities?.[side as keyof typeof probabilities] ?? NaN)
    this.#actualClasses.push(actualDirection === null ? 0 : sideNames.indexOf(actualDirection))
    if (expectedReturn === null) this.#withoutReturns = true
    this.#predictedReturns.push(expectedReturn ?? NaN)
    this.#actualReturns.push(actualReturn ?? 0)
  }

  /** What the bars up to a row did, as many as the horizon has. */
  takePast(close: Float64Array, row: number): void {
    const before = row - this.horizon.bars
    if (before < 0) this.#withoutPast = true
    this.pastReturns.push(before < 0 ? NaN : close[row]! / close[before]! - 1)
  }

  get hasPast(): boolean {
    return !this.#withoutPast
  }

  get unjudged(): string | undefined {
    if (!this.#known.values.includes(1)) return 'none of its bars has closed'
    if (this.threshold === null && this.#withoutReturns)
      return `the model predicts no returns, and no threshold tells a rise of ${this.horizon.bars} bars from none`
    return undefined
  }

  /** What came, beside the model's own predictions or those of another. */
  columns(given?: PredictedColumns): HorizonColumns {
    const own = { probabilities: this.#probabilities.values, predictedReturns: this.#predictedReturns.values }
    const { probabilities, predictedReturns } = given ?? own
    const [actualClasses, actualReturns] = [this.#actualClasses.values, this.#actualReturns.values]
    return {
      ...this.horizon,
      known: this.#known.values,
      ...(this.threshold === null ? {} : { probabilities, actualClasses }),
      ...(this.#withoutReturns || predictedReturns === undefined ? {} : { predictedReturns, actualReturns }),
    }
  }
}

/**
 * Takes a model's signals of the past, market by market, and settles what came of them by the rule of the prediction log, which is
 * that of the training targets. Gives the rows that `judgeModel` and `evaluateModel` take, and those of baselines. A signal takes
 * about 70 bytes for each horizon.
 *
 * @example
 * ```ts
 * import { backtest, judgeModel } from 'candlewick/evaluate'
 * import { SignalOutcomes } from 'candlewick/monitor'
 *
 * const { timeframe, model } = engine.info
 * const outcomes = new SignalOutcomes({ horizons: model.horizons })
 * const { curve, trades } = await backtest(engine, [btc, eth], {
 *   onSignals: (series, signals) => outcomes.take(series, signals),
 * })
 * const { report, comparisons } = await judgeModel(outcomes.rows(), {
 *   timeframe,
 *   model: model.id,
 *   evalSetId: await outcomes.evaluationSetId(),
 *   trading: { curve, trades },
 *   baselines: outcomes.baselines(),
 * })
 * ```
 */
export class SignalOutcomes {
  readonly #rule: OutcomeRule
  readonly #horizons: readonly HorizonRows[]
  readonly #times = new GrowingColumn()
  readonly #symbols: string[] = []
  /** By symbol, from the first bar that a signal was of to the last. */
  readonly #spans = new Map<string, JudgedSpan>()

  /**
   * @param rule `horizons`: the model's, `engine.info.model.horizons`; `thresholds`: by horizon name, the return beyond which an
   * outcome is LONG or SHORT, as a fraction, default those of the training targets
   */
  constructor(rule: OutcomeRule) {
    this.#rule = rule
    this.#horizons = rule.horizons.map((horizon) => new HorizonRows(horizon, rule))
  }

  /** How many signals it has taken. */
  get length(): number {
    return this.#times.length
  }

  /** The thresholds in force by horizon name, as fractions; a horizon without one is not there. */
  get thresholds(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.#horizons.flatMap(({ horizon, threshold }) => (threshold === null ? [] : [[horizon.name, threshold]])),
    )
  }

  /**
   * Takes signals of bars of a series, whose later bars tell what came. Each bar may come once.
   *
   * @param series as it is known now: what has not closed yet stays unknown
   * @throws `evaluate/row` for a signal of another symbol, or of no bar of the series; TypeError for a provisional one. The signals
   * before it are taken then. `evaluate/option` for another series of a symbol that lacks bars of its earlier signals; none is taken
   */
  take(series: CandleSeries, signals: readonly Signal[]): void {
    const { columns, timeframe, symbol } = series
    const { close } = columns
    const barMs = timeframeMs(timeframe)
    const closeAt = (closesAt: number): number | undefined => close[rowOfTime(columns, closesAt - barMs, barMs)]
    let span = this.#spanIn(series)
    for (const [at, signal] of signals.entries()) {
      if (signal.symbol !== symbol) refuseRow('signals', at, `one of ${signal.symbol}`, `one of ${symbol}`)
      const row = rowOfTime(columns, signal.time, barMs)
      if (row === -1) refuseRow('signals', at, `of ${signal.time}`, 'of a bar of the series')
      const { horizons } = withOutcomes(rowOf({ signal }, this.#rule, signal.time), {
        closeAt,
        expireBefore: -Infinity,
      })
      this.#times.push(signal.time)
      this.#symbols.push(symbol)
      for (const [place, rows] of this.#horizons.entries()) {
        rows.take(horizons[place]!)
        rows.takePast(close, row)
      }
      span = { series, start: Math.min(span?.start ?? row, row), end: Math.max(span?.end ?? row, row + 1) }
      this.#spans.set(symbol, span)
    }
  }

  /** Where the signals taken so far lie in this series of their market; `undefined` before the first. */
  #spanIn(series: CandleSeries): JudgedSpan | undefined {
    const { symbol, timeframe, columns } = series
    const former = this.#spans.get(symbol)
    if (former === undefined || former.series === series) return former
    const rowNow = (rowThen: number): number =>
      rowOfTime(columns, former.series.columns.time[rowThen]!, timeframeMs(timeframe))
    const [start, last] = [rowNow(former.start), rowNow(former.end - 1)]
    if (start === -1 || last === -1)
      refuseOption('series', `another one of ${symbol}`, 'with all bars of the signals taken before')
    return { series, start, end: last + 1 }
  }

  /**
   * Names the bars that are judged, as `evaluationSetId` of `candlewick/evaluate` does: from the first one to the last one that a
   * signal was of, market by market, and those after it that outcomes look at, with the thresholds in force.
   */
  evaluationSetId(): Promise<string> {
    return setIdOf([...this.#spans.values()], { horizons: this.#rule.horizons, thresholds: this.thresholds })
  }

  /** Horizons that the rows leave out, and why. */
  get unjudged(): readonly LeftOut[] {
    return this.#horizons.flatMap(({ horizon: { name }, unjudged }) =>
      unjudged === undefined ? [] : [{ name, reason: unjudged }],
    )
  }

  /** Baselines that are left out, and why. */
  get uncompared(): readonly LeftOut[] {
    return this.#hasPast ? [] : [{ name: 'momentum', reason: 'the first bars have too few bars before them' }]
  }

  /** The model's rows so far; signals taken later do not change them. */
  rows(): EvaluationRows {
    return this.#rows((horizon) => horizon.columns())
  }

  /** The rows of baselines: one that never calls, and one that expects what was to go on. */
  baselines(): readonly BaselineRows[] {
    const of = (name: string, predictor: (horizon: HorizonRows) => Predictor): BaselineRows => ({
      name,
      rows: this.#rows((horizon) =>
        horizon.columns(predictor(horizon).predict({ rows: this.length, pastReturns: horizon.pastReturns.values })),
      ),
    })
    const neutral = of('always-neutral', () => neutralBaseline())
    if (!this.#hasPast) return [neutral]
    return [neutral, of('momentum', ({ threshold }) => momentumBaseline({ threshold: threshold ?? 0 }))]
  }

  get #judged(): readonly HorizonRows[] {
    return this.#horizons.filter(({ unjudged }) => unjudged === undefined)
  }

  get #hasPast(): boolean {
    return this.#judged.every(({ hasPast }) => hasPast)
  }

  #rows(columns: (horizon: HorizonRows) => HorizonColumns): EvaluationRows {
    const [times, symbols] = [this.#times.values, this.#symbols.slice()]
    return { times, symbols, classes: sideNames, horizons: this.#judged.map(columns) }
  }
}
