/** From a row of the model's answer to a signal: everything that a model's entry and the options say about it. */
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import {
  type Calibration,
  calibrated,
  checkOutputSpec,
  createSignal,
  decide,
  type DecisionOptions,
  type MaxAge,
  type OutputSpec,
  type Prediction,
  readPrediction,
  type Signal,
  withinAge,
} from '../signals/index.ts'

/** What is the same for all decisions of a model. */
export interface DeciderParts {
  /** Id of the model version. */
  readonly model: string
  /** Counts the moves of the production pointer of the model's name. */
  readonly epoch: number
  readonly timeframe: Timeframe
  readonly output: OutputSpec
  /** Absent where the model's probabilities are taken as they are. */
  readonly calibration?: Calibration | undefined
  /** Absent where the model does not grow old. */
  readonly maxAge?: MaxAge | undefined
  readonly options: DecisionOptions
}

/** The bar that a decision is about. */
export interface DecidedBar {
  readonly symbol: string
  /** Bar-open time in ms. */
  readonly time: number
  /** In quote currency. */
  readonly close: number
  readonly provisional: boolean
  /** In quote currency; needed where levels follow it. */
  readonly averageTrueRange?: number | undefined
}

/** Decides by one model. */
export class Decider {
  readonly #parts: DeciderParts
  readonly #width: number

  /** @throws `model/contract` where the declared output cannot be read */
  constructor(parts: DeciderParts) {
    this.#parts = parts
    this.#width = checkOutputSpec(parts.output)
  }

  /** What a row of the model's answer says, with its probabilities corrected. */
  read(output: Float32Array, row: number): Prediction {
    return calibrated(readPrediction(output, this.#parts.output, row), this.#parts.calibration)
  }

  /** A copy of one row of the model's answer. */
  rowOf(output: Float32Array, row: number): Float32Array<ArrayBuffer> {
    return new Float32Array(output.subarray(row * this.#width, (row + 1) * this.#width))
  }

  /** The signal that follows from a row of the model's answer. */
  decide(output: Float32Array, row: number, bar: DecidedBar): Signal {
    const { model, epoch, timeframe, maxAge, options } = this.#parts
    const { symbol, time, close, provisional, averageTrueRange } = bar
    const prediction = this.read(output, row)
    const barMs = timeframeMs(timeframe)
    const decision = withinAge(decide(prediction, close, options, averageTrueRange), time + barMs, maxAge)
    const context = { model, epoch, symbol, timeframe, timeframeMs: barMs, time, close, provisional }
    return createSignal(context, prediction, decision)
  }
}
