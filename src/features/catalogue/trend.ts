/** Where the price is going: directional movement, stops, clouds. */
import { defineFamily, type Feature } from '../define.ts'
import {
  add,
  and,
  clip,
  close,
  diff,
  div,
  type Expression,
  gt,
  high,
  highest,
  highestAge,
  lag,
  low,
  lowest,
  lowestAge,
  lt,
  mean,
  mul,
  psar,
  ratio,
  select,
  sub,
} from '../expr.ts'
import { atr, atrShare, bandWidth, bounded, directional, efficiency } from './quantities.ts'

const { plus, minus, adx } = directional(14)
const stop = psar(high, low, close)
const middleOf = (length: number): Expression => div(add(highest(high, length), lowest(low, length)), 2)
const conversion = middleOf(9)
const base = middleOf(26)
const spanA = div(add(conversion, base), 2)
const spanB = middleOf(52)
const aroon = (age: Expression, length: number): Expression => div(mul(100, sub(length, age)), length)
const slow = mean(close, 4)
const slower = mean(close, 16)
const trend1h = mul(100, clip(div(diff(slow, 4), lag(slow, 4)), -0.1, 0.1))
const trend4h = mul(100, clip(div(diff(slower, 16), lag(slower, 16)), -0.2, 0.2))
const steps = (compare: typeof gt, x: Expression): Expression =>
  and(compare(x, lag(x, 4)), compare(lag(x, 4), lag(x, 8)))

/** Trend features of the reference. */
export const trend: readonly Feature[] = defineFamily('trend', [
  {
    id: 'adx',
    doc: 'Average directional index 14; 0 without movement.',
    unit: 'percent',
    range: [0, 100],
    formula: adx,
  },
  { id: 'adx_pos', doc: 'Directional indicator +DI 14; 0 without movement.', unit: 'percent', formula: plus },
  { id: 'adx_neg', doc: 'Directional indicator -DI 14; 0 without movement.', unit: 'percent', formula: minus },
  {
    id: 'adxr',
    doc: 'Mean of 14 ADX values; 0 without movement.',
    unit: 'percent',
    range: [0, 100],
    formula: mean(adx, 14),
  },
  {
    id: 'market_regime',
    doc: '1 in a rising trend (ADX above 25, +DI above -DI), -1 in a falling one, else 0.',
    unit: 'flag',
    range: [-1, 1],
    formula: mul(gt(adx, 25), sub(gt(plus, minus), gt(minus, plus))),
  },
  { id: 'psar', doc: 'Parabolic stop and reverse.', unit: 'price', formula: stop },
  {
    id: 'psar_trend',
    doc: '1 where the close is above the parabolic stop.',
    unit: 'flag',
    range: [0, 1],
    formula: gt(close, stop),
  },
  {
    id: 'psar_distance',
    doc: 'Close minus parabolic stop, as a share of the close.',
    unit: 'ratio',
    formula: div(sub(close, stop), close),
  },
  {
    id: 'psar_distance_normalized',
    doc: 'Close minus parabolic stop in ATR; 0 without movement.',
    unit: 'ratio',
    formula: ratio(sub(close, stop), atr(14), 0),
  },
  { id: 'ichimoku_conversion', doc: 'Middle of the range of 9 bars.', unit: 'price', formula: conversion },
  { id: 'ichimoku_base', doc: 'Middle of the range of 26 bars.', unit: 'price', formula: base },
  { id: 'ichimoku_span_a', doc: 'Mean of conversion and base line, not displaced.', unit: 'price', formula: spanA },
  { id: 'ichimoku_span_b', doc: 'Middle of the range of 52 bars, not displaced.', unit: 'price', formula: spanB },
  {
    id: 'ichimoku_cloud_thickness',
    doc: 'Span A minus span B as a share of the close.',
    unit: 'ratio',
    formula: div(sub(spanA, spanB), close),
  },
  {
    id: 'price_vs_cloud',
    doc: 'Close minus the middle of the cloud as a share of the close.',
    unit: 'ratio',
    formula: div(sub(close, div(add(spanA, spanB), 2)), close),
  },
  {
    id: 'aroon_up',
    doc: 'How recent the high of 26 bars is.',
    unit: 'percent',
    range: [0, 100],
    formula: aroon(highestAge(high, 26), 25),
  },
  {
    id: 'aroon_down',
    doc: 'How recent the low of 26 bars is.',
    unit: 'percent',
    range: [0, 100],
    formula: aroon(lowestAge(low, 26), 25),
  },
  {
    id: 'aroon_oscillator',
    doc: 'Aroon up minus Aroon down.',
    unit: 'percent',
    range: [-100, 100],
    formula: sub(aroon(highestAge(high, 26), 25), aroon(lowestAge(low, 26), 25)),
  },
  {
    id: 'trend_1h',
    doc: 'Change of the mean of 4 closes over 4 bars in percent, within 10.',
    unit: 'percent',
    range: [-10, 10],
    formula: trend1h,
  },
  {
    id: 'trend_1h_strength',
    doc: 'trend_1h in mean ATR of 4 bars, within 10; 0 without movement.',
    unit: 'ratio',
    range: [-10, 10],
    formula: bounded(trend1h, mul(100, mean(atrShare, 4)), 0, 10),
  },
  {
    id: 'trend_4h',
    doc: 'Change of the mean of 16 closes over 16 bars in percent, within 20.',
    unit: 'percent',
    range: [-20, 20],
    formula: trend4h,
  },
  {
    id: 'trend_4h_strength',
    doc: 'trend_4h in mean ATR of 16 bars, within 10; 0 without movement.',
    unit: 'ratio',
    range: [-10, 10],
    formula: bounded(trend4h, mul(100, mean(atrShare, 16)), 0, 10),
  },
  {
    id: 'uptrend_structure',
    doc: '1 where highs and lows rise over three points 4 bars apart.',
    unit: 'flag',
    range: [0, 1],
    formula: and(steps(gt, high), steps(gt, low)),
  },
  {
    id: 'downtrend_structure',
    doc: '1 where highs and lows fall over three points 4 bars apart.',
    unit: 'flag',
    range: [0, 1],
    formula: and(steps(lt, high), steps(lt, low)),
  },
  {
    id: 'efficiency_ratio',
    doc: 'Distance travelled over 20 bars as a share of the way; 0 without movement.',
    unit: 'ratio',
    range: [0, 1],
    formula: efficiency(20),
  },
  {
    id: 'trend_quality',
    doc: 'ADX share, signed by the side of the mean of 50, times how narrow the bands are; 0 without movement.',
    unit: 'ratio',
    range: [-1, 1],
    formula: mul(
      mul(div(adx, 100), select(gt(close, mean(close, 50)), 1, -1)),
      sub(1, ratio(bandWidth, highest(bandWidth, 50), 1)),
    ),
  },
])
