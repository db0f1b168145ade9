/** A chain of kernels that runs as one gives the bits of its links. */
import { describe, expect, it } from 'vitest'
import type { Expression } from '../../../src/features/expr.ts'
import {
  abs,
  add,
  close,
  cumulative,
  diff,
  div,
  downMovement,
  ema,
  high,
  lag,
  low,
  max,
  mean,
  min,
  mul,
  neg,
  open,
  ratio,
  sign,
  sub,
  sum,
  trueRange,
  upMovement,
  volume,
  wilder,
  wilderMean,
  wilderSum,
} from '../../../src/features/expr.ts'
import { columns } from '../../../src/features/expression.ts'
import { Machine } from '../../../src/features/machine.ts'
import { freshState, planOf } from '../../../src/features/plan.ts'
import { runKernel } from '../numeric/run-kernel.ts'
import { columnsOf, firstDifference, hardSeries } from './candles.ts'

const length = 300
const before = lag(close, 1)
const move = sub(close, open)
const gain = max(move, 0)
const loss = max(neg(move), 0)
const typical = div(add(add(high, low), close), 3)
const flow = mul(mul(typical, volume), sign(diff(typical)))

const chains: Readonly<Record<string, Expression>> = {
  scaledRatio: mul(-100, ratio(close, move, 0.5)),
  scaledShare: mul(100, ratio(gain, add(gain, loss), 0.5)),
  scaledPlace: mul(100, ratio(sub(close, low), move, 0.5)),
  scaledContrast: mul(100, ratio(abs(sub(gain, loss)), add(gain, loss), 0)),
  distanceRatio: ratio(sub(close, low), mul(0.015, move), 0),
  scaledQuotient: div(mul(100, volume), close),
  scaledDistance: div(mul(100, sub(ema(close, 3), open)), close),
  dividedSum: typical,
  addScaled: add(close, mul(2, move)),
  subScaled: sub(close, mul(2, move)),
  wilderGain: wilder(gain, 14),
  wilderLoss: wilder(loss, 14),
  sumGain: sum(gain, 14),
  sumLoss: sum(loss, 14),
  upSum: wilderSum(upMovement(high, low), 14),
  downSum: wilderSum(downMovement(high, low), 14),
  spanSum: wilderSum(sub(max(high, before), min(low, before)), 14),
  rangeMean: wilderMean(trueRange(high, low, close), 14),
  signedTotal: cumulative(mul(volume, sign(move))),
  directedFlow: flow,
}

/** Every link by itself. */
function unfused(formula: Expression, read: ReadonlyMap<string, number[]>): number[] {
  if (formula.kind === 'number') return Array.from({ length }, () => formula.value)
  if (formula.kind === 'column') return read.get(formula.column)!
  const start = Math.max(0, ...formula.inputs.map((input) => input.silent))
  const inputs = formula.inputs.map((input) => unfused(input, read).slice(start))
  return [...Array<number>(start).fill(NaN), ...runKernel(formula.kernel, inputs, formula.parameters)]
}

/** As a stream computes it, in blocks. */
function fused(formula: Expression, read: ReadonlyMap<string, number[]>, block: number): number[] {
  const plan = planOf([formula])
  const machine = new Machine(plan, block)
  const state = freshState(plan)
  const out: number[] = []
  for (let bar = 0; bar < length; bar += block) {
    const count = Math.min(block, length - bar)
    for (const [k, name] of columns.entries())
      machine.values.set(read.get(name)?.slice(bar, bar + count) ?? [], k * block)
    machine.run(state, bar, count)
    const from = plan.outputs[0]! * block
    out.push(...machine.values.subarray(from, from + count))
  }
  return out
}

describe.each(Object.entries(hardSeries))('on %s', (_name, make) => {
  const series = columnsOf(make(length))
  const read = new Map(columns.map((name) => [name, Array.from(name === 'benchmarkClose' ? [] : series[name])]))

  it.each(Object.entries(chains))('%s', (kernel, formula) => {
    expect(planOf([formula]).steps.map((step) => step.kernel.name)).toContain(kernel)
    const expected = Float64Array.from(unfused(formula, read))
    for (const block of [1, 7, 64])
      expect(firstDifference(Float64Array.from(fused(formula, read, block)), expected), `blocks of ${block}`).toBe(-1)
  })
})

describe('a plan', () => {
  const names = (...formulas: Expression[]): string[] => planOf(formulas).steps.map((step) => step.kernel.name)

  it('runs a chain as one where nobody else reads its links', () => {
    const share = ratio(close, move, 0.5)
    expect(names(mul(100, share))).toEqual(['sub', 'scaledRatio'])
    expect(names(mul(100, share), share)).toEqual(['sub', 'ratio', 'mul'])
  })

  it('keeps links apart that begin at different times', () => {
    const late = mean(volume, 5)
    expect(names(mul(mul(typical, late), sign(diff(typical))))).not.toContain('directedFlow')
    expect(names(mul(mul(typical, late), sign(diff(typical, 2))))).not.toContain('directedFlow')
  })
})
