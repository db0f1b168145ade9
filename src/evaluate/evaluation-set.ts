/** A name for the bars that an evaluation judges, made of the bars themselves: the same wherever they came from. */
import type { CandleSeries } from '../core/series.ts'
import { checkMarkets, checkWindow, rowAt } from './backtest/span.ts'
import { checkCount, refuseOption } from './checks.ts'

/** Which bars are judged, and by what rule. */
export interface EvaluationSetOptions {
  /** Bar-open time of the first bar that is judged, ms since the epoch: the first one that a signal is of. Default: the first. */
  readonly from?: number | undefined
  /** Bar-open time of the bar after the last one that is judged. Default: after the last. */
  readonly to?: number | undefined
  /** The model's: bars after `to` count as far as the longest of them looks. Default: no bar after `to` counts. */
  readonly horizons?: readonly { readonly bars: number }[] | undefined
  /** Returns beyond which an outcome is LONG or SHORT, by horizon name, as fractions. Default: none. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined
}

/** Rows [`start`, `end`) of a market that are judged. */
export interface JudgedSpan {
  readonly series: CandleSeries
  readonly start: number
  readonly end: number
}

const valuesOfBar = ['time', 'open', 'high', 'low', 'close', 'volume'] as const

const byCode = (a: string, b: string): number => (a < b ? -1 : 1)

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What is hashed of a market: a line that says what it is, then each bar as six little-endian doubles. */
function bytesOf({ series, start, end }: JudgedSpan, ahead: number): Uint8Array<ArrayBuffer> {
  const { symbol, timeframe, columns } = series
  const last = Math.min(end + ahead, columns.length)
  const head = new TextEncoder().encode(`${JSON.stringify([symbol, timeframe, end - start, last - end])}\n`)
  const bytes = new Uint8Array(head.length + (last - start) * valuesOfBar.length * 8)
  bytes.set(head)
  const view = new DataView(bytes.buffer)
  let at = head.length
  for (let row = start; row < last; row++)
    for (const name of valuesOfBar) {
      // There is one zero.
      view.setFloat64(at, columns[name][row]! + 0, true)
      at += 8
    }
  return bytes
}

/** {@link evaluationSetId} of rows that are known. */
export async function setIdOf(
  spans: readonly JudgedSpan[],
  { horizons = [], thresholds = {} }: Pick<EvaluationSetOptions, 'horizons' | 'thresholds'>,
): Promise<string> {
  for (const { bars } of horizons) checkCount('horizons', bars)
  const ahead = Math.max(0, ...horizons.map(({ bars }) => bars))
  const sorted = [...spans].sort((a, b) => byCode(a.series.symbol, b.series.symbol))
  const rules = Object.entries(thresholds).sort(([a], [b]) => byCode(a, b))
  const markets: string[] = []
  for (const span of sorted) markets.push(await sha256(bytesOf(span, ahead)))
  const text = JSON.stringify(['candlewick-evaluation-set', 1, rules, markets])
  return `set-${(await sha256(new TextEncoder().encode(text))).slice(0, 16)}`
}

/**
 * Names the bars that are judged: a SHA-256 over market, timeframe, times and prices of the bars from `from` to `to`, of those after
 * `to` that outcomes look at, and over the thresholds. The same bars and thresholds give the same name in every browser and in
 * Node, from whatever file, in whatever order of markets; another bar, price or threshold gives another one. Earlier bars, which
 * only warm a model up, do not count, nor do turnovers.
 *
 * Where signals were taken by `SignalOutcomes`, its own `evaluationSetId` needs no options.
 *
 * @param histories of different symbols, in one timeframe
 * @returns `set-` and 16 hexadecimal digits, for `evalSetId`
 * @throws `evaluate/option` for a window that cannot be, or without a bar of some market
 * @example
 * ```ts
 * const evalSetId = await evaluationSetId([btc, eth], {
 *   from: Date.UTC(2025, 2, 1),
 *   to: Date.UTC(2025, 4, 1),
 *   horizons: engine.info.model.horizons,
 * })
 * ```
 */
export async function evaluationSetId(
  histories: readonly CandleSeries[],
  options: EvaluationSetOptions = {},
): Promise<string> {
  checkMarkets(histories)
  checkWindow(options)
  const { from = -Infinity, to = Infinity } = options
  const spans = histories.map((series): JudgedSpan => {
    const { time } = series.columns
    const [start, end] = [rowAt(time, from), rowAt(time, to)]
    if (start >= end)
      refuseOption('from and to', `without a bar of ${series.symbol}`, 'a window with bars of every market')
    return { series, start, end }
  })
  return setIdOf(spans, options)
}
