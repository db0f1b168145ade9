/** How much is traded, and on whose side. */
import { defineFamily, type Feature, type FeatureDefinition } from '../define.ts'
import {
  abs,
  change,
  clip,
  close,
  cumulative,
  diff,
  div,
  ema,
  gt,
  log1p,
  lt,
  mean,
  mul,
  neg,
  or,
  ratio,
  select,
  sign,
  std,
  sub,
  sum,
  turnover,
  unscaled,
  volume,
  weightedHistory,
} from '../expr.ts'
import { bounded, moneyFlow, volumeScore, volumeSpike } from './quantities.ts'

const plainClose = unscaled(close)
const quotient = clip(ratio(unscaled(turnover), unscaled(volume), plainClose), -1000, 1000)
const vwap = select(or(lt(quotient, mul(0.5, plainClose)), gt(quotient, mul(2, plainClose))), plainClose, quotient)
const deviation = clip(div(plainClose, vwap), 0.7, 1.3)

const flow = sum(select(gt(diff(close), 0), volume, neg(volume)), 100)
const obv = mul(sign(unscaled(flow)), log1p(abs(unscaled(flow))))
const obvMean = ema(obv, 20)
const balance = cumulative(select(lt(change(close), 0), neg(volume), volume))

const hours = [4, 8, 12, 24].flatMap((count): FeatureDefinition[] => {
  const bars = 4 * count
  return [
    {
      id: `volume_cumsum_${count}h`,
      doc: `ln(1 + volume of ${bars} bars).`,
      unit: 'unscaled',
      formula: log1p(unscaled(sum(volume, bars))),
    },
    {
      id: `volume_cumsum_${count}h_ratio`,
      doc: `Volume of ${bars} bars over the usual of ${4 * bars}, at most 10; 1 without volume.`,
      unit: 'ratio',
      range: [0, 10],
      formula: bounded(sum(volume, bars), mul(bars, mean(volume, 4 * bars)), 1, 10),
    },
  ]
})

const trends = [
  [5, 20],
  [10, 60],
  [20, 120],
].map(([fast, slow]): FeatureDefinition => ({
  id: `volume_trend_${fast}_${slow}`,
  doc: `Mean volume of ${fast} bars over that of ${slow}; 1 without volume.`,
  unit: 'ratio',
  source: 'standard',
  formula: ratio(mean(volume, fast!), mean(volume, slow!), 1),
}))

/** Volume features. */
export const volumes: readonly Feature[] = defineFamily('volume', [
  {
    id: 'volume_ratio',
    doc: 'Volume over its mean of 20; 1 without volume.',
    unit: 'ratio',
    range: [0, 1000],
    formula: bounded(volume, mean(volume, 20), 1, 1000),
  },
  {
    id: 'turnover_ratio',
    doc: 'Turnover over its mean of 20; 1 without turnover.',
    unit: 'ratio',
    range: [0, 1000],
    formula: bounded(turnover, mean(turnover, 20), 1, 1000),
  },
  {
    id: 'vwap',
    doc: 'Turnover / volume held within 1000, or the close where that is off by half; the close without volume.',
    unit: 'unscaled',
    formula: vwap,
  },
  {
    id: 'close_vwap_ratio',
    doc: 'Close over vwap within 0.7 to 1.3, but 1 where it is off by more than 5 %.',
    unit: 'unscaled',
    range: [0.95, 1.05],
    formula: select(or(lt(deviation, 0.95), gt(deviation, 1.05)), 1, deviation),
  },
  {
    id: 'vwap_extreme_deviation',
    doc: '1 where close over vwap is off by more than 15 %.',
    unit: 'unscaled',
    range: [0, 1],
    formula: or(lt(deviation, 0.85), gt(deviation, 1.15)),
  },
  {
    id: 'accumulation_distribution',
    doc: 'Accumulated money flow since the first bar; it depends on where history starts.',
    unit: 'volume',
    formula: cumulative(moneyFlow),
  },
  {
    id: 'on_balance_volume',
    doc: 'Volume of rising closes minus that of falling ones since the history began; an unchanged close adds nothing.',
    unit: 'volume',
    source: 'Granville 1963',
    formula: cumulative(mul(volume, sign(change(close)))),
  },
  {
    id: 'obv',
    doc: 'Signed ln(1 + |signed volume of 100 bars|); an unchanged close counts as falling.',
    unit: 'unscaled',
    formula: obv,
  },
  { id: 'obv_ema', doc: 'EMA 20 of obv.', unit: 'unscaled', formula: obvMean },
  {
    id: 'obv_trend',
    doc: '1 where cumulative on-balance volume is above its exponential mean 20.',
    unit: 'flag',
    range: [0, 1],
    formula: gt(balance, weightedHistory(balance, 20)),
  },
  {
    id: 'obv_normalized',
    doc: 'obv over ln(1 + mean volume of 100), within 20; 0 without volume.',
    unit: 'unscaled',
    range: [-20, 20],
    formula: bounded(obv, log1p(unscaled(mean(volume, 100))), 0, 20),
  },
  { id: 'obv_divergence', doc: 'obv minus obv_ema.', unit: 'unscaled', formula: sub(obv, obvMean) },
  {
    id: 'cmf',
    doc: 'Chaikin money flow 20; 0 without volume.',
    unit: 'ratio',
    formula: ratio(sum(moneyFlow, 20), sum(volume, 20), 0),
  },
  ...hours,
  ...trends,
  {
    id: 'volume_zscore',
    doc: 'Volume minus its mean of 96 in deviations, within 50; 0 without movement.',
    unit: 'ratio',
    range: [-50, 50],
    formula: volumeScore,
  },
  { id: 'volume_spike', doc: '1 where volume_zscore is above 3.', unit: 'flag', range: [0, 1], formula: volumeSpike },
  {
    id: 'volume_spike_magnitude',
    doc: 'volume_zscore held between 0 and 10.',
    unit: 'ratio',
    range: [0, 10],
    formula: clip(volumeScore, 0, 10),
  },
  { id: 'news_risk', doc: 'The same as volume_spike.', unit: 'flag', range: [0, 1], formula: volumeSpike },
  {
    id: 'volume_variation_20',
    doc: 'Deviation of 20 volumes over their mean; 0 without volume.',
    unit: 'ratio',
    source: 'standard',
    formula: ratio(std(volume, 20), mean(volume, 20), 0),
  },
  {
    id: 'volume_variation_60',
    doc: 'Deviation of 60 volumes over their mean; 0 without volume.',
    unit: 'ratio',
    source: 'standard',
    formula: ratio(std(volume, 60), mean(volume, 60), 0),
  },
])
