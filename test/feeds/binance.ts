/** The real ccxt classes, led to the stand-in. */
import ccxt from 'ccxt'
import type { CcxtExchange } from '../../src/feeds/ccxt-exchange.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { StandIn } from './exchange.ts'

/** `ccxt.pro.binance` that talks to `host` and nobody else. Its own timers run on real time, so they are set out of the way. */
export async function binanceAt(host: string): Promise<InstanceType<typeof ccxt.pro.binance>> {
  const exchange = new ccxt.pro.binance({ enableRateLimit: false, timeout: 60_000 })
  const api = exchange.urls['api'] as Record<string, unknown>
  for (const key of Object.keys(api)) if (key !== 'ws') api[key] = 'http://127.0.0.1:1/nowhere'
  api['public'] = `http://${host}/api/v3`
  api['ws'] = { spot: `ws://${host}/stream` }
  exchange.options['fetchMarkets'] = { types: ['spot'] }
  exchange.options['ws'] = { backoff: { base: 0 } }
  // Without it ccxt refuses ws:// in favour of wss://.
  await exchange.loadHttpProxyAgent()
  return exchange
}

/** The exchange as the feed gets it; virtual time stands still while a request or a handshake of it is on its way. */
export function timed(
  exchange: Awaited<ReturnType<typeof binanceAt>>,
  clock: VirtualClock,
  standIn: StandIn,
): CcxtExchange {
  const settled = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => undefined,
      () => undefined,
    )
  let loading = false
  return {
    id: exchange.id,
    has: exchange.has,
    timeframes: exchange.timeframes,
    fetchOHLCV: (...request) => clock.during(exchange.fetchOHLCV(...request)),
    fetchTime: () => clock.during(exchange.fetchTime()),
    loadMarkets: (reload) => {
      const markets = exchange.loadMarkets(reload)
      // ccxt joins a load that is on its way: it holds the time once.
      if (loading) return markets
      loading = true
      return clock.during(markets).finally(() => {
        loading = false
      })
    },
    watchOHLCVForSymbols: (pairs) => {
      const update = exchange.watchOHLCVForSymbols(pairs)
      // Markets that are loading hold the time themselves, and may be slow in it.
      if (standIn.streams === 0 && exchange.markets !== undefined)
        void clock.during(Promise.race([settled(update), standIn.subscription()]))
      return update
    },
    close: () => clock.during(exchange.close()),
  }
}
