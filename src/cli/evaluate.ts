/** `candlewick evaluate`: how good a model's predictions were over the candles of files, horizon by horizon. */
import { type Command, InvalidArgumentError } from 'commander'
import { backtest, defaultScore, judgeModel } from '../evaluate/index.ts'
import { SignalOutcomes } from '../monitor/index.ts'
import { showBacktest } from './backtest.ts'
import { modelInputs, openEngine, readHistories } from './backtest/inputs.ts'
import {
  addReplayOptions,
  addTradingOptions,
  collect,
  type ReplayCommandOptions,
  rulesOf,
  wholeFrom,
} from './backtest/options.ts'
import { evaluationText } from './evaluate/summary.ts'
import { progressLine } from './progress-line.ts'

interface EvaluateCommandOptions extends ReplayCommandOptions {
  readonly threshold?: readonly string[]
  readonly resamples: number
  readonly seed: number
  readonly baselines: boolean
  readonly evalSet?: string
}

/** Adds the command to the program. */
export function addEvaluateCommand(program: Command, stop: AbortSignal): void {
  const command = program
    .command('evaluate')
    .description(
      'judge predictions by what came: all metrics of each horizon, with intervals, baselines and paper trading',
    )
  addTradingOptions(addReplayOptions(command))
    .option(
      '--threshold <horizon=return>',
      'return beyond which an outcome is LONG or SHORT, as a fraction; repeat it (default: those of the training targets)',
      collectThresholds,
    )
    .option('--resamples <n>', 'samples of the bootstrap behind the intervals; 0 for no intervals', wholeFrom(0), 1000)
    .option('--seed <n>', 'seed of the bootstrap', wholeFrom(0), 1)
    .option('--no-baselines', 'do not compare with an always-neutral model and with momentum')
    .option('--eval-set <name>', 'name of these bars for a registry (default: made of the bars and the thresholds)')
    .action((options: EvaluateCommandOptions) => runEvaluation(options, stop))
}

function collectThresholds(text: string, before: readonly string[] | undefined): readonly string[] {
  const [, value] = /^[^=]+=(.+)$/.exec(text) ?? []
  if (value === undefined || !(Number(value) >= 0 && Number(value) < 1))
    throw new InvalidArgumentError('It must be a horizon and a fraction from 0 to 1, such as 4h=0.007.')
  return collect(text, before)
}

const thresholdsOf = (given: readonly string[] = []): Record<string, number> =>
  Object.fromEntries(given.map((text) => text.split('=')).map(([name, value]) => [name!, Number(value)]))

async function runEvaluation(options: EvaluateCommandOptions, stop: AbortSignal): Promise<void> {
  const { manifest, resamples, seed, baselines, evalSet, json } = options
  const thresholds = thresholdsOf(options.threshold)
  const { histories, inputs } = await readHistories(options)
  const line = progressLine()
  const engine = await openEngine(options, stop, line)
  try {
    const { timeframe, model } = engine.info
    const rows = new SignalOutcomes({ horizons: model.horizons, thresholds })
    const traded = await backtest(engine, histories, {
      ...rulesOf(options),
      signal: stop,
      onProgress: showBacktest(line),
      onSignals: (series, signals) => rows.take(series, signals),
    })
    const { report, comparisons } = await judgeModel(rows.rows(), {
      timeframe,
      model: model.id,
      evalSetId: evalSet ?? (await rows.evaluationSetId()),
      bootstrap: resamples === 0 ? false : { resamples, seed },
      score: { ...defaultScore, missing: 'exclude' },
      trading: { curve: traded.curve, trades: traded.trades },
      baselines: baselines ? rows.baselines() : [],
      signal: stop,
      onProgress: ({ share }) => line.tell('Judging', share),
    })
    line.clear()
    const leftOut = [...rows.unjudged, ...(baselines ? rows.uncompared : [])]
    const told = { ...report, notice: model.notice ?? null, comparisons, leftOut }
    const sources = [...inputs, ...(await modelInputs(engine, manifest))]
    console.log(
      json === true ? JSON.stringify({ ...told, inputs: sources }) : evaluationText(told, traded.from, traded.to),
    )
  } finally {
    line.clear()
    await engine.close()
  }
}
