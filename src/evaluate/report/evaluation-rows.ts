/** What is to be judged: what a model said of bars, and what came. */
import {
  checkCount,
  checkLength,
  classColumn,
  classRows,
  finiteColumn,
  finiteRows,
  refuseOption,
  refuseRow,
} from '../checks.ts'
import { type ClassNames, neutralOf } from '../metrics/classification.ts'
import { mostProbableClasses, probabilityColumn } from '../metrics/probabilities.ts'
import { type CheckedKeys, checkKeys, type Panel, panelOf, type RowKeys } from '../panel.ts'
import type { Steps } from '../steps.ts'

/**
 * What a model said of one horizon, and what came. It needs calls (`probabilities` or `predictedClasses`) with `actualClasses`, or
 * `predictedReturns` with `actualReturns`, or both.
 */
export interface HorizonColumns {
  /** E.g. `4h`. */
  readonly name: string
  /** How many bars ahead. */
  readonly bars: number
  /** Row-major, rows x classes; each row from 0 to 1 with the sum 1. */
  readonly probabilities?: ArrayLike<number> | undefined
  /** Class numbers that were called. Default: the most probable, by the rule of the signals. */
  readonly predictedClasses?: ArrayLike<number> | undefined
  /** Class numbers that came. */
  readonly actualClasses?: ArrayLike<number> | undefined
  /** Simple returns as fractions. */
  readonly predictedReturns?: ArrayLike<number> | undefined
  readonly actualReturns?: ArrayLike<number> | undefined
  /** 1 where the outcome is known, 0 where its bar has not closed; what the actual columns hold there is not read. Default: all known. */
  readonly known?: ArrayLike<number> | undefined
}

/** Rows to judge, in columns: one row for each symbol and bar, in any order. */
export interface EvaluationRows extends RowKeys {
  /** In the order of their numbers; needed where there are calls. There is no default, as nobody may guess. */
  readonly classes?: readonly string[] | undefined
  /** The class that is no call. Default: `NEUTRAL` where it is one of the classes, else none. */
  readonly neutral?: ClassNames['neutral']
  readonly horizons: readonly HorizonColumns[]
}

/** The calls of a horizon, in the order of its panel. */
export interface Calls {
  readonly called: Int32Array
  readonly came: Int32Array
  /** Row-major; absent where only classes were given. */
  readonly probabilities?: Float64Array
}

/** The returns of a horizon, in the order of its panel. */
export interface Returns {
  readonly predicted: Float64Array
  readonly actual: Float64Array
}

/** A horizon, checked, without the rows whose outcome is not known. */
export interface JudgedHorizon {
  readonly name: string
  readonly bars: number
  readonly panel: Panel
  /** Rows whose outcome is not known. */
  readonly pending: number
  readonly calls?: Calls
  readonly returns?: Returns
}

/** All horizons, checked. */
export interface JudgedRows {
  readonly keys: CheckedKeys
  readonly classes: readonly string[]
  /** Number of the class that is no call, or -1. */
  readonly neutral: number
  readonly horizons: readonly JudgedHorizon[]
}

/** Some rows of a column with `width` values a row, in a new order. */
function reordered(values: Float64Array, rows: Int32Array, width: number): Float64Array {
  const taken = new Float64Array(rows.length * width)
  for (let place = 0; place < rows.length; place++)
    taken.set(values.subarray(rows[place]! * width, (rows[place]! + 1) * width), place * width)
  return taken
}

function callsOf(
  columns: HorizonColumns,
  path: string,
  rows: Int32Array,
  total: number,
  { classes, neutral }: Pick<JudgedRows, 'classes' | 'neutral'>,
): Calls | undefined {
  const { probabilities, predictedClasses, actualClasses } = columns
  if (probabilities === undefined && predictedClasses === undefined) return undefined
  if (actualClasses === undefined) return refuseOption(`${path}.actualClasses`, 'absent', 'there, as calls are')
  const size = classes.length
  if (size === 0) refuseOption('classes', 'absent', 'there, in the order of their numbers')
  checkLength(`${path}.actualClasses`, actualClasses, total, 'times')
  const came = classRows(`${path}.actualClasses`, actualClasses, rows, size)
  if (predictedClasses !== undefined) checkLength(`${path}.predictedClasses`, predictedClasses, total, 'times')
  const given =
    predictedClasses === undefined ? undefined : classColumn(`${path}.predictedClasses`, predictedClasses, size)
  if (probabilities === undefined) return { came, called: rows.map((row) => given![row]!) }
  checkLength(`${path}.probabilities`, probabilities, total * size, `times x ${size} classes`)
  const shares = reordered(probabilityColumn(probabilities, size, `${path}.probabilities`), rows, size)
  const called = given === undefined ? mostProbableClasses(shares, size, neutral) : rows.map((row) => given[row]!)
  return { came, called, probabilities: shares }
}

function returnsOf(columns: HorizonColumns, path: string, rows: Int32Array, total: number): Returns | undefined {
  const { predictedReturns, actualReturns } = columns
  if (predictedReturns === undefined) return undefined
  if (actualReturns === undefined)
    return refuseOption(`${path}.actualReturns`, 'absent', 'there, as predictedReturns are')
  checkLength(`${path}.predictedReturns`, predictedReturns, total, 'times')
  checkLength(`${path}.actualReturns`, actualReturns, total, 'times')
  // Predictions are checked on every row, also where nobody knows yet what came.
  const predicted = finiteColumn(`${path}.predictedReturns`, predictedReturns)
  return { predicted: reordered(predicted, rows, 1), actual: finiteRows(`${path}.actualReturns`, actualReturns, rows) }
}

function judgeHorizon(columns: HorizonColumns, rows: Omit<JudgedRows, 'horizons'>): JudgedHorizon {
  const { name, bars, known } = columns
  const total = rows.keys.times.length
  checkCount(`${name}.bars`, bars)
  if (known !== undefined) {
    checkLength(`${name}.known`, known, total, 'times')
    const wrong = Array.prototype.findIndex.call(known, (flag: unknown) => flag !== 0 && flag !== 1)
    if (wrong !== -1) refuseRow(`${name}.known`, wrong, known[wrong], '0 or 1')
  }
  const panel = panelOf(rows.keys, (row) => known === undefined || known[row] === 1)
  const calls = callsOf(columns, name, panel.rows, total, rows)
  const returns = returnsOf(columns, name, panel.rows, total)
  if (calls === undefined && returns === undefined)
    refuseOption(name, 'empty', 'given probabilities, predictedClasses or predictedReturns')
  const pending = total - panel.rows.length
  return {
    name,
    bars,
    panel,
    pending,
    ...(calls === undefined ? {} : { calls }),
    ...(returns === undefined ? {} : { returns }),
  }
}

/**
 * Checks rows and puts them into the order of time. Each horizon is a step.
 *
 * @throws `evaluate/row` and `evaluate/option` naming what cannot be
 */
export function* checkingSteps(rows: EvaluationRows): Steps<JudgedRows> {
  const { classes = [], horizons } = rows
  const neutral = classes.length === 0 ? -1 : neutralOf({ classes, neutral: rows.neutral })
  if (horizons.length === 0) refuseOption('horizons', 'empty', 'at least one horizon')
  const repeated = horizons.find(({ name }, i) => horizons.findIndex((other) => other.name === name) !== i)
  if (repeated !== undefined) refuseOption('horizons', `"${repeated.name}" twice`, 'horizons of different names')
  const shared = { keys: checkKeys(rows), classes, neutral }
  const judged: JudgedHorizon[] = []
  for (const columns of horizons) {
    yield judged.length / horizons.length
    judged.push(judgeHorizon(columns, shared))
  }
  return { ...shared, horizons: judged }
}
