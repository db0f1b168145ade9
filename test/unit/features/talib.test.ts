/** Classic indicators against TA-Lib, 700 bars in, where its seeds and ours are forgotten. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { computeFeatures } from '../../../src/features/index.ts'

interface Golden {
  readonly source: string
  readonly bars: readonly number[]
  readonly rows: readonly { readonly name: string; readonly values: readonly number[] }[]
}

interface Series {
  readonly start: number
  readonly step: number
  readonly candles: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume' | 'turnover', readonly number[]>>
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../golden/${path}`, import.meta.url), 'utf8'))
const golden = read('talib.json') as Golden
const { candles, start, step } = read('features/walk.json') as Series
const { close } = candles
const columns = {
  length: close.length,
  time: Float64Array.from(close, (_, i) => start + i * step),
  open: Float64Array.from(candles.open),
  high: Float64Array.from(candles.high),
  low: Float64Array.from(candles.low),
  close: Float64Array.from(close),
  volume: Float64Array.from(candles.volume),
  turnover: Float64Array.from(candles.turnover),
}

type Convert = (value: number, bar: number) => number

const same: Convert = (value) => value
const overClose: Convert = (value, bar) => value / close[bar]!
const closeOver: Convert = (value, bar) => close[bar]! / value
const percentOfClose: Convert = (value, bar) => (100 * value) / close[bar]!
const hundredth: Convert = (value) => value / 100
/** TA-Lib divides by the number of values, we by one less. */
const unbiased: Convert = (value) => value * Math.sqrt(20 / 19)

const minusOne: Convert = (value, bar) => close[bar]! / value - 1
/** Chaikin's oscillator is over the mean volume here. */
const overVolume: Convert = (value, bar) =>
  value / golden.rows.find(({ name }) => name === 'EMA 10 of volume')!.values[golden.bars.indexOf(bar)]!

/**
 * Feature, TA-Lib's row, and what makes the one out of the other. TA-Lib's CMO is smoothed by Wilder's means and its OBV
 * is a sum since the first bar, so that neither is ours.
 */
const pairs: readonly (readonly [id: string, row: string, convert: Convert])[] = [
  ...[5, 10, 15, 20, 30, 45, 50, 60, 90, 100, 120, 200].map((n) => [`sma_${n}`, `SMA ${n}`, same] as const),
  ...[5, 10, 15, 20, 30, 45, 50, 60, 90, 100, 120, 200].map(
    (n) => [`close_sma_${n}_ratio`, `SMA ${n}`, closeOver] as const,
  ),
  ...[5, 10, 12, 15, 20, 26, 30, 45, 50, 60].map((n) => [`ema_${n}`, `EMA ${n}`, same] as const),
  ...[5, 10, 12, 15, 20, 26, 30, 45, 50, 60].map((n) => [`close_ema_${n}_ratio`, `EMA ${n}`, closeOver] as const),
  ['rsi', 'RSI 14', same],
  ...[5, 7, 10, 14, 15, 21, 30].map((n) => [`rsi_${n}`, `RSI ${n}`, same] as const),
  ['atr', 'ATR 14', same],
  ['atr_21', 'ATR 21', same],
  ['atr_pct', 'NATR 14', hundredth],
  ['adx', 'ADX 14', same],
  ['adx_pos', '+DI 14', same],
  ['adx_neg', '-DI 14', same],
  ...[7, 14, 28].map((n) => [`dmi_${n}_strength`, `ADX ${n}`, same] as const),
  ['adxr_14', 'ADXR 14', same],
  ['cci', 'CCI 20', same],
  ...[10, 45, 90].map((n) => [`cci_${n}`, `CCI ${n}`, same] as const),
  ['mfi', 'MFI 14', same],
  ...[7, 30, 60].map((n) => [`mfi_${n}`, `MFI ${n}`, same] as const),
  ['williams_r', 'WILLR 14', same],
  ['ultimate_oscillator', 'ULTOSC', same],
  ['roc', 'ROC 10', same],
  ['momentum_1h', 'ROC 4', same],
  ['momentum_4h', 'ROC 16', same],
  ['momentum_24h', 'ROC 96', same],
  ['trix', 'TRIX 15', same],
  ['macd', 'MACD', percentOfClose],
  ['macd_signal', 'MACD signal', percentOfClose],
  ['macd_diff', 'MACD histogram', percentOfClose],
  ['ppo_12_26_9', 'PPO', same],
  ['bb_high', 'upper band', same],
  ['bb_middle', 'middle band', same],
  ['bb_low', 'lower band', same],
  ['stoch_k', '%K 14', same],
  ['stoch_d', '%D 14', same],
  ...[5, 10, 30, 45, 60, 90, 120].map((n) => [`stoch_${n}`, `%K ${n}`, same] as const),
  ['aroon_up', 'Aroon up', same],
  ['aroon_down', 'Aroon down', same],
  ['aroon_oscillator', 'Aroon oscillator 25', same],
  ...[10, 50, 100].map((n) => [`aroon_${n}`, `Aroon oscillator ${n}`, same] as const),
  ...[20, 50, 100].map((n) => [`local_high_${n}`, `highest ${n}`, same] as const),
  ...[20, 50, 100].map((n) => [`local_low_${n}`, `lowest ${n}`, same] as const),
  ['ichimoku_base', 'middle 26', same],
  ['accumulation_distribution', 'AD', same],
  ['psar', 'SAR', same],
  ['pivot', 'typical price', same],
  ['kama', 'KAMA 10', same],
  ['kama_distance', 'KAMA 10', minusOne],
  ...[10, 20, 45].flatMap((n) => [
    [`average_distance_${n}_weighted`, `WMA ${n}`, minusOne] as const,
    [`average_distance_${n}_double`, `DEMA ${n}`, minusOne] as const,
    [`average_distance_${n}_triple`, `TEMA ${n}`, minusOne] as const,
  ]),
  ['body_ratio', 'balance of power', same],
  ['chaikin_oscillator', 'ADOSC', overVolume],
  ...[10, 20, 30, 45, 60, 90].map((n) => [`trend_line_${n}_slope`, `slope ${n}`, overClose] as const),
  ['volatility_20', 'deviation 20 of log returns', unbiased],
  ['price_volume_corr_20', 'return-volume correlation 20', same],
  ['hl_spread_ma', 'mean relative range 20', same],
]

describe(golden.source, () => {
  const ids = pairs.map(([id]) => id)
  const { values } = computeFeatures(ids, columns)

  it.each(pairs.map(([id, name, convert], k) => ({ id, name, convert, k })))(
    'agrees with $id about $name',
    ({ name, convert, k }) => {
      const row = golden.rows.find((candidate) => candidate.name === name)
      expect(row).toBeDefined()
      const wrong: string[] = []
      for (const [i, bar] of golden.bars.entries()) {
        const expected = convert(row!.values[i]!, bar)
        const actual = values[bar * ids.length + k]!
        const apart = Math.abs(actual - expected) / Math.abs(expected)
        if (actual !== expected && !(apart <= 1e-8)) wrong.push(`bar ${bar}: ${actual}, not ${expected} (${apart})`)
      }
      expect(wrong).toEqual([])
    },
  )
})
