/** Multinomial logistic regression: the baseline that sees what the model sees. */
import { checkCount, checkLength, classColumn, finiteColumn, refuseOption } from '../checks.ts'
import { finish, type Steps } from '../steps.ts'
import { minimise } from './minimise.ts'
import type { PredictedColumns, Predictor, PredictorInput } from './predictor.ts'

/** What the regression learns from, and how. */
export interface LogisticOptions {
  /** Row-major, rows x features; scale them first, as for any model: the penalty takes all weights alike. */
  readonly features: ArrayLike<number>
  /** Class numbers, one a row. */
  readonly actual: ArrayLike<number>
  /** In the order of the class numbers. A class that no row has gets the probability 0. */
  readonly classes: readonly string[]
  /** One by the strength of the penalty, as in scikit-learn: larger trusts the data more. Default 1. */
  readonly c?: number | undefined
  /** Largest size of a part of the gradient of the mean loss at which the fit is at rest. Default 1e-6. */
  readonly tolerance?: number | undefined
  /** Default 1000. */
  readonly maxIterations?: number | undefined
}

/** A fitted regression. */
export interface LogisticRegression extends Predictor {
  /** Row-major, classes x features. */
  readonly weights: Float64Array
  /** One a class; they sum to 0. A class that no row has has `-Infinity`. */
  readonly intercepts: Float64Array
  readonly iterations: number
  /** Largest part of the gradient where the fit ended. */
  readonly gradient: number
}

/** Numbers of the fit: weights of each class that occurs, then its intercept. */
interface Shape {
  readonly rows: number
  readonly width: number
  readonly classes: number
}

/** Turns a row of logits into probabilities and returns the logarithm of their sum. */
function softmax(logits: Float64Array): number {
  const top = logits.reduce((most, value) => Math.max(most, value), -Infinity)
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += logits[i] = Math.exp(logits[i]! - top)
  for (let i = 0; i < logits.length; i++) logits[i]! /= sum
  return top + Math.log(sum)
}

function logitsOf(features: Float64Array, row: number, at: Float64Array, width: number, into: Float64Array): void {
  for (let i = 0; i < into.length; i++) {
    const own = i * (width + 1)
    let sum = at[own + width]!
    for (let feature = 0; feature < width; feature++) sum += at[own + feature]! * features[row * width + feature]!
    into[i] = sum
  }
}

/** Mean of minus the logarithm of the probability of what came, and half the squares of the weights by rows x c. */
function lossOf(
  features: Float64Array,
  actual: Int32Array,
  { rows, width, classes }: Shape,
  c: number,
): (at: Float64Array, gradient: Float64Array) => number {
  const logits = new Float64Array(classes)
  const penalty = 1 / (c * rows)
  return (at, gradient) => {
    gradient.fill(0)
    let loss = 0
    for (let row = 0; row < rows; row++) {
      logitsOf(features, row, at, width, logits)
      const came = logits[actual[row]!]!
      loss += softmax(logits) - came
      for (let i = 0; i < classes; i++) {
        const error = (logits[i]! - (i === actual[row] ? 1 : 0)) / rows
        const own = i * (width + 1)
        for (let feature = 0; feature < width; feature++)
          gradient[own + feature]! += error * features[row * width + feature]!
        gradient[own + width]! += error
      }
    }
    loss /= rows
    for (let i = 0; i < at.length; i++) {
      // The intercepts are free.
      if (i % (width + 1) === width) continue
      loss += (penalty / 2) * at[i]! ** 2
      gradient[i]! += penalty * at[i]!
    }
    return loss
  }
}

function checkOptions(options: LogisticOptions): { features: Float64Array; actual: Int32Array; shape: Shape } {
  const { classes, c = 1, tolerance = 1e-6, maxIterations = 1000 } = options
  for (const [name, value] of Object.entries({ c, tolerance }))
    if (!(value > 0 && Number.isFinite(value))) refuseOption(name, value, 'a number above 0')
  checkCount('maxIterations', maxIterations)
  const actual = classColumn('actual', options.actual, classes.length)
  const rows = actual.length
  const width = options.features.length / rows
  if (!(Number.isSafeInteger(width) && width > 0))
    refuseOption('features', `${options.features.length} values long`, `rows x features of ${rows} rows, at least one`)
  const features = finiteColumn('features', options.features, width)
  return { features, actual, shape: { rows, width, classes: classes.length } }
}

/**
 * Fits multinomial logistic regression with an L2 penalty on the weights: it minimises the sum of log losses times `c` plus half the
 * squares of the weights, as scikit-learn's `LogisticRegression` with `lbfgs` does. The fit starts at 0 and draws nothing at random,
 * so the same rows give the same numbers. Fit on training rows only.
 *
 * @throws `evaluate/row` for a value that is not finite or no class,
 *   `evaluate/option` for shapes, `evaluate/not-converged` where `maxIterations` do not suffice
 * @example
 * ```ts
 * const baseline = fitLogisticRegression({ features, actual, classes: ['LONG', 'SHORT', 'NEUTRAL'] })
 * const columns = baseline.predict({ rows, features: laterFeatures })
 * ```
 */
export function fitLogisticRegression(options: LogisticOptions): LogisticRegression {
  return finish(fittingSteps(options))
}

/** {@link fitLogisticRegression}, step by step. */
export function* fittingSteps(options: LogisticOptions): Steps<LogisticRegression> {
  const { features, actual, shape } = checkOptions(options)
  const { classes, c = 1, tolerance = 1e-6, maxIterations = 1000 } = options
  const { width } = shape
  const present = classes.map((_, i) => i).filter((i) => actual.includes(i))
  const places = actual.map((number) => present.indexOf(number))
  const loss = lossOf(features, places, { ...shape, classes: present.length }, c)
  const fit = yield* minimise(present.length * (width + 1), loss, { tolerance, maxIterations })
  const intercept = (i: number): number => fit.at[i * (width + 1) + width]!
  const shift = present.reduce((sum, _, i) => sum + intercept(i), 0) / present.length
  const weights = new Float64Array(classes.length * width)
  const intercepts = new Float64Array(classes.length).fill(-Infinity)
  for (const [i, number] of present.entries()) {
    weights.set(fit.at.subarray(i * (width + 1), i * (width + 1) + width), number * width)
    intercepts[number] = intercept(i) - shift
  }
  const predict = (input: PredictorInput): PredictedColumns => predictWith({ weights, intercepts, width }, input)
  const { iterations, gradient } = fit
  return { name: 'logistic-regression', classes, weights, intercepts, iterations, gradient, predict }
}

function predictWith(
  { weights, intercepts, width }: { weights: Float64Array; intercepts: Float64Array; width: number },
  { rows, features }: PredictorInput,
): PredictedColumns {
  if (features === undefined) return refuseOption('features', 'absent', `${width} values a row`)
  checkLength('features', features, rows * width, `${rows} rows x ${width} features`)
  const values = finiteColumn('features', features, width)
  const size = intercepts.length
  const at = new Float64Array(size * (width + 1))
  for (let i = 0; i < size; i++) {
    at.set(weights.subarray(i * width, (i + 1) * width), i * (width + 1))
    at[i * (width + 1) + width] = intercepts[i]!
  }
  const probabilities = new Float64Array(rows * size)
  for (let row = 0; row < rows; row++) {
    const own = probabilities.subarray(row * size, (row + 1) * size)
    logitsOf(values, row, at, width, own)
    softmax(own)
  }
  return { probabilities }
}
