/** Where the price lies between bands, channels and extremes. */
import { defineFamily, type Feature, type FeatureDefinition } from '../define.ts'
import {
  abs,
  add,
  clip,
  close,
  div,
  type Expression,
  gt,
  high,
  highest,
  low,
  lowest,
  lt,
  mean,
  mul,
  ratio,
  runLength,
  sub,
} from '../expr.ts'
import { bandPlace, bands, bandWidth, donchianBreakout, placeInRange, squeeze, typical, zScore } from './quantities.ts'

const band = bands(20, 2)
const keltner = (highs: number, lows: number): Expression =>
  mean(div(add(add(mul(highs, high), mul(lows, low)), close), 3), 20)
const upper = keltner(4, -2)
const lower = keltner(-2, 4)
const top = highest(high, 20)
const bottom = lowest(low, 20)
const dayTop = highest(high, 96)
const dayBottom = lowest(low, 96)
const dayPlace = clip(placeInRange(96), -1, 1)
const levels = [20, 50, 100].flatMap((length): FeatureDefinition[] => [
  { id: `local_high_${length}`, doc: `Highest of ${length} bars.`, unit: 'price', formula: highest(high, length) },
  { id: `local_low_${length}`, doc: `Lowest of ${length} bars.`, unit: 'price', formula: lowest(low, length) },
  {
    id: `distance_from_high_${length}`,
    doc: `Close minus the highest of ${length} bars, as a share of the close.`,
    unit: 'ratio',
    formula: div(sub(close, highest(high, length)), close),
  },
  {
    id: `distance_from_low_${length}`,
    doc: `Close minus the lowest of ${length} bars, as a share of the close.`,
    unit: 'ratio',
    formula: div(sub(close, lowest(low, length)), close),
  },
  {
    id: `position_in_range_${length}`,
    doc: `Place of the close in the range of ${length} bars; 0.5 in a flat window.`,
    unit: 'ratio',
    range: [0, 1],
    formula: clip(placeInRange(length), -1, 1),
  },
])

/** Channel features; their family is volatility. */
export const channels: readonly Feature[] = defineFamily('volatility', [
  { id: 'bb_high', doc: 'Upper Bollinger band 20/2.', unit: 'price', formula: band.high },
  { id: 'bb_low', doc: 'Lower Bollinger band 20/2.', unit: 'price', formula: band.low },
  { id: 'bb_upper', doc: 'The same as bb_high.', unit: 'price', formula: band.high },
  { id: 'bb_lower', doc: 'The same as bb_low.', unit: 'price', formula: band.low },
  { id: 'bb_middle', doc: 'Middle Bollinger band; the same as sma_20.', unit: 'price', formula: band.middle },
  {
    id: 'bb_width',
    doc: 'Distance of the bands as a share of the close, at most 0.5.',
    unit: 'ratio',
    range: [0, 0.5],
    formula: bandWidth,
  },
  {
    id: 'bb_position',
    doc: 'Place of the close between the bands; 0.5 where they meet.',
    unit: 'ratio',
    range: [0, 1],
    formula: clip(bandPlace, 0, 1),
  },
  {
    id: 'bb_breakout_upper',
    doc: '1 where the close is above the bands.',
    unit: 'flag',
    range: [0, 1],
    formula: gt(bandPlace, 1),
  },
  {
    id: 'bb_breakout_lower',
    doc: '1 where the close is below the bands.',
    unit: 'flag',
    range: [0, 1],
    formula: lt(bandPlace, 0),
  },
  {
    id: 'bb_breakout_strength',
    doc: 'Distance of the close from the middle in half widths; 0 where the bands meet.',
    unit: 'ratio',
    range: [0, 5],
    formula: mul(2, abs(sub(bandPlace, 0.5))),
  },
  { id: 'keltner_upper', doc: 'Mean of 20 (4 high - 2 low + close) / 3.', unit: 'price', formula: upper },
  { id: 'keltner_middle', doc: 'Mean of 20 typical prices.', unit: 'price', formula: mean(typical, 20) },
  { id: 'keltner_lower', doc: 'Mean of 20 (4 low - 2 high + close) / 3.', unit: 'price', formula: lower },
  {
    id: 'keltner_position',
    doc: 'Place of the close between the Keltner lines, not clipped; 0.5 where they meet.',
    unit: 'ratio',
    formula: ratio(sub(close, lower), sub(upper, lower), 0.5),
  },
  { id: 'donchian_upper', doc: 'Highest of 20 bars.', unit: 'price', formula: top },
  {
    id: 'donchian_middle',
    doc: 'Middle of the range of 20 bars.',
    unit: 'price',
    formula: add(div(sub(top, bottom), 2), bottom),
  },
  { id: 'donchian_lower', doc: 'Lowest of 20 bars.', unit: 'price', formula: bottom },
  {
    id: 'donchian_breakout',
    doc: '1 where the close leaves the range of the 20 bars before.',
    unit: 'flag',
    range: [0, 1],
    formula: donchianBreakout,
  },
  ...levels,
  { id: 'support_level', doc: 'The same as local_low_50.', unit: 'price', formula: lowest(low, 50) },
  { id: 'resistance_level', doc: 'The same as local_high_50.', unit: 'price', formula: highest(high, 50) },
  {
    id: 'volatility_squeeze',
    doc: '1 where the Bollinger bands are narrower than 4 ATR.',
    unit: 'flag',
    range: [0, 1],
    formula: squeeze,
  },
  {
    id: 'volatility_squeeze_duration',
    doc: 'Bars in a row with a squeeze.',
    unit: 'count',
    formula: runLength(squeeze),
  },
  { id: 'daily_high', doc: 'Highest of 96 bars.', unit: 'price', formula: dayTop },
  { id: 'daily_low', doc: 'Lowest of 96 bars.', unit: 'price', formula: dayBottom },
  {
    id: 'daily_range',
    doc: 'Range of 96 bars as a share of the close, at most 0.5.',
    unit: 'ratio',
    range: [0, 0.5],
    formula: clip(div(sub(dayTop, dayBottom), close), -0.5, 0.5),
  },
  {
    id: 'position_in_daily_range',
    doc: 'Place of the close in the range of 96 bars; 0.5 in a flat window.',
    unit: 'ratio',
    range: [0, 1],
    formula: dayPlace,
  },
  {
    id: 'near_daily_high',
    doc: '1 where the close is in the highest tenth of 96 bars.',
    unit: 'flag',
    range: [0, 1],
    formula: gt(dayPlace, 0.9),
  },
  {
    id: 'near_daily_low',
    doc: '1 where the close is in the lowest tenth of 96 bars.',
    unit: 'flag',
    range: [0, 1],
    formula: lt(dayPlace, 0.1),
  },
  {
    id: 'z_score',
    doc: 'Close minus its mean of 20 in deviations, within 10; 0 in a flat window.',
    unit: 'ratio',
    range: [-10, 10],
    source: 'standard',
    formula: zScore,
  },
])
