/** Where the candles on the page come from: a simulated market or a file of the user. */
import { type Candle, CandleSeries, type GapPolicy, type Timeframe } from 'candlewick'
import { readCsv, SimulatedMarket, symbolOfFile } from 'candlewick/feeds'
import { PageError } from './problem.ts'

/** One market on the chart. */
export interface Market {
  readonly series: CandleSeries
  /** Says what the data is; shown beside the chart at all times. */
  readonly label: string
  readonly simulated: boolean
  /** The next candle, where the market goes on. */
  readonly next: (() => Candle) | undefined
}

/** A market that never was; the same seed gives the same candles. */
export function simulatedMarket(seed: number, bars: number): Market {
  const simulation = new SimulatedMarket({ seed })
  const { symbol, timeframe } = simulation
  return {
    series: CandleSeries.from(simulation.take(bars), { symbol, timeframe }),
    label: `Simulated market, seed ${seed}`,
    simulated: true,
    next: () => simulation.next(),
  }
}

/** One symbol of a file. */
export function fileMarket(name: string, series: CandleSeries): Market {
  return { series, label: name, simulated: false, next: undefined }
}

/** Refuses candles of another length than the model was made for. */
export function checkTimeframe({ timeframe }: CandleSeries, needed: Timeframe): void {
  if (timeframe === needed) return
  throw new PageError({
    title: 'Candles of another length',
    message: `The file has ${timeframe} candles; this model reads ${needed} candles.`,
    remedy: `Load a file of ${needed} candles.`,
    actions: ['choose-file', 'simulate'],
  })
}

const unreadable = (message: string, remedy: string): PageError =>
  new PageError({ title: 'The file cannot be read', message, remedy, actions: ['choose-file', 'simulate'] })

/** Beyond this a browser tab is in danger, and a small .gz can unfold to any size. */
const maxCharacters = 400_000_000

async function textOf(file: File): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  const packed = head[0] === 0x1f && head[1] === 0x8b
  const plain = packed ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = plain.getReader()
  let text = ''
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text += decoder.decode(piece.value, { stream: true })
      if (text.length > maxCharacters) throw unreadable(`"${file.name}" is larger than 400 MB.`, 'Load a part of it.')
    }
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof PageError) throw error
    await reader.cancel().catch(() => undefined)
    throw packed
      ? unreadable(`"${file.name}" is not a complete gzip file of text.`, 'Pack it again, or load the plain CSV.')
      : unreadable(`"${file.name}" is not text in UTF-8.`, 'Save it as CSV in UTF-8.')
  }
}

/**
 * Reads a CSV file, plain or gzip, into one series for each symbol.
 *
 * @throws PageError where the file is no text; `csv/invalid` naming line and column
 */
export async function readCandleFile(file: File, gaps: GapPolicy): Promise<CandleSeries[]> {
  return readCsv(await textOf(file), { gaps, symbol: symbolOfFile(file.name) })
}
