/** What a bar or a few bars look like. */
import { defineFamily, type Feature } from '../define.ts'
import {
  abs,
  add,
  and,
  close,
  div,
  ge,
  gt,
  high,
  lag,
  le,
  low,
  lt,
  max,
  mean,
  min,
  mul,
  open,
  ratio,
  runLength,
  sub,
} from '../expr.ts'
import { barRange, body, typical } from './quantities.ts'

const size = abs(body)
const upperShadow = sub(high, max(open, close))
const lowerShadow = sub(min(open, close), low)
const rising = gt(close, open)
const falling = lt(close, open)
const resistance = sub(mul(2, typical), low)
const support = sub(mul(2, typical), high)
const small = le(lag(size, 1), mul(0.3, lag(size, 2)))
const halfway = div(add(lag(open, 2), lag(close, 2)), 2)

const engulfs = (up: boolean): ReturnType<typeof and> =>
  up
    ? and(lt(lag(close, 1), lag(open, 1)), rising, le(open, lag(close, 1)), ge(close, lag(open, 1)))
    : and(gt(lag(close, 1), lag(open, 1)), falling, ge(open, lag(close, 1)), le(close, lag(open, 1)))

/** Two steps of a march: closes go on, and each bar opens inside the body before it. */
const marches = (up: boolean): ReturnType<typeof and> => {
  const step = up
    ? and(rising, gt(close, lag(close, 1)), ge(open, lag(open, 1)), le(open, lag(close, 1)))
    : and(falling, lt(close, lag(close, 1)), le(open, lag(open, 1)), ge(open, lag(close, 1)))
  return and(step, lag(step, 1), lag(up ? rising : falling, 2))
}

/** Candle-shape features. */
export const candleShape: readonly Feature[] = defineFamily('candle-shape', [
  { id: 'high_low_ratio', doc: 'High over low.', unit: 'ratio', formula: div(high, low) },
  { id: 'close_open_ratio', doc: 'Close over open.', unit: 'ratio', formula: div(close, open) },
  {
    id: 'close_position',
    doc: 'Place of the close in the bar; 0.5 in a flat one.',
    unit: 'ratio',
    range: [0, 1],
    formula: ratio(sub(close, low), barRange, 0.5),
  },
  { id: 'pivot', doc: 'Typical price of the bar.', unit: 'price', formula: typical },
  { id: 'resistance1', doc: 'Twice the pivot minus the low.', unit: 'price', formula: resistance },
  { id: 'support1', doc: 'Twice the pivot minus the high.', unit: 'price', formula: support },
  { id: 'resistance2', doc: 'Pivot plus the range.', unit: 'price', formula: add(typical, barRange) },
  { id: 'support2', doc: 'Pivot minus the range.', unit: 'price', formula: sub(typical, barRange) },
  {
    id: 'dist_to_resistance1',
    doc: 'First resistance minus close, as a share of the close.',
    unit: 'ratio',
    formula: div(sub(resistance, close), close),
  },
  {
    id: 'dist_to_support1',
    doc: 'Close minus first support, as a share of the close.',
    unit: 'ratio',
    formula: div(sub(close, support), close),
  },
  {
    id: 'body_ratio',
    doc: 'Body over range; 0 in a flat bar.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: ratio(body, barRange, 0),
  },
  {
    id: 'upper_shadow_ratio',
    doc: 'Upper shadow over range; 0 in a flat bar.',
    unit: 'ratio',
    range: [0, 1],
    source: 'standard',
    formula: ratio(upperShadow, barRange, 0),
  },
  {
    id: 'lower_shadow_ratio',
    doc: 'Lower shadow over range; 0 in a flat bar.',
    unit: 'ratio',
    range: [0, 1],
    source: 'standard',
    formula: ratio(lowerShadow, barRange, 0),
  },
  {
    id: 'gap_ratio',
    doc: 'Open over the close before.',
    unit: 'ratio',
    source: 'standard',
    formula: div(open, lag(close, 1)),
  },
  {
    id: 'relative_range_20',
    doc: 'Range over its mean of 20; 1 where all are flat.',
    unit: 'ratio',
    source: 'standard',
    formula: ratio(barRange, mean(barRange, 20), 1),
  },
  {
    id: 'shadow_balance_20',
    doc: 'Mean lower minus mean upper shadow of 20 bars over their mean range; 0 where all are flat.',
    unit: 'ratio',
    source: 'standard',
    formula: ratio(sub(mean(lowerShadow, 20), mean(upperShadow, 20)), mean(barRange, 20), 0),
  },
  {
    id: 'rising_run',
    doc: 'Bars in a row that closed above their open.',
    unit: 'count',
    source: 'standard',
    formula: runLength(rising),
  },
  {
    id: 'falling_run',
    doc: 'Bars in a row that closed below their open.',
    unit: 'count',
    source: 'standard',
    formula: runLength(falling),
  },
  {
    id: 'rising_share_20',
    doc: 'Share of 20 bars that closed above their open.',
    unit: 'ratio',
    range: [0, 1],
    source: 'standard',
    formula: mean(rising, 20),
  },
  {
    id: 'doji_pattern',
    doc: '1 where the body is at most a tenth of the range.',
    unit: 'flag',
    range: [0, 1],
    source: 'standard',
    formula: and(gt(barRange, 0), le(size, mul(0.1, barRange))),
  },
  {
    id: 'hammer_pattern',
    doc: '1 where the lower shadow is at least two bodies and the upper at most half a body.',
    unit: 'flag',
    range: [0, 1],
    source: 'standard',
    formula: and(gt(size, 0), ge(lowerShadow, mul(2, size)), le(upperShadow, mul(0.5, size))),
  },
  {
    id: 'engulfing_pattern',
    doc: '1 where a rising body covers a falling one, -1 mirrored, else 0.',
    unit: 'flag',
    range: [-1, 1],
    source: 'standard',
    formula: sub(engulfs(true), engulfs(false)),
  },
  {
    id: 'morning_star',
    doc: '1 where a fall, a small body and a rise above its middle follow one another.',
    unit: 'flag',
    range: [0, 1],
    source: 'standard',
    formula: and(lag(falling, 2), small, rising, gt(close, halfway)),
  },
  {
    id: 'evening_star',
    doc: '1 where a rise, a small body and a fall below its middle follow one another.',
    unit: 'flag',
    range: [0, 1],
    source: 'standard',
    formula: and(lag(rising, 2), small, falling, lt(close, halfway)),
  },
  {
    id: 'three_soldiers',
    doc: '1 for three rising bars that each open in the body before, -1 mirrored, else 0.',
    unit: 'flag',
    range: [-1, 1],
    source: 'standard',
    formula: sub(marches(true), marches(false)),
  },
])
