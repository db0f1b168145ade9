/** A backtest as one page that needs nothing else: no script, no font, no picture from elsewhere. */
import { refuseOption } from '../../checks.ts'
import type { BacktestResult } from '../result.ts'
import { chart } from './chart.ts'
import { percent, plain, time } from './figures.ts'
import { html, type Markup } from './markup.ts'
import {
  figuresTable,
  inputsTable,
  keyFigures,
  marketsTable,
  type ReportInput,
  rulesList,
  tradesTable,
} from './sections.ts'
import { style } from './style.ts'

export type { ReportInput }

/** What a report says besides the result. */
export interface BacktestReportOptions {
  /** Files and models that the backtest was made from. */
  readonly inputs?: readonly ReportInput[] | undefined
  /** What people must know before they believe the figures, e.g. that the model is an untrained sample. */
  readonly notice?: string | undefined
  /** Trades that are listed, counted from the newest. Default 1000. */
  readonly maxTrades?: number | undefined
}

/** How far below its former peak a curve is, as a fraction, below zero. */
function fallsOf(equity: Float64Array): Float64Array {
  let peak = -Infinity
  return equity.map((value) => {
    peak = Math.max(peak, value)
    return value / peak - 1
  })
}

function charts({ curve, metrics, buyAndHold }: BacktestResult): Markup {
  const { times, equity, buyAndHold: held } = curve
  const day = (ms: number): string => time(ms).slice(0, 10)
  const first = `from ${day(times[0]!)} to ${day(times.at(-1)!)}`
  return html`${chart({
    title: 'Equity',
    description: `The signals made ${percent(metrics.totalReturn)} and buying and holding ${percent(buyAndHold.metrics.totalReturn)}, ${first}.`,
    times,
    lines: [
      { label: 'Buy and hold', kind: 'hold', values: held },
      { label: 'Signals', kind: 'equity', values: equity },
    ],
    valueText: (value) => plain(value, 0),
    timeText: day,
  })}${chart({
    title: 'Drawdown',
    description: `The deepest fall from a peak was ${percent(metrics.drawdown.depth)}, ${first}.`,
    times,
    lines: [{ label: 'Signals', kind: 'fall', values: fallsOf(equity), filled: true }],
    valueText: (value) => percent(value, 1),
    timeText: day,
  })}`
}

function leverageNotice({ exposure }: BacktestResult): Markup | string {
  if (exposure.maxGross <= 1) return ''
  return html`<p class="notice">
    Trades were worth up to ${percent(exposure.maxGross, 0)} of the account: that takes leverage, whose costs are not
    modelled.
  </p>`
}

/**
 * Writes a result as one HTML file: key figures, equity and drawdown, all metrics beside buying and holding, markets, trades, rules and
 * inputs. It runs no script, loads nothing, and follows the light or dark scheme of the device. The same result gives the same text.
 *
 * @throws `evaluate/option` for `maxTrades`
 * @example
 * ```ts
 * const page = backtestReport(result, { inputs: [{ name: 'BTCUSDT-15m.csv', sha256 }] })
 * link.href = URL.createObjectURL(new Blob([page], { type: 'text/html' }))
 * ```
 */
export function backtestReport(result: BacktestResult, options: BacktestReportOptions = {}): string {
  const { inputs = [], notice, maxTrades = 1000 } = options
  if (!(Number.isSafeInteger(maxTrades) && maxTrades >= 0))
    refuseOption('maxTrades', maxTrades, 'a whole number from 0 on')
  const { model, timeframe, from, to, rules, markets, trades, packageVersion } = result
  const names = markets.map(({ symbol }) => symbol).join(', ')
  const title = `Backtest of ${model ?? 'signals'} on ${names}`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="faint">
            ${timeframe} bars from ${time(from)} to ${time(to)} UTC, ${plain(result.metrics.n, 0)} points. Made by
            candlewick ${packageVersion}.
          </p>
          ${notice === undefined ? '' : html`<p class="notice">${notice}</p>`}${leverageNotice(result)}
          ${keyFigures(result)}
          <p class="faint">
            Past results promise nothing. Figures of a period on which a model was trained or chosen say nothing about
            it.
          </p>
          ${charts(result)}
          <h2>Figures</h2>
          ${figuresTable(result)}
          <h2>Markets</h2>
          ${marketsTable(markets)}
          <h2>Rules</h2>
          ${rulesList(rules)}${
            inputs.length === 0
              ? ''
              : html`<h2>Inputs</h2>
                  ${inputsTable(inputs)}`
          }
          <h2>Trades</h2>
          ${tradesTable(trades, maxTrades)}
        </main>
      </body>
    </html> `.text
}
