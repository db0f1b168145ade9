/** Scores of the reference's list of 240 that no code of it computes: defined here, looking backwards only. */
import { defineFamily, type Feature } from '../define.ts'
import {
  abs,
  add,
  cappedRun,
  clip,
  close,
  diff,
  div,
  ema,
  and,
  type Expression,
  gt,
  high,
  highest,
  low,
  lowest,
  lt,
  mean,
  min,
  mul,
  ratio,
  select,
  sign,
  sub,
  sum,
  volume,
} from '../expr.ts'
import {
  atr,
  bands,
  bounded,
  divergence,
  donchianBreakout,
  efficiency,
  macd,
  placeInRange,
  rsi,
  zScore,
} from './quantities.ts'
import { consensus, longVotes, meantLongVotes, meantShortVotes, shortVotes, signalStrength } from './votes.ts'

const source = 'reference list of 240, own definition'
const byRsi = divergence(rsi(14))
const byMacd = divergence(div(mul(100, macd(12, 26)), close))
const band = bands(20, 2)
const reach = mul(1.5, atr(14))
const squeezed = and(lt(band.high, add(ema(close, 20), reach)), gt(band.low, sub(ema(close, 20), reach)))
const middle = mean(close, 20)
const room = sub(highest(high, 50), close)
const volumeShare = bounded(volume, mean(volume, 20), 1, 1000)
const flow = mul(volume, sign(diff(close)))
const flag: { unit: 'flag'; range: readonly [number, number] } = { unit: 'flag', range: [0, 1] }
const share: { unit: 'ratio'; range: readonly [number, number] } = { unit: 'ratio', range: [0, 1] }
const run = (condition: Expression): Expression => cappedRun(condition, 96)

/** Heuristic features. */
export const heuristics: readonly Feature[] = defineFamily('signal', [
  {
    id: 'rsi_divergence_bullish',
    doc: 'The same as bullish_divergence_rsi.',
    ...flag,
    source,
    formula: byRsi.bullish,
  },
  {
    id: 'rsi_divergence_bearish',
    doc: 'The same as bearish_divergence_rsi.',
    ...flag,
    source,
    formula: byRsi.bearish,
  },
  {
    id: 'bb_squeeze',
    doc: '1 where the Bollinger bands 20/2 lie within 1.5 ATR of EMA 20.',
    ...flag,
    source: 'Carter 2005 (TTM squeeze)',
    formula: squeezed,
  },
  {
    id: 'bb_squeeze_duration',
    doc: 'Bars in a row with bb_squeeze, at most 96.',
    unit: 'count',
    range: [0, 96],
    source,
    formula: run(squeezed),
  },
  {
    id: 'order_flow_imbalance',
    doc: 'Volume signed by the change of the close over volume, 10 bars; 0 without volume; the same as ofi_10.',
    unit: 'ratio',
    source,
    formula: ratio(sum(flow, 10), sum(volume, 10), 0),
  },
  {
    id: 'rally_strength',
    doc: 'Close above the lowest of 20 bars in ATR, at most 20; 0 without movement.',
    unit: 'ratio',
    range: [0, 20],
    source,
    formula: clip(ratio(sub(close, lowest(low, 20)), atr(14), 0), 0, 20),
  },
  {
    id: 'rally_duration',
    doc: 'Bars in a row above (positive) or below (negative) the mean of 20 closes, at most 96; 0 on the mean.',
    unit: 'count',
    range: [-96, 96],
    source,
    formula: sub(run(gt(close, middle)), run(lt(close, middle))),
  },
  {
    id: 'signal_consistency',
    doc: 'Distance of the two vote counts over six; 0 where they are equal.',
    ...share,
    source,
    formula: div(abs(sub(longVotes, shortVotes)), 6),
  },
  {
    id: 'divergence_count',
    doc: 'How many of the four divergence flags of RSI and MACD are set.',
    unit: 'count',
    range: [0, 4],
    source,
    formula: add(add(add(byRsi.bearish, byRsi.bullish), byMacd.bearish), byMacd.bullish),
  },
  {
    id: 'confirmation_score',
    doc: 'Larger share of votes times half the relative volume (at most 2; 1 without volume).',
    ...share,
    source,
    formula: div(mul(consensus, min(volumeShare, 2)), 2),
  },
  {
    id: 'entry_quality',
    doc: 'Weighted sum of signal_strength, larger share of votes and efficiency_ratio; 0.1 at rest without votes.',
    ...share,
    source,
    formula: clip(add(add(mul(0.4, signalStrength), mul(0.4, consensus)), mul(0.2, efficiency(20))), 0, 1),
  },
  {
    id: 'risk_reward_ratio',
    doc: 'Distance to the high of 50 bars over that to the low, at most 10; 10 at the low, 1 in a flat window.',
    unit: 'ratio',
    range: [0, 10],
    source,
    formula: clip(ratio(room, sub(close, lowest(low, 50)), select(gt(room, 0), 10, 1)), 0, 10),
  },
  {
    id: 'breakout_probability',
    doc: 'Share of 96 bars that left the range of the 20 before.',
    ...share,
    source,
    formula: mean(donchianBreakout, 96),
  },
  {
    id: 'mean_reversion_score',
    doc: 'Minus z_score within 5, times 1 minus efficiency_ratio; 0 in a flat window.',
    unit: 'ratio',
    range: [-5, 5],
    source,
    formula: mul(sub(0, clip(zScore, -5, 5)), sub(1, efficiency(20))),
  },
  {
    id: 'sr_ratio',
    doc: 'Place of the close in the range of 50 bars; 0.5 in a flat window; the same as position_in_range_50.',
    ...share,
    source,
    formula: clip(placeInRange(50), -1, 1),
  },
  {
    id: 'votes_long',
    doc: 'Share of six indicators that vote long, with the order of the means of 20 and 50 the right way round.',
    ...share,
    source: 'reference, corrected',
    formula: div(meantLongVotes, 6),
  },
  {
    id: 'votes_short',
    doc: 'Share of six indicators that vote short, with the order of the means of 20 and 50 the right way round.',
    ...share,
    source: 'reference, corrected',
    formula: div(meantShortVotes, 6),
  },
  {
    id: 'votes_balance',
    doc: 'votes_long minus votes_short; 0 where they are equal.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'reference, corrected',
    formula: div(sub(meantLongVotes, meantShortVotes), 6),
  },
  {
    id: 'divergence_balance',
    doc: 'Bullish minus bearish divergence flags of RSI and MACD; 0 without divergence.',
    unit: 'count',
    range: [-2, 2],
    source,
    formula: sub(add(byRsi.bullish, byMacd.bullish), add(byRsi.bearish, byMacd.bearish)),
  },
])
