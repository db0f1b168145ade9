/** The kernels that a single bar runs without a call, by their numbers. */
import { abs, add, div, max, min, mul, neg, ratio, sub } from '../numeric/arithmetic.ts'
import { and, ge, gt, le, lt, or, select } from '../numeric/comparison.ts'
import { sign } from '../numeric/elementary.ts'
import * as fused from '../numeric/fused-arithmetic.ts'
import * as recursive from '../numeric/fused-recursive.ts'
import type { Kernel } from '../numeric/kernel.ts'
import { change, lag } from '../numeric/memory.ts'
import { ema, wilder, wilderMean, wilderSum } from '../numeric/smoothing.ts'
import { cumulative } from '../numeric/window.ts'

/** A kernel's number is its place; place 0 stands for all others. */
const inlined: readonly (Kernel | undefined)[] = [
  undefined,
  add,
  sub,
  mul,
  div,
  ratio,
  min,
  max,
  neg,
  abs,
  gt,
  lt,
  ge,
  le,
  and,
  or,
  select,
  sign,
  fused.scaledRatio,
  fused.scaledShare,
  fused.scaledPlace,
  fused.scaledContrast,
  fused.distanceRatio,
  fused.scaledQuotient,
  fused.scaledDistance,
  fused.dividedSum,
  fused.addScaled,
  fused.subScaled,
  ema,
  wilder,
  wilderMean,
  wilderSum,
  recursive.wilderGain,
  recursive.wilderLoss,
  change,
  lag,
  cumulative,
  recursive.signedTotal,
  recursive.directedFlow,
]

/** The number by which SingleBar knows a kernel. */
export function inlinedCode(kernel: Kernel): number {
  return Math.max(inlined.indexOf(kernel), 0)
}
