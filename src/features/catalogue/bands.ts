/** Bollinger, Keltner and Donchian bands over several windows, free of price level. */
import { defineIndicator, type Feature } from '../define.ts'
import {
  close,
  div,
  ema,
  type Expression,
  gt,
  high,
  highest,
  lag,
  log,
  low,
  lowest,
  lt,
  mean,
  mul,
  rank,
  ratio,
  std0,
  sub,
} from '../expr.ts'
import { atr, bounded } from './quantities.ts'

const rangeOf = (length: number): Expression => div(sub(highest(high, length), lowest(low, length)), close)

const bollinger = defineIndicator({
  id: 'bollinger',
  title: 'Bollinger bands',
  family: 'volatility',
  unit: 'ratio',
  source: 'Bollinger 2001',
  doc: 'score: close minus the mean in deviations (0 in a flat window); width: four deviations over the mean.',
  sweep: { length: [10, 30, 45, 60, 120] },
  formula({ length }) {
    const middle = mean(close, length)
    return {
      score: bounded(sub(close, middle), std0(close, length), 0, 20),
      width: div(mul(4, std0(close, length)), middle),
    }
  },
})

const percentile = defineIndicator({
  id: 'band_width_rank',
  title: 'Rank of the band width',
  family: 'volatility',
  unit: 'ratio',
  range: [0, 1],
  source: 'Bollinger 2001',
  doc: 'share of the window in which the bands 20/2 were narrower; 0.5 without movement.',
  sweep: { length: [120] },
  formula: ({ length }) => rank(div(std0(close, 20), mean(close, 20)), length),
})

const keltner = defineIndicator({
  id: 'keltner',
  title: 'Keltner channel with ATR',
  family: 'volatility',
  unit: 'ratio',
  source: 'Keltner 1960 in the form of Raschke',
  doc: 'score: close minus EMA in ATR, within 20 (0 without movement); width: four ATR over the EMA.',
  sweep: { length: [10, 20, 45] },
  formula: ({ length }) => ({
    score: bounded(sub(close, ema(close, length)), atr(length), 0, 20),
    width: div(mul(4, atr(length)), ema(close, length)),
  }),
})

const donchian = defineIndicator({
  id: 'donchian_width',
  title: 'Donchian channel',
  family: 'volatility',
  unit: 'ratio',
  source: 'Donchian 1960',
  doc: 'range of the window as a share of the close.',
  sweep: { length: [10, 20, 45, 120] },
  formula: ({ length }) => rangeOf(length),
})

const expansion = defineIndicator({
  id: 'range_expansion',
  title: 'Expansion of the range',
  family: 'volatility',
  unit: 'log',
  source: 'Donchian 1960',
  doc: 'log of the range, as a share of the close, over that of one window before; 0 where either is flat.',
  sweep: { length: [20, 60] },
  formula({ length }) {
    const before = lag(rangeOf(length), length)
    const growth = ratio(rangeOf(length), before, 1)
    return log(ratio(growth, gt(growth, 0), 1))
  },
})

const breakouts = defineIndicator({
  id: 'breakout',
  title: 'Breakout',
  family: 'volatility',
  unit: 'flag',
  range: [-1, 1],
  source: 'Donchian 1960',
  doc: '1 where the close is above the range of the bars before, -1 where it is below, else 0.',
  sweep: { length: [45, 96] },
  formula: ({ length }) => sub(gt(close, lag(highest(high, length), 1)), lt(close, lag(lowest(low, length), 1))),
})

/** Features of bands; their family is volatility. */
export const bands: readonly Feature[] = [
  ...bollinger,
  ...percentile,
  ...keltner,
  ...donchian,
  ...expansion,
  ...breakouts,
]
