/** Formulas: their text is their identity, and quantities of different kinds do not mix. */
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { defineFeature, defineIndicator, type FeatureDefinition } from '../../../src/features/define.ts'
import {
  add,
  and,
  close,
  div,
  ema,
  gt,
  hurst,
  high,
  lag,
  log,
  low,
  mean,
  min,
  mul,
  quantile,
  ratio,
  select,
  sqrt,
  std,
  sub,
  unscaled,
  volume,
} from '../../../src/features/expr.ts'
import { planOf } from '../../../src/features/plan.ts'

const refused = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return isCandlewickError(error, 'feature/dimension') ? error.details : error
  }
  return undefined
}

describe('expressions', () => {
  it('are known by their text', () => {
    expect(sub(ema(close, 12), ema(close, 26)).text).toBe('sub(ema(close,12),ema(close,26))')
    expect(ratio(sub(close, low), sub(high, low), 0.5).text).toBe('ratio(sub(close,low),sub(high,low),0.5)')
  })

  it('derive powers of price and volume', () => {
    expect(mul(close, volume).dimension).toEqual({ price: 1, volume: 1, benchmark: 0, tied: false })
    expect(div(high, low).dimension).toEqual({ price: 0, volume: 0, benchmark: 0, tied: false })
    expect(sqrt(mul(close, close)).dimension).toEqual({ price: 1, volume: 0, benchmark: 0, tied: false })
    expect(mean(volume, 5).dimension).toEqual({ price: 0, volume: 1, benchmark: 0, tied: false })
    expect(gt(close, low).dimension).toEqual({ price: 0, volume: 0, benchmark: 0, tied: false })
    expect(log(add(unscaled(volume), 1)).dimension).toEqual({ price: 0, volume: 0, benchmark: 0, tied: true })
  })

  it('refuse to combine different quantities', () => {
    expect(refused(() => add(close, volume))).toEqual({ formula: 'add(close,volume)', left: 'price', right: 'volume' })
    expect(refused(() => min(close, 3))).toMatchObject({ left: 'price', right: 'plain number' })
    expect(refused(() => log(close))).toMatchObject({ left: 'price', right: 'plain number' })
    expect(refused(() => and(gt(close, low), volume))).toMatchObject({ left: 'volume' })
    expect(refused(() => ratio(close, low, close))).toMatchObject({ left: 'plain number', right: 'price' })
    expect(refused(() => select(gt(close, low), close, volume))).toMatchObject({ left: 'price', right: 'volume' })
  })

  it('let zero stand beside every quantity', () => {
    expect(gt(sub(close, low), 0).text).toBe('gt(sub(close,low),0)')
    expect(select(gt(close, low), volume, 0).dimension).toEqual({ price: 0, volume: 1, benchmark: 0, tied: false })
  })

  it('refuse numbers and lengths that are none', () => {
    expect(() => mul(close, NaN)).toThrow(TypeError)
    expect(() => ema(close, 1.5)).toThrow(TypeError)
    expect(() => ema(close, 0)).toThrow(TypeError)
    expect(() => lag(close, 0)).toThrow(TypeError)
    expect(() => std(close, 1)).toThrow(TypeError)
    expect(() => quantile(close, 20, 5)).toThrow(TypeError)
    expect(() => hurst(close, 10, 10)).toThrow(TypeError)
  })

  it('are silent as long as their slowest input and their own lookback', () => {
    expect(close.silent).toBe(0)
    expect(sub(ema(close, 12), lag(ema(close, 26), 3)).silent).toBe(28)
  })
})

describe('plans', () => {
  it('run a common sub-formula once', () => {
    const fast = ema(close, 12)
    const plan = planOf([div(fast, close), sub(fast, ema(close, 26)), div(ema(close, 12), close)])
    expect(plan.steps.map((step) => step.kernel.name)).toEqual(['ema', 'div', 'ema', 'sub'])
    expect(plan.outputs[0]).toBe(plan.outputs[2])
  })

  it('use registers again', () => {
    let formula = close
    for (let k = 1; k < 30; k++) formula = ema(formula, k + 1)
    expect(planOf([formula]).registers).toBe(10)
  })
})

describe('features', () => {
  const definition = (change: Partial<FeatureDefinition>): FeatureDefinition => ({
    id: 'spread',
    doc: 'Range as a share of the close.',
    unit: 'ratio',
    formula: div(sub(high, low), close),
    ...change,
  })

  it('know their warm-up and whether scale matters', () => {
    expect(defineFeature('trend', definition({}))).toMatchObject({ warmup: 1, scaleFree: true, source: 'reference' })
    expect(defineFeature('trend', definition({ unit: 'price', formula: ema(close, 9) }))).toMatchObject({
      warmup: 9,
      scaleFree: false,
    })
  })

  it('refuse a unit that does not follow from the formula', () => {
    expect(refused(() => defineFeature('trend', definition({ unit: 'price' })))).toMatchObject({ right: 'price' })
    const tied = definition({ formula: log(add(unscaled(volume), 1)) })
    expect(refused(() => defineFeature('volume', tied))).toMatchObject({ left: 'plain number tied to units' })
  })

  it('refuse ids that are not snake case', () => {
    expect(() => defineFeature('trend', definition({ id: 'Spread' }))).toThrow(TypeError)
  })

  it('are made by indicators for every combination of parameters', () => {
    const made = defineIndicator({
      id: 'gap',
      title: 'Gap',
      family: 'trend',
      unit: 'price',
      source: 'test',
      doc: 'distance of two means.',
      sweep: { fast: [2, 3], slow: [5] },
      formula({ fast, slow }) {
        const line = sub(mean(close, fast), mean(close, slow))
        return { line, smooth: mean(line, 2) }
      },
    })
    expect(made.map((feature) => [feature.id, feature.formula.text])).toEqual([
      ['gap_2_5', 'sub(mean(close,2),mean(close,5))'],
      ['gap_2_5_smooth', 'mean(sub(mean(close,2),mean(close,5)),2)'],
      ['gap_3_5', 'sub(mean(close,3),mean(close,5))'],
      ['gap_3_5_smooth', 'mean(sub(mean(close,3),mean(close,5)),2)'],
    ])
    expect(made[1]!.doc).toBe('Gap, smooth: distance of two means.')
  })
})
