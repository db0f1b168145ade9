/** `candlewick signal`: the last signals of a CSV file, by the same engine as in the browser, without a worker. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { createSignalEngine } from '../create.ts'
import { readCsv } from '../feeds/index.ts'
import { type Signal, strategies, type StrategyName } from '../signals/index.ts'
import { progressLine } from './progress-line.ts'
import { readText } from './read-text.ts'

interface SignalOptions {
  readonly csv: string
  readonly manifest: string
  readonly model?: string
  readonly symbol?: string
  readonly last: number
  readonly strategy: StrategyName
  readonly gaps: 'error' | 'flat'
  readonly json?: boolean
}

/** Adds the command to the program. */
export function addSignalCommand(program: Command, stop: AbortSignal): void {
  program
    .command('signal')
    .description('print the last signals of a CSV file, one line each')
    .requiredOption(
      '--csv <file>',
      'candles: timestamp (ms or ISO), open, high, low, close, volume, optional turnover and symbol; .gz is read too',
    )
    .requiredOption('--manifest <file>', "the models' manifest.json: a path or an address")
    .option('--model <id>', 'id or name of the model (default: the first of the manifest)')
    .option('--symbol <name>', 'symbol of a file without a symbol column')
    .option('--last <n>', 'number of bars, counted from the newest', positiveInteger, 1)
    .addOption(
      new Option('--strategy <name>', 'how strict the filter is').choices(Object.keys(strategies)).default('moderate'),
    )
    .addOption(
      new Option('--gaps <policy>', 'missing bars: refuse, or fill flat').choices(['error', 'flat']).default('error'),
    )
    .option('--json', 'JSON Lines instead of text')
    .action((options: SignalOptions) => printSignals(options, stop))
}

function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.')
  return value
}

async function printSignals(options: SignalOptions, stop: AbortSignal): Promise<void> {
  const { gaps, symbol, last } = options
  const histories = readCsv(await readText(options.csv), { gaps, symbol })
  const progress = progressLine()
  const engine = await createSignalEngine({
    manifest: options.manifest,
    model: options.model,
    strategy: options.strategy,
    gaps,
    signal: stop,
    onProgress: progress.show,
  })
  try {
    for (const history of histories) {
      const signals = await engine.replay(history, { last, signal: stop, onProgress: progress.show })
      progress.clear()
      for (const signal of signals) console.log(options.json === true ? jsonLine(signal) : textLine(signal))
    }
  } finally {
    progress.clear()
    await engine.close()
  }
}

function jsonLine(signal: Signal): string {
  const { time, symbol, side, confidence, strength, quality, risk, entry, stopLoss, takeProfit } = signal
  const { returns, probabilities, model, rejections } = signal
  return JSON.stringify({
    time,
    symbol,
    side,
    confidence,
    strength,
    quality,
    risk,
    entry,
    stopLoss,
    takeProfit,
    returns,
    probabilities,
    model,
    rejections,
  })
}

function textLine(signal: Signal): string {
  const share = (value: number): string => value.toFixed(2)
  // Six digits tell prices of any size apart.
  const price = (value: number): string => String(Number(value.toPrecision(8)))
  const levels =
    signal.stopLoss === null || signal.takeProfit === null
      ? ''
      : `  stop-loss ${price(signal.stopLoss)}  take-profit ${price(signal.takeProfit)}`
  const rejected =
    signal.rejections.length === 0 ? '' : `  rejected by ${signal.rejections.map((r) => r.rule).join(', ')}`
  return [
    `${new Date(signal.time).toISOString()}  ${signal.symbol}  ${signal.side.padEnd(7)}`,
    `confidence ${share(signal.confidence)}  strength ${share(signal.strength)}  quality ${share(signal.quality)}`,
    `risk ${signal.risk.level ?? 'unknown'}  entry ${price(signal.entry)}${levels}${rejected}`,
  ].join('  ')
}
