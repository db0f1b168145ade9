/** `candlewick features`: a CSV file of candles as a data set of features, and of targets, for training. */
import { extname, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { GapPolicy } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import type { CandleSeries } from '../core/series.ts'
import { FeatureStream, targetNames } from '../features/index.ts'
import { readCsv } from '../feeds/index.ts'
import { besideSeries } from './dataset/benchmark.ts'
import { type DatasetBlock, encoders } from './dataset/encoder.ts'
import { type RowPlan, rowsOf, spanOf } from './dataset/rows.ts'
import { writeDataset } from './dataset/write.ts'
import { readFeatureSet, setHelp } from './feature-set.ts'
import { progressLine } from './progress-line.ts'
import { readText } from './read-text.ts'

interface FeaturesOptions {
  readonly csv: string
  readonly set: string
  readonly out: string
  readonly targets: boolean
  readonly benchmark?: string
  readonly symbol?: string
  readonly gaps: GapPolicy
}

/** Adds the command to the program. */
export function addFeaturesCommand(program: Command, stop: AbortSignal): void {
  program
    .command('features')
    .description('write the features of a CSV file as a data set: column time (ms), then the features in order')
    .requiredOption('--csv <file>', 'candles, as for the command signal')
    .requiredOption('--set <set>', setHelp)
    .requiredOption(
      '--out <file>',
      'where to write: .csv, .parquet, or .npy (names of the columns beside it)',
      outputFile,
    )
    .option('--targets', 'the 20 targets too, after the features; rows that 48 bars do not follow are left out', false)
    .option('--benchmark <file>', 'candles of the benchmark, for features that compare with one')
    .option('--symbol <name>', 'symbol of a file without a symbol column; the one to take from a file with several')
    .addOption(
      new Option('--gaps <policy>', 'missing bars: refuse, or fill flat').choices(['error', 'flat']).default('error'),
    )
    .action((options: FeaturesOptions) => writeFeatures(options, stop))
}

function outputFile(path: string): string {
  if (encoders[extname(path)] === undefined)
    throw new InvalidArgumentError(`The file name must end with ${Object.keys(encoders).join(', ')}.`)
  return path
}

async function readSeries({ csv, gaps, symbol }: FeaturesOptions): Promise<readonly CandleSeries[]> {
  const all = readCsv(await readText(csv), { gaps, symbol })
  const chosen = symbol === undefined ? all : all.filter((series) => series.symbol === symbol)
  if (chosen.length === 0)
    throw new CandlewickError('csv/symbol', { symbol: symbol ?? '', known: all.map((series) => series.symbol) })
  return chosen
}

async function readBenchmark(path: string, gaps: GapPolicy): Promise<CandleSeries> {
  const [series, ...others] = readCsv(await readText(path), { gaps })
  if (others.length > 0)
    throw new CandlewickError('csv/several-symbols', { path, symbols: [series!, ...others].map((one) => one.symbol) })
  return series!
}

async function writeFeatures(options: FeaturesOptions, stop: AbortSignal): Promise<void> {
  const { csv, out, targets, gaps } = options
  for (const input of [csv, options.set, options.benchmark])
    if (input !== undefined && resolve(input) === resolve(out))
      throw new CandlewickError('file/unwritable', { path: out, reason: 'it is one of the files to read' })
  const ids = await readFeatureSet(options.set)
  const { warmup } = new FeatureStream(ids, { benchmark: options.benchmark !== undefined })
  const all = await readSeries(options)
  const benchmark = options.benchmark === undefined ? undefined : await readBenchmark(options.benchmark, gaps)
  const symbols = all.map((series) => series.symbol)
  if (extname(out) === '.npy' && all.length > 1)
    throw new CandlewickError('csv/several-symbols', { path: csv, symbols })
  const plan: RowPlan = { ids, targets, warmup }
  const sources = all.map((series) => ({ series, benchmark: benchmark && besideSeries(series, benchmark) }))
  const rows = all.reduce((sum, series) => sum + spanOf(series, plan).rows, 0)
  function* blocks(): Generator<DatasetBlock, void, void> {
    for (const source of sources) yield* rowsOf(source.series, plan, source.benchmark)
  }
  const progress = progressLine()
  const shape = { columns: targets ? [...ids, ...targetNames] : ids, rows, symbols: all.length > 1 }
  try {
    await writeDataset(out, shape, blocks(), {
      signal: stop,
      onRows: (loaded) => progress.show({ phase: 'features', loaded, total: rows }),
    })
  } finally {
    progress.clear()
  }
  const filled = all.reduce((sum, series) => sum + series.filled, 0)
  const notice = filled === 0 ? '' : ` ${filled} missing bars were filled flat.`
  console.log(`Wrote ${out}: ${rows} rows, ${shape.columns.length} columns after the time.${notice}`)
}
