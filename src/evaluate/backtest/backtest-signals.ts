/** A backtest of signals that are there already. Pure: the same input gives the same result, everywhere. */
import type { Timeframe } from '../../core/timeframe.ts'
import { PaperAccount } from '../paper-account.ts'
import { tradingRules } from '../paper-rules.ts'
import type { BacktestMarket, BacktestResult, BacktestRules, SettledRules } from './result.ts'
import { type MarketSpan, spansOf } from './span.ts'
import { summarise } from './summary.ts'
import { walk } from './walk.ts'

/** The rules as the result tells them. */
export function settledRules(options: BacktestRules): SettledRules {
  const { maxBars, ...rules } = tradingRules(options)
  return { ...rules, maxBars: maxBars === Infinity ? null : maxBars, riskFreePerYear: options.riskFreePerYear ?? 0 }
}

/**
 * Trades what was decided on the bars that count, in pieces: pauses now and then and tells the bars done.
 *
 * @throws as {@link backtestSignals}
 */
export function* tradeSpans(
  markets: readonly MarketSpan[],
  timeframe: Timeframe,
  options: BacktestRules,
  model: string | null,
): Generator<number, BacktestResult, void> {
  const rules = settledRules(options)
  const account = new PaperAccount(options)
  const walked = yield* walk(account, markets)
  return summarise({ model, timeframe, rules, markets, account, walked })
}

/**
 * Lets a {@link PaperAccount} trade signals over the bars of one or more markets, merged by time, and tells what came of it. A signal
 * is an order for the next open; what is open in the end is closed at its last close. docs/backtest.md has all rules.
 *
 * Times are bar-open times in ms since the epoch, money is quote currency, shares are fractions. The defaults are those of
 * `PaperAccount`: cash 10,000, stake 0.1, fees 10 bps, slippage 2 bps.
 *
 * @param markets of different symbols and one timeframe; their order decides nothing
 * @throws `evaluate/option` for markets or a window that cannot be, `evaluate/row` for a signal that is not of its series; TypeError for
 * rules out of their range
 * @example
 * ```ts
 * const signals = await engine.replay(series)
 * const { metrics, trades } = backtestSignals([{ series, signals }], { feeBps: 10, slippageBps: 2 })
 * ```
 */
export function backtestSignals(markets: readonly BacktestMarket[], options: BacktestRules = {}): BacktestResult {
  const spans = spansOf(markets, options)
  const steps = tradeSpans(spans, markets[0]!.series.timeframe, options, null)
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

/** A result as JSON: columns as plain lists, what is undefined as `null`. The same result gives the same text. */
export function backtestJson(result: BacktestResult): string {
  return JSON.stringify(result, (_, value: unknown) => (value instanceof Float64Array ? [...value] : value))
}
