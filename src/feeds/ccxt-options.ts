/** What the feed from an exchange can be told, and its defaults. */
import type { GapPolicy } from '../core/candle.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { CandlewickError } from '../core/errors.ts'
import { parseTimeframe, type Timeframe } from '../core/timeframe.ts'
import type { RetryOptions } from './backoff.ts'
import { type CcxtExchange, hasAbility } from './ccxt-exchange.ts'
import { checkPositive } from './requests.ts'
import type { StatusListener, Transport } from './status.ts'
import { canWatch } from './stream.ts'

/** Which candles, of which exchange, and how. */
export interface CcxtSourceOptions {
  /** A ccxt exchange of the application; one of `ccxt.pro` for streams. Leave its `enableRateLimit` on. */
  readonly exchange: CcxtExchange
  /** ccxt's unified symbols, e.g. `BTC/USDT`. */
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  /** `watch`: REST and stream; `poll`: REST alone; `auto` (default): `watch` where the exchange has a stream. */
  readonly transport?: Transport | 'auto' | undefined
  /** How long after its close a bar is left to settle before it is asked for, ms. Default 2000. */
  readonly settleMs?: number | undefined
  /** Bars that are nowhere to be had: `flat` (default) fills and tells them, `error` ends the feed. */
  readonly gaps?: GapPolicy | undefined
  /** How often bars that are missing or wrong are asked for again before the gap policy decides. Default 5. */
  readonly repairAttempts?: number | undefined
  /** Requests at a time. Default 4. */
  readonly concurrency?: number | undefined
  /** Rows asked for at a time, at most. Default 500. */
  readonly pageLimit?: number | undefined
  /** A request without an answer for so long has failed, ms. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** A stream that is silent for so long is opened anew, ms. Default 120,000. */
  readonly silenceMs?: number | undefined
  /** Interval of requests for forming candles where they are wanted and there is no stream, ms. Default 10,000. */
  readonly formingMs?: number | undefined
  /** How long to wait after failures. */
  readonly retry?: RetryOptions | undefined
  /** How many closed candles may wait for a slow reader. Beyond that the feed stops asking, and fetches later. Default 1000. */
  readonly bufferLimit?: number | undefined
  /** Leave the exchange's sockets open at the end, for others that use the same exchange. Default `false`. */
  readonly keepOpen?: boolean | undefined
  /** Hears of everything but candles. */
  readonly onStatus?: StatusListener | undefined
  /** Default: the device's. */
  readonly clock?: Clock | undefined
  /** Numbers from 0 up to, not including, 1, for the jitter of delays. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Options with nothing left open. */
export type CcxtSettings = {
  readonly [K in Exclude<keyof CcxtSourceOptions, 'transport'>]-?: Exclude<CcxtSourceOptions[K], undefined>
} & {
  readonly transport: Transport
  /** Whether the caller insists on a stream. */
  readonly insists: boolean
}

const positive = [
  'repairAttempts',
  'concurrency',
  'pageLimit',
  'timeoutMs',
  'silenceMs',
  'formingMs',
  'bufferLimit',
] as const

/**
 * Checks options and fills in the defaults.
 *
 * @throws `feed/unsupported`, `feed/option`, `timeframe/unknown`
 */
export function ccxtSettings(options: CcxtSourceOptions): CcxtSettings {
  const settings: CcxtSettings = {
    exchange: options.exchange,
    symbols: [...new Set(options.symbols)],
    timeframe: parseTimeframe(options.timeframe),
    transport: chooseTransport(options),
    insists: options.transport === 'watch',
    settleMs: options.settleMs ?? 2000,
    gaps: options.gaps ?? 'flat',
    repairAttempts: options.repairAttempts ?? 5,
    concurrency: options.concurrency ?? 4,
    pageLimit: options.pageLimit ?? 500,
    timeoutMs: options.timeoutMs ?? 10_000,
    silenceMs: options.silenceMs ?? 120_000,
    formingMs: options.formingMs ?? 10_000,
    retry: options.retry ?? {},
    bufferLimit: options.bufferLimit ?? 1000,
    keepOpen: options.keepOpen ?? false,
    onStatus: options.onStatus ?? (() => undefined),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
  checkPositive('symbols', settings.symbols.length)
  checkPositive('settleMs', settings.settleMs + 1)
  for (const name of positive) checkPositive(name, settings[name])
  checkAbilities(settings)
  return settings
}

function chooseTransport({ exchange, transport = 'auto' }: CcxtSourceOptions): Transport {
  if (transport !== 'auto') return transport
  return canWatch(exchange) ? 'watch' : 'poll'
}

function checkAbilities({ exchange, timeframe, transport }: CcxtSettings): void {
  if (!hasAbility(exchange, 'fetchOHLCV'))
    throw new CandlewickError('feed/unsupported', {
      what: `The candles of ${exchange.id} by REST`,
      remedy: 'Use another exchange.',
    })
  const known = Object.keys(exchange.timeframes ?? { [timeframe]: timeframe })
  if (!known.includes(timeframe))
    throw new CandlewickError('feed/unsupported', {
      what: `The timeframe ${timeframe} of ${exchange.id}`,
      remedy: `Use one of: ${known.join(', ')}.`,
    })
  if (transport === 'watch' && !canWatch(exchange))
    throw new CandlewickError('feed/unsupported', {
      what: `The stream of candles of ${exchange.id}`,
      remedy: "Hand in an exchange of ccxt.pro, or use transport: 'poll'.",
    })
}
