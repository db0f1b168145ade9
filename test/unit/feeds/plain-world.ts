/** A plain exchange with a market of its own, in virtual time, and the feed over it. */
import type { Candle } from '../../../src/core/candle.ts'
import { ccxtSource, type CcxtSourceOptions, type FeedStatus } from '../../../src/feeds/index.ts'
import { Market } from '../../feeds/market.ts'
import { PlainExchange, type PlainExchangeOptions } from '../../feeds/plain-exchange.ts'
import { VirtualClock } from '../../virtual-clock.ts'

/** A bar, in ms. */
export const step = 900_000
export const start = Date.UTC(2024, 5, 1)

/** A feed, and all that it hangs on. */
export interface World {
  readonly clock: VirtualClock
  readonly market: Market
  readonly exchange: PlainExchange
  readonly source: ReturnType<typeof ccxtSource>
  readonly statuses: FeedStatus[]
}

/** A world at seven minutes past midnight with one market, `A/B`. */
export function world(
  options: Partial<PlainExchangeOptions> = {},
  settings: Partial<CcxtSourceOptions> & { readonly aheadMs?: number } = {},
): World {
  const clock = new VirtualClock(start + 7 * 60_000)
  const market = new Market(step, 5)
  const exchange = new PlainExchange({ clock, market, ...options })
  const statuses: FeedStatus[] = []
  const source = ccxtSource({
    exchange,
    symbols: ['A/B'],
    timeframe: '15m',
    clock: clock.ahead(settings.aheadMs ?? 0),
    random: () => 0.5,
    onStatus: (status) => statuses.push(status),
    ...settings,
  })
  return { clock, market, exchange, source, statuses }
}

/** The next closed candles of a feed, each with the time at which it came. */
export function closed(
  { clock, source }: World,
  count: number,
  since?: number,
): Promise<{ candle: Candle; at: number }[]> {
  return clock.run(
    (async () => {
      const taken: { candle: Candle; at: number }[] = []
      for await (const { candle } of source.candles({ since })) {
        taken.push({ candle, at: clock.now() })
        if (taken.length === count) break
      }
      return taken
    })(),
  )
}

/** What the market says of the bars at these times. */
export const truth = (market: Market, times: readonly number[]): Candle[] =>
  times.map((time) => market.bar('A/B', time))

/** What was told, of these kinds. */
export const kinds = (statuses: readonly FeedStatus[], ...wanted: FeedStatus['kind'][]): FeedStatus[] =>
  statuses.filter(({ kind }) => wanted.includes(kind))
