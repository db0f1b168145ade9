/** Candles that are all there already: from memory, or from a CSV file. */
import { throwIfAborted } from '../core/abort.ts'
import type { Candle, GapPolicy } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import { CandleSeries } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { type CsvOptions, readCsv } from './csv.ts'
import { firstBar, knownSymbol, wantedBars, wantedSymbols } from './requests.ts'
import type { CandleSource, CandlesOptions, HistoryOptions, SourcedCandle } from './source.ts'
import { stoppable } from './stoppable.ts'

/** Candles in memory. */
export interface ArraySourceOptions {
  readonly timeframe: Timeframe
  /** The closed candles of each symbol, oldest first. */
  readonly candles: Readonly<Record<string, Iterable<Candle>>>
  /** Default `error`. */
  readonly gaps?: GapPolicy | undefined
}

/** A series of each of several markets, all in one timeframe. */
export interface Recording {
  readonly timeframe: Timeframe
  readonly bySymbol: ReadonlyMap<string, CandleSeries>
}

/**
 * Puts series together that have one timeframe and different symbols.
 *
 * @throws `candle/timeframe`; `feed/option` where there is none, or two of one symbol
 */
export function recordingOf(series: readonly CandleSeries[]): Recording {
  const [first] = series
  const bySymbol = new Map(series.map((one) => [one.symbol, one]))
  if (first === undefined || bySymbol.size < series.length)
    throw new CandlewickError('feed/option', {
      option: 'series',
      value: series.map((one) => one.symbol).join(', '),
      expected: 'at least one series, each of another symbol',
    })
  for (const { timeframe } of series)
    if (timeframe !== first.timeframe)
      throw new CandlewickError('candle/timeframe', { expected: first.timeframe, actual: timeframe })
  return { timeframe: first.timeframe, bySymbol }
}

/** The bars of a series from one open time up to another; a series has no gaps, so rows follow from times. */
export function barsOf(series: CandleSeries, from: number, to: number): CandleSeries {
  const { symbol, timeframe } = series
  const first = series.at(0)?.time ?? 0
  const row = (time: number): number => Math.min(Math.max((time - first) / timeframeMs(timeframe), 0), series.length)
  return CandleSeries.from(series.slice(row(from), row(to)), { symbol, timeframe })
}

/** All candles of a recording from `since` on, in the order in which the bars closed. */
export function* inOrderOfTime(recording: Recording, options: CandlesOptions): Generator<SourcedCandle, void> {
  const step = timeframeMs(recording.timeframe)
  const tracks = wantedSymbols([...recording.bySymbol.keys()], options).map((symbol) => {
    const series = recording.bySymbol.get(symbol)!
    const begin = series.at(0)?.time ?? 0
    return { symbol, series, row: Math.max((firstBar(options, symbol, step, begin) - begin) / step, 0) }
  })
  for (;;) {
    const time = Math.min(...tracks.map(({ series, row }) => series.at(row)?.time ?? Infinity))
    if (time === Infinity) return
    for (const track of tracks) {
      const candle = track.series.at(track.row)
      if (candle?.time !== time) continue
      track.row++
      yield { symbol: track.symbol, candle }
    }
  }
}

class RecordedSource implements CandleSource {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  readonly #recording: Recording

  constructor(recording: Recording) {
    this.symbols = [...recording.bySymbol.keys()]
    this.timeframe = recording.timeframe
    this.#recording = recording
  }

  async history(symbol: string, options: HistoryOptions = {}): Promise<CandleSeries> {
    throwIfAborted(options.signal)
    knownSymbol(this.symbols, symbol)
    const series = this.#recording.bySymbol.get(symbol)!
    const step = timeframeMs(this.timeframe)
    const { from, to } = wantedBars(options, step, (series.at(-1)?.time ?? 0) + step)
    return barsOf(series, from, to)
  }

  candles(options: CandlesOptions = {}): AsyncIterableIterator<SourcedCandle> {
    const recording = this.#recording
    return stoppable(options.signal, async function* (signal) {
      for (const candle of inOrderOfTime(recording, options)) {
        throwIfAborted(signal)
        yield candle
      }
    })
  }
}

/**
 * A source over candles in memory: as fast as they are read, in order of time, symbols of one bar in the order given.
 *
 * @throws `candle/*` where the candles of a symbol break a rule of a series
 *
 * @example
 * ```ts
 * const source = arraySource({ timeframe: '15m', candles: { 'BTC/USDT': candles } })
 * ```
 */
export function arraySource(options: ArraySourceOptions): CandleSource {
  const { timeframe, gaps } = options
  return new RecordedSource(
    recordingOf(
      Object.entries(options.candles).map(([symbol, candles]) =>
        CandleSeries.from(candles, { symbol, timeframe, gaps }),
      ),
    ),
  )
}

/**
 * A source over the text of a CSV file; see `readCsv` for the columns.
 *
 * @throws `csv/invalid`; `candle/timeframe` where the symbols differ in timeframe
 *
 * @example
 * ```ts
 * const source = csvSource(await file.text(), { timeframe: '15m' })
 * ```
 */
export function csvSource(text: string, options: CsvOptions = {}): CandleSource {
  return new RecordedSource(recordingOf(readCsv(text, options)))
}
