/** `candlewick convert`: trained weights or an exported model as what runs fastest, compared with the source. */
import { type Command, InvalidArgumentError } from 'commander'
import { CandlewickError } from '../core/errors.ts'
import { Scaler } from '../features/index.ts'
import { type Network, type Precision, precisions } from '../onnx/index.ts'
import { readBytes } from './whole-files.ts'
import { wholeNumber } from './manifest/numbers.ts'
import { readFloats } from '../registry/index.ts'
import { compare } from './convert/comparison.ts'
import {
  convert,
  limits,
  openSource,
  passedThrough,
  roundedUp,
  type Trial,
  tried,
  type Variant,
  type Work,
} from './convert/conversion.ts'
import { checkDescription, readDescription, undescribed } from './convert/description.ts'
import { checkFree, writeProducts } from './convert/products.ts'
import { jsonReport, textReport } from './convert/report.ts'
import type { Runner } from './convert/runner.ts'
import { readSource } from './convert/source.ts'
import { candleWindows, randomWindows, readWindows, type Windows } from './convert/windows.ts'
import { progressLine } from './progress-line.ts'

interface ConvertOptions {
  readonly config?: string
  readonly entry?: string
  readonly precision: readonly Precision[]
  readonly out: string
  readonly samples: number
  readonly input?: string
  readonly expected?: string
  readonly csv?: string
  readonly bars: number
  readonly maxError?: number
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Adds the command to the program. */
export function addConvertCommand(program: Command, stop: AbortSignal): void {
  program
    .command('convert')
    .description('write a PatchTST in the form that runs fastest, and prove it against its source')
    .argument('<source>', 'weights (.safetensors) or a model (.onnx)')
    .requiredOption('--precision <list>', `${precisions.join(', ')}; several with commas, or all`, precisionList)
    .requiredOption('--out <folder>', 'where to write the models, their reference run and their entries')
    .option('--config <file>', 'with weights: sizes of the network (JSON or YAML)')
    .option(
      '--entry <file>',
      'what the manifest is to say of the model (JSON or YAML): name, version, features, scaler, …',
    )
    .option('--samples <n>', 'random windows to compare on', wholeNumber, 64)
    .option('--input <file>', 'windows to compare on: raw float32, scaled as the model takes them')
    .option('--expected <file>', 'with --input: what PyTorch answers to it, raw float32')
    .option('--csv <file>', 'candles to compare on; needs features, timeframe and scaler in --entry')
    .option('--bars <n>', 'with --csv: newest bars of each symbol', wholeNumber, 500)
    .option('--max-error <n>', `largest difference allowed (default: ${limitHelp})`, positive)
    .option('--force', 'replace files that stand there')
    .option('--dry-run', 'compare, and write nothing')
    .option('--json', 'one JSON object instead of text')
    .action((path: string, options: ConvertOptions) => run(path, options, stop))
}

const limitHelp = precisions.map((precision) => `${precision} ${limits[precision]}`).join(', ')

function precisionList(text: string): readonly Precision[] {
  if (text === 'all') return precisions
  return [...new Set(text.split(','))].map((word) => {
    const found = precisions.find((precision) => precision === word)
    if (found === undefined) throw new InvalidArgumentError(`"${word}" is none of ${precisions.join(', ')}.`)
    return found
  })
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

/** Windows by origin; the last ones are the most telling, and the reference run is taken from them. */
async function windowsFor(
  network: Network,
  options: ConvertOptions,
  work: Work,
  multiple: number,
): Promise<[string, Windows][]> {
  const all: [string, Windows][] = [['random', randomWindows(network.anatomy, roundedUp(options.samples, multiple))]]
  if (options.input !== undefined) all.push(['given', await readWindows(options.input, network.anatomy)])
  if (options.csv !== undefined) {
    const { ids, timeframe, scaler } = work.description
    if (ids === undefined || timeframe === undefined || scaler === undefined)
      throw new CandlewickError('convert/config', {
        field: '--entry',
        expected: 'features with timeframe, and a scaler, because there are candles',
        actual: 'less',
      })
    const pipeline = { ids, timeframe, scaler: new Scaler(scaler.spec), window: network.anatomy.window }
    all.push(['candles', await candleWindows(options.csv, pipeline, options.bars, work.signal)])
  }
  // A model of a fixed batch takes whole batches only: what is left over is not compared.
  return all.map(([name, { count, data }]) => {
    const kept = Math.floor(count / multiple) * multiple
    if (kept === 0)
      throw new TypeError(`There are ${count} windows (${name}), and the source takes ${multiple} at a time.`)
    return [name, { count: kept, data: data.slice(0, (data.length / count) * kept) }]
  })
}

/** Refuses a source that answers otherwise than PyTorch did: wrong heads show nowhere else. */
async function checkExpected(
  path: string,
  trials: readonly Trial[],
  network: Network,
  maxError: number,
): Promise<void> {
  const given = trials.find(({ name }) => name === 'given')
  const expected = readFloats(await readBytes(path))
  const length = given?.answers.length ?? 0
  if (given === undefined || expected.length < length)
    throw new CandlewickError('file/unreadable', {
      path,
      reason: `it has ${expected.length} numbers, and the windows of --input need ${length}`,
    })
  const { maxAbsolute } = compare(expected.subarray(0, length), given.answers, network.anatomy.outputs, undefined)
  if (!(maxAbsolute <= maxError))
    throw new CandlewickError('convert/mismatch', { precision: 'source', limit: maxError, actual: maxAbsolute })
}

async function trialsOf(network: Network, options: ConvertOptions, work: Work, runner: Runner): Promise<Trial[]> {
  const trials: Trial[] = []
  for (const [name, windows] of await windowsFor(network, options, work, runner.multiple))
    trials.push(await tried(name, runner, windows, network.anatomy.outputs, work))
  const { expected, maxError = limits.fp32 } = options
  if (expected !== undefined) await checkExpected(expected, trials, network, maxError)
  return trials
}

async function variantsOf(options: ConvertOptions, work: Work): Promise<Variant[]> {
  const { network } = work.source
  if (network === undefined) return [await passedThrough(work)]
  checkDescription(work.description, network.anatomy.features, network.anatomy.outputs)
  const runner = await openSource(work.source)
  try {
    const trials = await trialsOf(network, options, work, runner)
    const variants: Variant[] = []
    for (const precision of options.precision) variants.push(await convert(network, precision, trials, work))
    return variants
  } finally {
    await runner.release()
  }
}

async function run(path: string, options: ConvertOptions, signal: AbortSignal): Promise<void> {
  const progress = progressLine()
  try {
    const work: Work = {
      source: await readSource(path, options.config),
      description: options.entry === undefined ? undescribed : await readDescription(options.entry),
      maxError: options.maxError,
      signal,
      onProgress: (loaded, total) => progress.show({ phase: 'verify', loaded, total }),
    }
    const variants = await variantsOf(options, work)
    const files = new Map(variants.flatMap((variant) => variant.files).map((file) => [file.url, file]))
    if (options.force !== true) await checkFree(options.out, [...files.values()])
    if (options.dryRun !== true) await writeProducts(options.out, [...files.values()])
    progress.clear()
    const report = {
      source: work.source,
      variants,
      out: options.dryRun === true ? undefined : options.out,
      expected: options.expected !== undefined,
    }
    if (options.json === true) console.log(jsonReport(report))
    else {
      const { lines, notices } = textReport(report)
      for (const line of lines) console.log(line)
      for (const notice of notices) console.error(notice)
    }
  } finally {
    progress.clear()
  }
}
