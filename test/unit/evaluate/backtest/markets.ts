/** Small markets for the tests of backtests. */
import fc from 'fast-check'
import type { Candle } from '../../../../src/core/candle.ts'
import { CandleSeries } from '../../../../src/core/series.ts'
import type { BacktestMarket, TradeSignal } from '../../../../src/evaluate/index.ts'

/** A bar of 15 minutes, in ms. */
export const barMs = 900_000

/** Open, high, low and close of one bar. */
export type Prices = readonly [open: number, high: number, low: number, close: number]

export function candleOf(index: number, [open, high, low, close]: Prices): Candle {
  return { time: index * barMs, open, high, low, close, volume: 1 }
}

/** A series of 15-minute bars from bar `first` on. */
export function seriesOf(symbol: string, bars: readonly Prices[], first = 0): CandleSeries {
  return CandleSeries.from(
    bars.map((prices, i) => candleOf(first + i, prices)),
    { symbol, timeframe: '15m' },
  )
}

/** A signal as engines make them. */
export function signalOf(
  symbol: string,
  index: number,
  side: TradeSignal['side'],
  more: Partial<TradeSignal> = {},
): TradeSignal {
  const time = index * barMs
  return {
    id: `m|${symbol}|${time}`,
    symbol,
    time,
    side,
    stopLoss: null,
    takeProfit: null,
    expiresAt: time + 2 * barMs,
    provisional: false,
    ...more,
  }
}

interface Step {
  readonly gap: number
  readonly move: number
  readonly up: number
  readonly down: number
  readonly side: TradeSignal['side'] | undefined
  readonly stop: number
}

const share = (max: number, min = 0): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    gap: share(0.02, -0.02),
    move: share(0.05, -0.05),
    up: share(0.03),
    down: share(0.03),
    side: fc.constantFrom('LONG', 'SHORT', 'NEUTRAL', undefined),
    stop: share(0.03, 0.005),
  }),
  { minLength: 2, maxLength: 40 },
)

function marketOf(symbol: string, first: number, course: readonly Step[]): BacktestMarket {
  const bars: Prices[] = []
  const signals: TradeSignal[] = []
  let price = 100
  for (const [i, { gap, move, up, down, side, stop }] of course.entries()) {
    const open = price * (1 + gap)
    const close = open * (1 + move)
    bars.push([open, Math.max(open, close) * (1 + up), Math.min(open, close) * (1 - down), close])
    price = close
    const away = side === 'SHORT' ? -stop : stop
    const levels = side === 'NEUTRAL' ? {} : { stopLoss: close * (1 - away), takeProfit: close * (1 + 2 * away) }
    if (side !== undefined) signals.push(signalOf(symbol, first + i, side, levels))
  }
  return { series: seriesOf(symbol, bars, first), signals }
}

/** One to three markets with signals now and then, that begin at different times. */
export const anyMarkets: fc.Arbitrary<BacktestMarket[]> = fc
  .array(fc.record({ course: steps, first: fc.nat(5) }), { minLength: 1, maxLength: 3 })
  .map((courses) => courses.map(({ course, first }, i) => marketOf('CAB'[i]!, first, course)))

/** The same markets as they were known when bar `end` had not yet opened. */
export function before(markets: readonly BacktestMarket[], end: number): BacktestMarket[] {
  return markets.flatMap(({ series, signals }) => {
    const known = series.slice().filter(({ time }) => time < end)
    if (known.length === 0) return []
    const { symbol, timeframe } = series
    return [
      { series: CandleSeries.from(known, { symbol, timeframe }), signals: signals.filter(({ time }) => time < end) },
    ]
  })
}
