/** Classic indicators against short implementations of their definitions, written without the engine. */
import { describe, expect, it } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { computeFeatures } from '../../../src/features/index.ts'
import { columnsOf, walk } from './candles.ts'

const candles = walk(260, 7)
const closes = candles.map((candle) => candle.close)
const total = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0)
const average = (x: readonly number[]): number => total(x) / x.length
const window = <T>(x: readonly T[], i: number, length: number): T[] => x.slice(i - length + 1, i + 1)
const spread = (x: readonly number[], freedom: number): number =>
  Math.sqrt(total(x.map((value) => (value - average(x)) ** 2)) / freedom)
const typical = (candle: Candle): number => (candle.high + candle.low + candle.close) / 3
const returns = closes.map((close, i) => Math.log(close / closes[i - 1]!))

function smooth(x: readonly number[], pull: number): number[] {
  const values = [x[0]!]
  for (let i = 1; i < x.length; i++) values.push(pull * x[i]! + (1 - pull) * values[i - 1]!)
  return values
}

function rsi(length: number): number[] {
  const moves = closes.map((close, i) => close - (closes[i - 1] ?? close))
  const up = smooth(
    moves.map((move) => Math.max(move, 0)),
    1 / length,
  )
  const down = smooth(
    moves.map((move) => Math.max(-move, 0)),
    1 / length,
  )
  return up.map((gain, i) => 100 - 100 / (1 + gain / down[i]!))
}

function ranges(): number[] {
  return candles.map(({ high, low }, i) =>
    i === 0 ? high - low : Math.max(high - low, Math.abs(high - closes[i - 1]!), Math.abs(low - closes[i - 1]!)),
  )
}

function atr(length: number): number[] {
  const values: number[] = []
  for (const [i, range] of ranges().entries()) {
    if (i < length - 1) values.push(NaN)
    else if (i === length - 1) values.push(average(ranges().slice(0, length)))
    else values.push((values[i - 1]! * (length - 1) + range) / length)
  }
  return values
}

function adx(): { adx: number[]; plus: number[] } {
  const [indices, plus, mean] = [[] as number[], [] as number[], [] as number[]]
  let [range, rise, fall] = [0, 0, 0]
  for (let i = 1; i < candles.length; i++) {
    const up = candles[i]!.high - candles[i - 1]!.high
    const down = candles[i - 1]!.low - candles[i]!.low
    const fade = i <= 14 ? 1 : 13 / 14
    range = range * fade + ranges()[i]!
    rise = rise * fade + (up > down && up > 0 ? up : 0)
    fall = fall * fade + (down > up && down > 0 ? down : 0)
    plus[i] = (100 * rise) / range
    indices[i] = (100 * Math.abs(rise - fall)) / (rise + fall)
    if (i === 27) mean[i] = average(indices.slice(14, 28))
    if (i > 27) mean[i] = (mean[i - 1]! * 13 + indices[i]!) / 14
  }
  return { adx: mean, plus }
}

const directional = adx()
const fast = smooth(closes, 2 / 13)
const slow = smooth(closes, 2 / 27)
const macdLine = fast.map((value, i) => value - slow[i]!)
const macdSignal = smooth(macdLine.slice(25), 2 / 10)

const definitions: Readonly<Record<string, (i: number) => number>> = {
  sma_20: (i) => average(window(closes, i, 20)),
  ema_20: (i) => smooth(closes, 2 / 21)[i]!,
  rsi: (i) => rsi(14)[i]!,
  rsi_21: (i) => rsi(21)[i]!,
  macd_diff: (i) => (100 * (macdLine[i]! - macdSignal[i - 25]!)) / closes[i]!,
  bb_high: (i) => average(window(closes, i, 20)) + 2 * spread(window(closes, i, 20), 20),
  atr: (i) => atr(14)[i]!,
  adx: (i) => directional.adx[i]!,
  adx_pos: (i) => directional.plus[i]!,
  volatility_30: (i) => spread(window(returns, i, 30), 29),
  donchian_upper: (i) => Math.max(...window(candles, i, 20).map((candle) => candle.high)),
  roc: (i) => 100 * (closes[i]! / closes[i - 10]! - 1),
  stoch_k(i) {
    const low = Math.min(...window(candles, i, 14).map((candle) => candle.low))
    const high = Math.max(...window(candles, i, 14).map((candle) => candle.high))
    return (100 * (closes[i]! - low)) / (high - low)
  },
  aroon_up(i) {
    const highs = window(candles, i, 26).map((candle) => candle.high)
    return 4 * highs.indexOf(Math.max(...highs))
  },
  cci(i) {
    const prices = window(candles, i, 20).map(typical)
    const distance = average(prices.map((price) => Math.abs(price - average(prices))))
    return (prices[19]! - average(prices)) / (0.015 * distance)
  },
  mfi(i) {
    let [gain, loss] = [0, 0]
    for (let k = i - 13; k <= i; k++) {
      const flow = typical(candles[k]!) * candles[k]!.volume
      if (typical(candles[k]!) > typical(candles[k - 1]!)) gain += flow
      if (typical(candles[k]!) < typical(candles[k - 1]!)) loss += flow
    }
    return 100 - 100 / (1 + gain / loss)
  },
  ofi_20(i) {
    const signed = candles.map(({ volume, close }, k) => volume * Math.sign(close - (closes[k - 1] ?? close)))
    return total(window(signed, i, 20)) / total(window(candles, i, 20).map((candle) => candle.volume))
  },
}

const ids = Object.keys(definitions)
const { values } = computeFeatures(ids, columnsOf(candles))

describe.each(ids.map((id, k) => ({ id, k })))('$id', ({ id, k }) => {
  it('follows its definition', () => {
    for (let i = 60; i < candles.length; i += 7) {
      const expected = definitions[id]!(i)
      expect(Math.abs(values[i * ids.length + k]! - expected), `bar ${i}`).toBeLessThan(
        1e-9 * Math.max(1, Math.abs(expected)),
      )
    }
  })
})

it('keeps its values on the last bar from version to version', () => {
  const last = ids.map((id, k) => [id, Number(values[(candles.length - 1) * ids.length + k]!.toPrecision(9))])
  expect(Object.fromEntries(last)).toMatchInlineSnapshot(`
    {
      "adx": 20.795233,
      "adx_pos": 18.0528388,
      "aroon_up": 92,
      "atr": 0.942257997,
      "bb_high": 104.825464,
      "cci": 33.1008158,
      "donchian_upper": 105.413278,
      "ema_20": 103.43754,
      "macd_diff": 0.123923517,
      "mfi": 79.259186,
      "ofi_20": 0.439002247,
      "roc": 0.682806597,
      "rsi": 48.2724795,
      "rsi_21": 48.4355035,
      "sma_20": 103.078685,
      "stoch_k": 45.3002672,
      "volatility_30": 0.00520157579,
    }
  `)
})
