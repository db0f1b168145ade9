/** `candlewick backtest`: what trading a model's signals over the candles of files would have given. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CandlewickError } from '../core/errors.ts'
import { backtest, backtestJson, type BacktestProgress, backtestReport } from '../evaluate/index.ts'
import { modelInputs, openEngine, readHistories } from './backtest/inputs.ts'
import { addReplayOptions, addTradingOptions, type ReplayCommandOptions, rulesOf } from './backtest/options.ts'
import { backtestText } from './backtest/summary.ts'
import { type ProgressLine, progressLine } from './progress-line.ts'
import { writeWhole } from './whole-files.ts'

interface BacktestCommandOptions extends ReplayCommandOptions {
  readonly report?: string
}

/** Adds the command to the program. */
export function addBacktestCommand(program: Command, stop: AbortSignal): void {
  const command = program
    .command('backtest')
    .description('trade the signals of the past on paper: fills at the next open, stops before targets, all costs paid')
  addTradingOptions(addReplayOptions(command))
    .option('--report <file>', 'write a page with curves, figures, trades, rules and hashes (.html)')
    .action((options: BacktestCommandOptions) => runBacktest(options, stop))
}

const doing: Readonly<Record<BacktestProgress['phase'], string>> = {
  features: 'Computing features',
  inference: 'Running the model',
  trading: 'Trading',
}

/** Shows how far a backtest is. */
export function showBacktest(line: ProgressLine): (progress: BacktestProgress) => void {
  return ({ phase, share, symbol }) =>
    line.tell(symbol === undefined ? doing[phase] : `${doing[phase]}, ${symbol}:`, share)
}

async function runBacktest(options: BacktestCommandOptions, stop: AbortSignal): Promise<void> {
  const { csv, manifest, report, json } = options
  for (const input of [...csv, manifest])
    if (report !== undefined && resolve(input) === resolve(report))
      throw new CandlewickError('file/unwritable', { path: report, reason: 'it is one of the files to read' })
  const { histories, inputs } = await readHistories(options)
  const line = progressLine()
  const engine = await openEngine(options, stop, line)
  try {
    const result = await backtest(engine, histories, {
      ...rulesOf(options),
      signal: stop,
      onProgress: showBacktest(line),
    })
    line.clear()
    const { notice } = engine.info.model
    const made = { ...result, notice: notice ?? null, inputs: [...inputs, ...(await modelInputs(engine, manifest))] }
    if (report !== undefined) await writeWhole(report, backtestReport(result, { notice, inputs: made.inputs }))
    console.log(json === true ? backtestJson(made) : backtestText(result, notice))
    if (report !== undefined && json !== true) console.log(`\nWrote ${report}.`)
  } finally {
    line.clear()
    await engine.close()
  }
}
