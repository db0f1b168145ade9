/** Candles from CSV text: checked line by line, so that a mistake is named by its line and column. */
import Papa from 'papaparse'
import type { Candle, GapPolicy } from '../core/candle.ts'
import { CandlewickError, isCandlewickError } from '../core/errors.ts'
import { CandleSeries } from '../core/series.ts'
import { inferTimeframe, type Timeframe } from '../core/timeframe.ts'

/** How to read a CSV file. */
export interface CsvOptions {
  /** Default: the smallest step between two bars. */
  readonly timeframe?: Timeframe | undefined
  /** Symbol of files without a `symbol` column. Default `UNKNOWN`. */
  readonly symbol?: string | undefined
  /** What to do where candles are missing. Default `error`. */
  readonly gaps?: GapPolicy | undefined
}

const required = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const
type Column = (typeof required)[number] | 'turnover' | 'symbol'

/** Where each column stands in a row. */
type Header = Partial<Record<Column, number>>

/** A parsed candle and the line it came from. */
interface Row {
  readonly line: number
  readonly candle: Candle
}

const fail = (line: number, column: string, value: string, expected: string): never => {
  throw new CandlewickError('csv/invalid', { line, column, value, expected })
}

function readHeader(cells: readonly string[]): Header {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  for (const name of required)
    if (!names.includes(name)) fail(1, name, names.join(','), `a header with ${required.join(', ')}`)
  const header: Header = {}
  for (const name of [...required, 'turnover', 'symbol'] as const) {
    const at = names.indexOf(name)
    if (at < 0) continue
    if (names.indexOf(name, at + 1) >= 0) fail(1, name, names.join(','), 'a header that names each column once')
    header[name] = at
  }
  return header
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Milliseconds since the epoch, or ISO 8601. An ISO date-time without a zone is UTC, as exchanges write it. */
function readTime(text: string, line: number): number {
  if (/^\d{12,14}$/.test(text)) return Number(text)
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text)
  const time = iso === null ? NaN : Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`)
  return Number.isNaN(time) ? fail(line, 'timestamp', text, 'a time in milliseconds or ISO 8601') : time
}

function readCandle(cells: readonly string[], header: Header, line: number): Candle {
  const text = (column: Column): string => cells[header[column]!]?.trim() ?? ''
  const amount = (column: Column): number =>
    decimal.test(text(column)) ? Number(text(column)) : fail(line, column, text(column), 'a decimal number')
  const turnover = header.turnover === undefined || text('turnover') === '' ? undefined : amount('turnover')
  return {
    time: readTime(text('timestamp'), line),
    open: amount('open'),
    high: amount('high'),
    low: amount('low'),
    close: amount('close'),
    volume: amount('volume'),
    turnover,
  }
}

/** The column of a CSV file that an error about a candle is about. */
function columnOf(error: CandlewickError): string {
  return 'field' in error.details && error.details.field !== 'time' ? error.details.field : 'timestamp'
}

/** Puts the rows of one symbol into a checked series; what a candle breaks is said with its line. */
function toSeries(rows: readonly Row[], symbol: string, options: CsvOptions): CandleSeries {
  const timeframe = options.timeframe ?? inferTimeframe(rows.map((row) => row.candle.time))
  if (timeframe === undefined)
    return fail(
      rows[0]!.line,
      'timestamp',
      String(rows[0]!.candle.time),
      'part of a regular series; name the timeframe',
    )
  const series = new CandleSeries({ symbol, timeframe, gaps: options.gaps })
  for (const { line, candle } of rows) {
    try {
      series.append(candle)
    } catch (error) {
      if (!isCandlewickError(error)) throw error
      const column = columnOf(error)
      const value = column === 'timestamp' ? candle.time : candle[column as keyof Candle]
      throw new CandlewickError(
        'csv/invalid',
        { line, column, value: String(value), expected: `right: ${error.message}` },
        { cause: error },
      )
    }
  }
  return series
}

/**
 * The symbol that a file's name stands for, where it has no column for it: the name without `.csv` and `.gz`; `undefined` where
 * nothing is left.
 *
 * @example
 * ```ts
 * symbolOfFile('BTCUSDT-15m.csv.gz') // 'BTCUSDT-15m'
 * ```
 */
export function symbolOfFile(name: string): string | undefined {
  const symbol = name.replace(/(?:\.csv)?(?:\.gz)?$/i, '').trim()
  return symbol === '' ? undefined : symbol
}

/**
 * Reads candles from CSV text with the columns `timestamp` (ms or ISO 8601, bar open, UTC), `open`, `high`, `low`, `close`,
 * `volume`, and optionally `turnover` and `symbol`, in any order; other columns are ignored.
 *
 * @returns one series for each symbol, in order of appearance
 * @throws `csv/invalid` naming the line and the column; where a candle breaks a rule, its error is the `cause`
 *
 * @example
 * ```ts
 * const [series] = readCsv('timestamp,open,high,low,close,volume\n1704067200000,42283,42488,42261,42488,431\n', { timeframe: '15m' })
 * ```
 */
export function readCsv(text: string, options: CsvOptions = {}): CandleSeries[] {
  let header: Header | undefined
  let width = 0
  let line = 0
  const bySymbol = new Map<string, Row[]>()
  const readRow = (cells: string[], lines: number): void => {
    line += lines
    if (cells.length === 1 && cells[0]!.trim() === '') return
    if (header === undefined) {
      header = readHeader(cells)
      width = cells.length
      return
    }
    if (cells.length !== width) fail(line, 'row', cells.join(','), `${width} values, as the header has`)
    const symbol = header.symbol === undefined ? (options.symbol ?? 'UNKNOWN') : cells[header.symbol]!.trim()
    if (symbol === '') fail(line, 'symbol', '', 'a symbol')
    const rows = bySymbol.get(symbol) ?? []
    rows.push({ line, candle: readCandle(cells, header, line) })
    bySymbol.set(symbol, rows)
  }
  Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), {
    delimiter: ',',
    // A quoted cell may hold line breaks; count them, or every later line number is wrong.
    step: ({ data, errors }) => {
      const lines = 1 + data.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0)
      const [problem] = errors
      if (problem !== undefined) fail(line + 1, 'row', data.join(','), `well-formed CSV (${problem.message})`)
      readRow(data, lines)
    },
  })
  if (bySymbol.size === 0) fail(Math.max(line, 1), 'timestamp', '', 'a header and at least one candle')
  return [...bySymbol].map(([symbol, rows]) => toSeries(rows, symbol, options))
}
