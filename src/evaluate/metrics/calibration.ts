/** Whether probabilities mean what they say. */
import { checkCount, checkLength, classColumn } from '../checks.ts'
import { type ClassNames, neutralOf } from './classification.ts'
import { probabilityColumn } from './probabilities.ts'

/** Probabilities below this count as this in the log loss: 2^-52, as scikit-learn has it. */
export const logLossFloor: number = Number.EPSILON

/** Bins of the calibration error where nobody says otherwise. */
export const defaultBins = 15

/** Rows whose top probability lies within (`low`, `high`]; the first bin takes 0 as well. */
export interface CalibrationBin {
  readonly low: number
  readonly high: number
  readonly n: number
  /** Mean top probability; `null` where `n` is 0. So is `accuracy`. */
  readonly confidence: number | null
  /** Share of the rows where the top class came. */
  readonly accuracy: number | null
}

/** Whether probabilities mean what they say. */
export interface CalibrationMetrics {
  readonly n: number
  /** Expected calibration error, 0 to 1: mean over rows of the distance between confidence and accuracy of their bin. */
  readonly ece: number | null
  /** The bins of `ece`, lowest first. */
  readonly bins: readonly CalibrationBin[]
  /** Mean over rows of the sum over classes of (probability - 1 or 0) squared: 0 is perfect, 2 the worst. */
  readonly brier: number | null
  /** Mean of minus the natural logarithm of the probability of what came. */
  readonly logLoss: number | null
  /** Rows, of `n`, whose probability of what came was below {@link logLossFloor} and counts as that. */
  readonly floored: number
}

/** What each row adds to the metrics, so that samples of rows are quickly measured. */
export interface RowScores {
  readonly squares: Float64Array
  readonly logs: Float64Array
}

/** The Brier score and the log loss of each row by itself. */
export function scoreRows(probabilities: Float64Array, actual: Int32Array, size: number): RowScores {
  const [squares, logs] = [new Float64Array(actual.length), new Float64Array(actual.length)]
  for (let row = 0; row < actual.length; row++) {
    let square = 0
    for (let i = 0; i < size; i++) square += (probabilities[row * size + i]! - (i === actual[row] ? 1 : 0)) ** 2
    squares[row] = square
    // `+ 0` makes 0 of -0.
    logs[row] = -Math.log(Math.max(probabilities[row * size + actual[row]!]!, logLossFloor)) + 0
  }
  return { squares, logs }
}

/** The bin of a top probability. Edges are `i / bins`, so a probability of 0.3 belongs to (0.2, 0.3] of ten bins. */
function binOf(confidence: number, bins: number): number {
  let bin = Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1)
  // The product may be rounded over an edge.
  if (bin > 0 && confidence <= bin / bins) bin--
  else if (bin < bins - 1 && confidence > (bin + 1) / bins) bin++
  return bin
}

function binned(probabilities: Float64Array, actual: Int32Array, size: number, bins: number): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ n: 0, confidence: 0, hits: 0 }))
  for (let row = 0; row < actual.length; row++) {
    let top = 0
    for (let i = 1; i < size; i++) if (probabilities[row * size + i]! > probabilities[row * size + top]!) top = i
    const confidence = probabilities[row * size + top]!
    const bin = sums[binOf(confidence, bins)]!
    bin.n++
    bin.confidence += confidence
    if (top === actual[row]) bin.hits++
  }
  return sums.map(({ n, confidence, hits }, i) => ({
    low: i / bins,
    high: (i + 1) / bins,
    n,
    confidence: n === 0 ? null : confidence / n,
    accuracy: n === 0 ? null : hits / n,
  }))
}

const mean = (values: Float64Array): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

/** The metrics of checked columns. */
export function calibrationOf(
  probabilities: Float64Array,
  actual: Int32Array,
  size: number,
  bins: number,
): CalibrationMetrics {
  const n = actual.length
  const { squares, logs } = scoreRows(probabilities, actual, size)
  const table = binned(probabilities, actual, size, bins)
  const gaps = table.reduce((sum, bin) => sum + bin.n * Math.abs((bin.confidence ?? 0) - (bin.accuracy ?? 0)), 0)
  let floored = 0
  for (let row = 0; row < n; row++) if (probabilities[row * size + actual[row]!]! < logLossFloor) floored++
  return { n, ece: n === 0 ? null : gaps / n, bins: table, brier: mean(squares), logLoss: mean(logs), floored }
}

/**
 * Expected calibration error of the top class (Guo et al. 2017, On Calibration of Modern Neural Networks) in bins of equal width,
 * the Brier score of all classes (Brier 1950) and the log loss.
 *
 * @param probabilities row-major, rows x classes; each row from 0 to 1 with the sum 1
 * @param actual class numbers, one a row
 * @param options `bins` of the calibration error, default 15
 * @throws `evaluate/row` for a row that is no distribution or no class, `evaluate/option` for lengths, names or bins
 * @example
 * ```ts
 * const { ece, brier, logLoss } = calibrationMetrics([0.8, 0.1, 0.1], [0], { classes: ['LONG', 'SHORT', 'NEUTRAL'] })
 * ```
 */
export function calibrationMetrics(
  probabilities: ArrayLike<number>,
  actual: ArrayLike<number>,
  options: ClassNames & { readonly bins?: number | undefined },
): CalibrationMetrics {
  const { classes, bins = defaultBins } = options
  neutralOf(options)
  checkCount('bins', bins)
  const size = classes.length
  checkLength('probabilities', probabilities, actual.length * size, `actual x ${size} classes`)
  return calibrationOf(probabilityColumn(probabilities, size), classColumn('actual', actual, size), size, bins)
}
