/** What every source checks before it starts. */
import { CandlewickError } from '../core/errors.ts'
import type { CandlesOptions, HistoryOptions } from './source.ts'

/** The default of {@link HistoryOptions.last}. */
const defaultBars = 500

/** The symbols asked for, each known and named once. */
export function wantedSymbols(known: readonly string[], options: CandlesOptions): readonly string[] {
  const wanted = [...new Set(options.symbols ?? known)]
  for (const symbol of wanted) knownSymbol(known, symbol)
  return wanted
}

/** Refuses a symbol that a source does not have. */
export function knownSymbol(known: readonly string[], symbol: string): void {
  if (!known.includes(symbol)) throw new CandlewickError('feed/symbol', { symbol, known })
}

/** The first bar wanted of a symbol, on the grid; `fallback` where none is named. */
export function firstBar(options: CandlesOptions, symbol: string, step: number, fallback: number): number {
  const since = typeof options.since === 'object' ? options.since[symbol] : options.since
  if (since !== undefined) checkTime('since', since)
  return Math.ceil((since ?? fallback) / step) * step
}

/** The bars wanted, as open times from `from` up to, not including, `to`. */
export interface BarRange {
  readonly from: number
  readonly to: number
}

/** The range of bars that the options mean, where `end` is the open time after the last closed bar. */
export function wantedBars(options: HistoryOptions, step: number, end: number): BarRange {
  const { last, from } = options
  if (last !== undefined && !(Number.isSafeInteger(last) && last > 0)) refuse('last', last, 'a whole number of bars')
  for (const name of ['from', 'to'] as const) if (options[name] !== undefined) checkTime(name, options[name])
  const to = Math.min(Math.ceil((options.to ?? end) / step) * step, end)
  const first = from === undefined ? -Infinity : Math.ceil(from / step) * step
  const count = last ?? (from === undefined ? defaultBars : Infinity)
  return { from: Math.max(first, to - count * step), to }
}

/** Refuses a number that is not above zero. */
export function checkPositive(option: string, value: number): void {
  if (!(value > 0)) refuse(option, value, 'a number above zero')
}

function checkTime(option: string, value: number): void {
  if (!Number.isFinite(value)) refuse(option, value, 'a time in milliseconds')
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new CandlewickError('feed/option', { option, value: String(value), expected })
}
