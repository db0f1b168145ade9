/** A whole life of a feed against the stand-in, on virtual time, held against what truly happened. */
import type { Candle } from '../../src/core/candle.ts'
import { ccxtSource } from '../../src/feeds/ccxt.ts'
import type { CcxtSourceOptions } from '../../src/feeds/ccxt-options.ts'
import type { CandlesOptions, SourcedCandle } from '../../src/feeds/source.ts'
import type { FeedStatus } from '../../src/feeds/status.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { binanceAt, timed } from './binance.ts'
import { StandIn, type StandInOptions } from './exchange.ts'
import { Market } from './market.ts'

export const step = 900_000
export const pairs = [
  ['BTC', 'USDT'],
  ['ETH', 'USDT'],
  ['XRP', 'USDT'],
] as const
export const symbols = pairs.map(([base, quote]) => `${base}/${quote}`)
const idOf = (symbol: string): string => symbol.replace('/', '')

export interface SessionOptions extends Pick<StandInOptions, 'answers' | 'messages' | 'holes'> {
  readonly seed?: number
  /** The device's clock is so much ahead of the exchange's. */
  readonly skewMs?: number
  readonly source?: Partial<CcxtSourceOptions>
}

/** Everything that a test looks at. */
export interface Session {
  readonly clock: VirtualClock
  readonly standIn: StandIn
  readonly market: Market
  readonly statuses: FeedStatus[]
  readonly source: ReturnType<typeof ccxtSource>
  /** Open time of the first bar of the exchange. */
  readonly genesis: number
  /** Where the exchange listens. */
  readonly host: string
}

/** Runs `live` with an exchange and a source on it, and leaves nothing open behind. */
export async function session<T>(options: SessionOptions, live: (session: Session) => Promise<T>): Promise<T> {
  const clock = new VirtualClock(Date.UTC(2024, 5, 1, 0, 7))
  const market = new Market(step, options.seed ?? 1)
  const genesis = Date.UTC(2024, 4, 20)
  const { skewMs = 0, source, ...rest } = options
  const standIn = new StandIn({ ...rest, clock, market, pairs, timeframe: '15m', genesis })
  const host = await standIn.start()
  const exchange = await binanceAt(host)
  const statuses: FeedStatus[] = []
  let state = (options.seed ?? 1) >>> 0
  const ccxt = ccxtSource({
    exchange: timed(exchange, clock, standIn),
    symbols,
    timeframe: '15m',
    clock: clock.ahead(skewMs),
    silenceMs: 250_000,
    // A full period generator (Knuth 1997, 3.2.1): good enough for jitter.
    random: () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32,
    onStatus: (status) => statuses.push(status),
    ...source,
  })
  try {
    return await clock.run(live({ clock, standIn, market, statuses, source: ccxt, genesis, host }))
  } finally {
    await clock.run(standIn.stop())
    await exchange.close()
  }
}

/** Takes candles until every symbol has so many closed ones. */
export async function take(
  { source }: Session,
  bars: number,
  options: CandlesOptions = {},
  each?: (sourced: SourcedCandle) => unknown,
): Promise<Map<string, Candle[]>> {
  const taken = new Map<string, Candle[]>(symbols.map((symbol) => [symbol, []]))
  for await (const sourced of source.candles(options)) {
    await each?.(sourced)
    if (sourced.candle.closed !== false) taken.get(sourced.symbol)!.push(sourced.candle)
    if ([...taken.values()].every((candles) => candles.length >= bars)) break
  }
  return taken
}

/** What is wrong with candles that were given out: lost, doubled, out of order, or not what happened. */
export function wrongs(market: Market, taken: ReadonlyMap<string, readonly Candle[]>, first: number): string[] {
  const found: string[] = []
  for (const [symbol, candles] of taken)
    for (const [i, candle] of candles.entries()) {
      const due = first + i * step
      if (candle.time !== due) found.push(`${symbol}: ${candle.time} came where ${due} was due`)
      const truth = JSON.stringify(market.bar(idOf(symbol), candle.time))
      if (JSON.stringify(candle) !== truth) found.push(`${symbol}: ${JSON.stringify(candle)} is not ${truth}`)
    }
  return found
}
