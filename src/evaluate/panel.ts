/** Rows of several symbols in the order of time. Rows of one moment stand together, because they move together. */
import { checkLength, finiteColumn, refuseRow } from './checks.ts'

/** Which market and moment each row is of. */
export interface RowKeys {
  /** Bar-open times in ms since the epoch, one a row, in any order. */
  readonly times: ArrayLike<number>
  /** One name a row, or one for all. */
  readonly symbols: string | ArrayLike<string>
}

/** Rows in the order of time, then symbol. */
export interface Panel {
  /** The caller's row numbers in this order. */
  readonly rows: Int32Array
  /** Times that differ, rising. */
  readonly times: Float64Array
  /** Where the rows of each time begin in `rows`; one more at the end. */
  readonly starts: Int32Array
  /** Names that occur, sorted. */
  readonly symbols: readonly string[]
  /** For each place in `rows`, the number of its symbol. */
  readonly symbolOf: Int32Array
}

/** Names by code unit: the same in every locale. */
const byCode = (a: string, b: string): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The keys of rows, checked and numbered. */
export interface CheckedKeys {
  readonly times: Float64Array
  readonly symbols: readonly string[]
  readonly codes: Int32Array
}

/**
 * Checks times and names.
 *
 * @throws `evaluate/row` for a time that is not finite, or a market and moment that is there twice
 */
export function checkKeys(keys: RowKeys): CheckedKeys {
  const times = finiteColumn('times', keys.times)
  const { symbols: given } = keys
  const nameOf = typeof given === 'string' ? (): string => given : (row: number): string => given[row]!
  if (typeof given !== 'string') checkLength('symbols', given, times.length, 'times')
  const seen = new Map<string, Set<number>>()
  for (let row = 0; row < times.length; row++) {
    const name = nameOf(row)
    const moments = seen.get(name) ?? new Set()
    if (moments.has(times[row]!))
      refuseRow('times', row, `${name} at ${times[row]} again`, 'another moment than the rows before of this symbol')
    seen.set(name, moments.add(times[row]!))
  }
  const symbols = [...seen.keys()].sort(byCode)
  const codes = new Map(symbols.map((name, code) => [name, code]))
  return { times, symbols, codes: Int32Array.from(times, (_, row) => codes.get(nameOf(row))!) }
}

/** Puts rows into the order of time, then symbol; `keep` tells which ones. */
export function panelOf({ times, symbols, codes }: CheckedKeys, keep: (row: number) => boolean = () => true): Panel {
  const rows = Int32Array.from(times.keys()).filter(keep)
  rows.sort((a, b) => times[a]! - times[b]! || codes[a]! - codes[b]!)
  const [moments, starts]: [number[], number[]] = [[], []]
  for (let place = 0; place < rows.length; place++) {
    const time = times[rows[place]!]!
    if (moments.at(-1) === time) continue
    moments.push(time)
    starts.push(place)
  }
  return {
    rows,
    times: Float64Array.from(moments),
    starts: Int32Array.from([...starts, rows.length]),
    symbols,
    symbolOf: rows.map((row) => codes[row]!),
  }
}

/** The smallest step between two neighbouring times in ms; `Infinity` where there is none. */
export function smallestStepMs({ times }: Panel): number {
  let smallest = Infinity
  for (let i = 1; i < times.length; i++) smallest = Math.min(smallest, times[i]! - times[i - 1]!)
  return smallest
}

/**
 * Places whose outcomes do not overlap: for each symbol the first row, then always the next that is at least `spanMs` later.
 */
export function apart({ rows, times, starts, symbols, symbolOf }: Panel, spanMs: number): Int32Array {
  const last = new Float64Array(symbols.length).fill(-Infinity)
  const places = new Int32Array(rows.length)
  let count = 0
  for (let moment = 0; moment < times.length; moment++)
    for (let place = starts[moment]!; place < starts[moment + 1]!; place++) {
      const symbol = symbolOf[place]!
      if (times[moment]! - last[symbol]! < spanMs) continue
      last[symbol] = times[moment]!
      places[count++] = place
    }
  return places.subarray(0, count)
}

/** How the time of an evaluation is cut into windows: into so many, or into windows of one length on the UTC grid. */
export type WindowRule = { readonly count: number } | { readonly lengthMs: number }

/** Neighbouring times, as places in {@link Panel.times}; `to` is not included. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/**
 * Cuts the times of a panel. Windows of a count differ by one time at most; with fewer times than windows, each is a window.
 * Windows of a length begin at its multiples since the epoch, so the first and the last may be cut short, and empty ones are not
 * there.
 */
export function cutWindows({ times }: Panel, rule: WindowRule): TimeWindow[] {
  if ('count' in rule) {
    const count = Math.min(rule.count, times.length)
    const edge = (i: number): number => Math.floor((i * times.length) / count)
    return Array.from({ length: count }, (_, i) => ({ from: edge(i), to: edge(i + 1) }))
  }
  const windows: TimeWindow[] = []
  let from = 0
  for (let i = 1; i <= times.length; i++) {
    const number = (at: number): number => Math.floor(times[at]! / rule.lengthMs)
    if (i < times.length && number(i) === number(from)) continue
    windows.push({ from, to: i })
    from = i
  }
  return windows
}
