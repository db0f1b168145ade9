/** Signals of the past beside what came of them, in the columns that an evaluation takes. */
import { timeframeMs } from '../../core/timeframe.ts'
import type { CandleSeries } from '../../core/series.ts'
import {
  type EvaluationRows,
  type HorizonColumns,
  momentumBaseline,
  neutralBaseline,
  pastReturns,
  type Predictor,
  sideNames,
} from '../../evaluate/index.ts'
import { type HorizonRow, type PredictionContext, rowOf } from '../../monitor/index.ts'
import { withOutcomes } from '../../monitor/outcome.ts'
import type { Horizon, Signal } from '../../signals/index.ts'

/** Something of which nothing can be said, and why. */
export interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** What a predictor said of the rows, ready to be judged. */
export interface PredictedRows {
  readonly name: string
  readonly rows: EvaluationRows
}

/** The columns of one horizon while they grow. */
class HorizonRows {
  readonly horizon: Horizon
  readonly probabilities: number[] = []
  readonly actualClasses: number[] = []
  readonly predictedReturns: number[] = []
  readonly actualReturns: number[] = []
  readonly pastReturns: number[] = []
  readonly known: number[] = []
  threshold: number | null = null
  #withoutReturns = false

  constructor(horizon: Horizon) {
    this.horizon = horizon
  }

  take({ probabilities, threshold, expectedReturn, outcome, actualReturn, actualDirection }: HorizonRow): void {
    this.threshold = threshold
    this.known.push(outcome === 'known' ? 1 : 0)
    for (const side of sideNames) this.probabilities.push(probabilities?.[side as keyof typeof probabilities] ?? NaN)
    this.actualClasses.push(actualDirection === null ? 0 : sideNames.indexOf(actualDirection))
    if (expectedReturn === null) this.#withoutReturns = true
    this.predictedReturns.push(expectedReturn ?? NaN)
    this.actualReturns.push(actualReturn ?? 0)
  }

  get unjudged(): string | undefined {
    if (!this.known.includes(1)) return 'none of its bars has closed'
    if (this.threshold === null && this.#withoutReturns)
      return `the model predicts no returns, and no threshold tells a rise of ${this.horizon.bars} bars from none`
    return undefined
  }

  /** What came, beside the model's own predictions or those of another. */
  columns(
    given: { readonly probabilities: ArrayLike<number>; readonly predictedReturns?: ArrayLike<number> } = this,
  ): HorizonColumns {
    const { horizon, known, actualClasses, actualReturns, threshold } = this
    const { probabilities, predictedReturns } = given
    return {
      ...horizon,
      known,
      ...(threshold === null ? {} : { probabilities, actualClasses }),
      ...(this.#withoutReturns || predictedReturns === undefined ? {} : { predictedReturns, actualReturns }),
    }
  }
}

/** Takes signals market by market; outcomes are settled by the rule of the prediction log. */
export class CollectedRows {
  readonly #context: PredictionContext
  readonly #horizons: readonly HorizonRows[]
  readonly #times: number[] = []
  readonly #symbols: string[] = []

  constructor(context: PredictionContext) {
    this.#context = context
    this.#horizons = context.horizons.map((horizon) => new HorizonRows(horizon))
  }

  /** Takes signals of bars of a series, whose later bars tell what came. */
  take({ columns: { time, close }, timeframe, symbol }: CandleSeries, signals: readonly Signal[]): void {
    const barMs = timeframeMs(timeframe)
    const first = time[0]!
    const rowAt = (closesAt: number): number => (closesAt - first) / barMs - 1
    const known = { closeAt: (closesAt: number) => close[rowAt(closesAt)], expireBefore: -Infinity }
    const past = this.#horizons.map(({ horizon: { bars } }) => pastReturns(close, bars))
    for (const signal of signals) {
      this.#times.push(signal.time)
      this.#symbols.push(symbol)
      const { horizons } = withOutcomes(rowOf({ signal }, this.#context, signal.time), known)
      const row = rowAt(signal.time + barMs)
      for (const [at, columns] of this.#horizons.entries()) {
        columns.take(horizons[at]!)
        columns.pastReturns.push(past[at]![row - columns.horizon.bars] ?? NaN)
      }
    }
  }

  /** Horizons that are left out, and why. */
  get unjudged(): LeftOut[] {
    return this.#horizons.flatMap(({ horizon: { name }, unjudged }) =>
      unjudged === undefined ? [] : [{ name, reason: unjudged }],
    )
  }

  /** Baselines that are left out, and why. */
  get uncompared(): LeftOut[] {
    return this.#hasPast ? [] : [{ name: 'momentum', reason: 'the first bars have too few bars before them' }]
  }

  /** The model's rows. */
  rows(): EvaluationRows {
    return this.#rows((horizon) => horizon.columns())
  }

  /** The rows of baselines: one that never calls, and one that expects the past to go on. */
  baselines(): PredictedRows[] {
    const of = (name: string, predictor: (horizon: HorizonRows) => Predictor): PredictedRows => ({
      name,
      rows: this.#rows((horizon) =>
        horizon.columns(predictor(horizon).predict({ rows: this.#times.length, pastReturns: horizon.pastReturns })),
      ),
    })
    const neutral = of('always-neutral', () => neutralBaseline())
    if (!this.#hasPast) return [neutral]
    return [neutral, of('momentum', ({ threshold }) => momentumBaseline({ threshold: threshold ?? 0 }))]
  }

  get #judged(): HorizonRows[] {
    return this.#horizons.filter(({ unjudged }) => unjudged === undefined)
  }

  get #hasPast(): boolean {
    return this.#judged.every((horizon) => !horizon.pastReturns.some(Number.isNaN))
  }

  #rows(columns: (horizon: HorizonRows) => HorizonColumns): EvaluationRows {
    return { times: this.#times, symbols: this.#symbols, classes: sideNames, horizons: this.#judged.map(columns) }
  }
}
