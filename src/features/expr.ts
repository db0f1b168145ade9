/** The words formulas are written in: every kernel as a function of expressions. */
import * as arithmetic from '../numeric/arithmetic.ts'
import * as calendar from '../numeric/calendar.ts'
import * as comoments from '../numeric/comoments.ts'
import * as comparison from '../numeric/comparison.ts'
import * as directional from '../numeric/directional.ts'
import * as elementary from '../numeric/elementary.ts'
import * as extrema from '../numeric/extrema.ts'
import * as fractal from '../numeric/fractal.ts'
import * as curves from '../numeric/higuchi.ts'
import * as histogram from '../numeric/entropy.ts'
import type { Kernel } from '../numeric/kernel.ts'
import * as memory from '../numeric/memory.ts'
import * as moments from '../numeric/moments.ts'
import * as order from '../numeric/order.ts'
import * as profile from '../numeric/volume-profile.ts'
import * as stop from '../numeric/psar.ts'
import * as smoothing from '../numeric/smoothing.ts'
import * as window from '../numeric/window.ts'
import { apply, close, type Expression, expression, high, low, type Operand, type Rule, volume } from './expression.ts'

export { benchmarkClose, close, high, low, open, time, turnover, unscaled, volume } from './expression.ts'
export type { Expression, Operand } from './expression.ts'

type Unary = (x: Operand) => Expression
type Binary = (a: Operand, b: Operand) => Expression
type Windowed = (x: Operand, length: number) => Expression
type PairWindowed = (a: Operand, b: Operand, length: number) => Expression

const unary =
  (kernel: Kernel, rule: Rule): Unary =>
  (x) =>
    apply(kernel, rule, [x])
const binary =
  (kernel: Kernel, rule: Rule): Binary =>
  (a, b) =>
    apply(kernel, rule, [a, b])
const windowed =
  (kernel: Kernel, rule: Rule): Windowed =>
  (x, length) =>
    apply(kernel, rule, [x], [length])

/** a + b */
export const add: Binary = binary(arithmetic.add, 'same')
/** a - b */
export const sub: Binary = binary(arithmetic.sub, 'same')
/** a x b */
export const mul: Binary = binary(arithmetic.mul, 'product')
/** a / b where b cannot be zero: a price. */
export const div: Binary = binary(arithmetic.div, 'quotient')
/** a / b, and `fallback` where b is zero. */
export const ratio = (a: Operand, b: Operand, fallback: Operand): Expression =>
  apply(arithmetic.ratio, 'quotient', [a, b, fallback])
/** The smaller one. */
export const min: Binary = binary(arithmetic.min, 'same')
/** The larger one. */
export const max: Binary = binary(arithmetic.max, 'same')
/** -x */
export const neg: Unary = unary(arithmetic.neg, 'same')
/** |x| */
export const abs: Unary = unary(arithmetic.abs, 'same')
/** x held between two plain numbers. */
export const clip = (x: Operand, low: number, high: number): Expression =>
  apply(arithmetic.clip, 'plain', [x], [low, high])

/** Natural logarithm of a plain number. */
export const log: Unary = unary(elementary.log, 'plain')
/** ln(1 + x) of a plain number. */
export const log1p: Unary = unary(elementary.log1p, 'plain')
/** Square root. */
export const sqrt: Unary = unary(elementary.sqrt, 'root')
/** e to a plain number. */
export const exp: Unary = unary(elementary.exp, 'plain')
/** Sine of radians. */
export const sin: Unary = unary(elementary.sin, 'plain')
/** Cosine of radians. */
export const cos: Unary = unary(elementary.cos, 'plain')
/** The largest whole number not above a plain number. */
export const floor: Unary = unary(elementary.floor, 'plain')
/** -1, 0 or 1. */
export const sign: Unary = unary(elementary.sign, 'free')

/** Flag: a > b. */
export const gt: Binary = binary(comparison.gt, 'compare')
/** Flag: a < b. */
export const lt: Binary = binary(comparison.lt, 'compare')
/** Flag: a >= b. */
export const ge: Binary = binary(comparison.ge, 'compare')
/** Flag: a <= b. */
export const le: Binary = binary(comparison.le, 'compare')
/** Flag: all are set. */
export const and = (first: Operand, ...others: Operand[]): Expression =>
  others.reduce<Expression>((left, right) => apply(comparison.and, 'plain', [left, right]), expression(first))
/** Flag: a or b is set. */
export const or: Binary = binary(comparison.or, 'plain')
/** `yes` where the flag is set, else `no`. */
export const select = (flag: Operand, yes: Operand, no: Operand): Expression =>
  apply(comparison.select, 'choice', [flag, yes, no])

/** Exponential mean, seeded with the first value. */
export const ema: Windowed = windowed(smoothing.ema, 'same')
/** Exponential mean of weight 1 / length, seeded with the first value. */
export const wilder: Windowed = windowed(smoothing.wilder, 'same')
/** Wilder's mean, seeded with the mean of the first `length` values. */
export const wilderMean: Windowed = windowed(smoothing.wilderMean, 'same')
/** Wilder's running sum. */
export const wilderSum: Windowed = windowed(smoothing.wilderSum, 'same')
/** Exponential mean over all history with normalised weights. */
export const weightedHistory: Windowed = windowed(smoothing.weightedHistory, 'same')
/** Follows x by the share `pull` of each bar. */
export const adaptive = (x: Operand, pull: Operand): Expression => {
  apply(elementary.exp, 'plain', [pull])
  return { ...apply(smoothing.adaptive, 'free', [x, pull]), dimension: expression(x).dimension }
}

/** Sum of the last `length` values. */
export const sum: Windowed = windowed(window.sum, 'same')
/** Mean of the last `length` values. */
export const mean: Windowed = windowed(window.mean, 'same')
/** Mean of the last `length` values, weighted 1 (oldest) to `length` (newest). */
export const weightedMean: Windowed = windowed(window.weightedMean, 'same')
/** Mean distance of the last `length` values of x from the present `centre`. */
export const meanDistance: PairWindowed = (x, centre, length) =>
  apply(window.meanDistance, 'same', [x, centre], [length])
/** Sum since the first bar. */
export const cumulative: Unary = unary(window.cumulative, 'same')

/** Standard deviation of the last `length` values, divisor length - 1. */
export const std: Windowed = windowed(moments.sampleDeviation, 'same')
/** Standard deviation of the last `length` values, divisor length. */
export const std0: Windowed = windowed(moments.deviation, 'same')
/** Skewness of the last `length` values. */
export const skewness: Windowed = windowed(moments.skewness, 'free')
/** Excess kurtosis of the last `length` values. */
export const kurtosis: Windowed = windowed(moments.kurtosis, 'free')
/** Correlation of the last `length` pairs. */
export const correlation: PairWindowed = (a, b, length) => apply(comoments.correlation, 'free', [a, b], [length])
/** Slope of a on b over the last `length` pairs. */
export const slope: PairWindowed = (a, b, length) => ({
  ...apply(comoments.slope, 'free', [a, b], [length]),
  dimension: apply(arithmetic.div, 'quotient', [a, b]).dimension,
})

/** Highest of the last `length` values. */
export const highest: Windowed = windowed(extrema.highest, 'same')
/** Lowest of the last `length` values. */
export const lowest: Windowed = windowed(extrema.lowest, 'same')
/** Bars since the highest of the last `length` values. */
export const highestAge: Windowed = windowed(extrema.highestAge, 'free')
/** Bars since the lowest of the last `length` values. */
export const lowestAge: Windowed = windowed(extrema.lowestAge, 'free')

/** The value `bars` earlier. */
export const lag: Windowed = windowed(memory.lag, 'same')
/** x minus the value `bars` earlier. */
export const diff = (x: Operand, bars = 1): Expression => sub(x, lag(x, bars))
/** x minus the value before, 0 on the first bar. */
export const change: Unary = unary(memory.change, 'same')
/** True range of (high, low, close). */
export const trueRange = (high: Operand, low: Operand, close: Operand): Expression =>
  apply(memory.trueRange, 'same', [high, low, close])
/** Wilder's +DM of (high, low): the rise of the high where it exceeds the fall of the low. */
export const upMovement: Binary = binary(directional.upMovement, 'same')
/** Wilder's -DM of (high, low): the fall of the low where it exceeds the rise of the high. */
export const downMovement: Binary = binary(directional.downMovement, 'same')
/** Bars in a row on which the flag is set. */
export const runLength: Unary = unary(memory.runLength, 'plain')
/** Bars in a row on which the flag is set, counted up to `most`. */
export const cappedRun = (flag: Operand, most: number): Expression => apply(memory.cappedRun, 'plain', [flag], [most])
/** Number of bars since x began. */
export const barNumber: Unary = unary(memory.barNumber, 'free')
/** Parabolic stop and reverse of (high, low, close). */
export const psar = (high: Operand, low: Operand, close: Operand): Expression =>
  apply(stop.psar, 'same', [high, low, close])

/** Quantile of the last `length` values. */
export const quantile = (x: Operand, length: number, share: number): Expression =>
  apply(order.quantile, 'same', [x], [length, share])
/** Mean of those of the last `length` values up to the quantile. */
export const tailMean = (x: Operand, length: number, share: number): Expression =>
  apply(order.tailMean, 'same', [x], [length, share])
/** Share of the last `length` values below the present one. */
export const rank: Windowed = windowed(order.rank, 'free')
/** Hurst exponent of the last `length` values, lags 2 to `longest`. */
export const hurst = (x: Operand, length: number, longest: number): Expression =>
  apply(fractal.hurst, 'free', [x], [length, longest])
/** Slope of ln curve length on ln step, steps 1 to `widest`. */
export const curveSlope = (x: Operand, length: number, widest: number): Expression =>
  apply(curves.curveSlope, 'free', [x], [length, widest])
/** Higuchi's fractal dimension of the last `length` values, steps 1 to `widest`. */
export const higuchi = (x: Operand, length: number, widest: number): Expression =>
  apply(curves.higuchi, 'free', [x], [length, widest])
/** Entropy of the last `length` values in `bins` bins. */
export const entropy = (x: Operand, length: number, bins: number): Expression =>
  apply(histogram.entropy, 'free', [x], [length, bins])

/** A volume profile of the last `length` typical prices, read at the close. */
type Profile = (length: number, bins: number) => Expression
const profiled =
  (kernel: Kernel): Profile =>
  (length, bins) => {
    const price = div(add(add(high, low), close), 3)
    return apply(kernel, 'free', [price, volume, close, lowest(low, length), highest(high, length)], [length, bins])
  }
/** Close minus the middle of the price bin with most volume, as a share of the range. */
export const controlDistance: Profile = profiled(profile.controlDistance)
/** Share of the volume in the price bin with most. */
export const controlShare: Profile = profiled(profile.controlShare)
/** Place of the close in the value area. */
export const valuePlace: Profile = profiled(profile.valuePlace)
/** Width of the value area as a share of the range. */
export const valueWidth: Profile = profiled(profile.valueWidth)
/** Share of the volume above the close. */
export const shareAbove: Profile = profiled(profile.shareAbove)

/** Minute of the day of a time. */
export const minuteOfDay: Unary = unary(calendar.minuteOfDay, 'plain')
/** Day of the week of a time, 0 = Monday. */
export const dayOfWeek: Unary = unary(calendar.dayOfWeek, 'plain')
/** Day of the month of a time, from 1. */
export const dayOfMonth: Unary = unary(calendar.dayOfMonth, 'plain')
/** Month of a time, from 1. */
export const month: Unary = unary(calendar.month, 'plain')
