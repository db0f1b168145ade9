/** What a replay is made from: candles out of files, an engine, and the hashes of both. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { CandlewickError } from '../../core/errors.ts'
import type { CandleSeries } from '../../core/series.ts'
import { createSignalEngine } from '../../create.ts'
import type { SignalEngine } from '../../engine/signal-engine.ts'
import { checkMarkets } from '../../evaluate/backtest/span.ts'
import type { ReportInput } from '../../evaluate/index.ts'
import { readCsv, symbolOfFile } from '../../feeds/index.ts'
import type { ProgressLine } from '../progress-line.ts'
import { readSource } from '../read-text.ts'
import type { ReplayCommandOptions } from './options.ts'

/** Candles and where they came from. */
export interface ReadHistories {
  readonly histories: readonly CandleSeries[]
  readonly inputs: readonly ReportInput[]
}

/** `BTCUSDT-15m` of `data/BTCUSDT-15m.csv.gz`. */
const marketOf = (path: string): string => symbolOfFile(basename(path)) ?? path

/**
 * Reads all files. A market that is in two of them is refused.
 *
 * @throws `file/unreadable`, `csv/…`, `evaluate/option`
 */
export async function readHistories({ csv, symbol, gaps }: ReplayCommandOptions): Promise<ReadHistories> {
  if (symbol !== undefined && csv.length > 1)
    throw new CandlewickError('csv/several-symbols', { path: csv.join(', '), symbols: csv.map(marketOf) })
  const histories: CandleSeries[] = []
  const inputs: ReportInput[] = []
  for (const path of csv) {
    const { text, sha256 } = await readSource(path)
    histories.push(...readCsv(text, { gaps, symbol: symbol ?? marketOf(path) }))
    inputs.push({ name: path, sha256 })
  }
  checkMarkets(histories)
  return { histories, inputs }
}

/** An engine as the options want it. It decides many bars at once, so nothing else about it matters. */
export async function openEngine(
  { manifest, model, strategy, gaps }: ReplayCommandOptions,
  stop: AbortSignal,
  progress: ProgressLine,
): Promise<SignalEngine> {
  return createSignalEngine({ manifest, model, strategy, gaps, signal: stop, onProgress: progress.show })
}

/** Model and manifest, with their hashes; that of a manifest at an address is not known. */
export async function modelInputs(engine: SignalEngine, manifest: string): Promise<ReportInput[]> {
  const { id, sha256 } = engine.info.model
  return [
    { name: manifest, sha256: existsSync(manifest) ? (await readSource(manifest)).sha256 : null },
    { name: id, sha256 },
  ]
}
