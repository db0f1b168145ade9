/** `candlewick evaluate`: how good a model's predictions were over the candles of files, horizon by horizon. */
import { type Command, InvalidArgumentError } from 'commander'
import type { SignalEngine } from '../engine/signal-engine.ts'
import { backtest, defaultScore, judgeModel } from '../evaluate/index.ts'
import { SignalOutcomes } from '../monitor/index.ts'
import { showBacktest } from './backtest.ts'
import { modelInputs, openEngine, readHistories } from './backtest/inputs.ts'
import {
  addReplayOptions,
  addTradingOptions,
  collect,
  numberWithin,
  type ReplayCommandOptions,
  rulesOf,
  wholeFrom,
} from './backtest/options.ts'
import { type Asking, DirectModel } from './evaluate/direct-model.ts'
import { evaluationText, type ToldEvaluation } from './evaluate/summary.ts'
import { progressLine } from './progress-line.ts'

interface EvaluateCommandOptions extends ReplayCommandOptions {
  readonly threshold?: readonly string[]
  readonly resamples: number
  readonly seed: number
  readonly baselines: boolean
  readonly noise: number
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
    .option('--seed <n>', 'seed of the bootstrap and of the noise', wholeFrom(0), 1)
    .option(
      '--no-baselines',
      'do not compare with an always-neutral model, with momentum, and with a regression fitted on the bars before --from',
    )
    .option(
      '--noise <share>',
      "disturb 512 windows by noise of this share of each feature's deviation; 0 for none",
      numberWithin(0, 1),
      0.05,
    )
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
  const { manifest, json } = options
  const { histories, inputs } = await readHistories(options)
  const line = progressLine()
  const engine = await openEngine(options, stop, line)
  try {
    const told = await judged(options, engine, { histories, stop, line })
    line.clear()
    const sources = [...inputs, ...(await modelInputs(engine, manifest))]
    console.log(json === true ? JSON.stringify({ ...told, inputs: sources }) : evaluationText(told))
  } finally {
    line.clear()
    await engine.close()
  }
}

/** Replays, trades and judges the model, and asks it directly for what its signals do not tell. */
async function judged(options: EvaluateCommandOptions, engine: SignalEngine, asking: Asking): Promise<ToldEvaluation> {
  const { manifest, resamples, seed, baselines, evalSet, noise: share } = options
  const { histories, stop, line } = asking
  const { timeframe, model } = engine.info
  const outcomes = new SignalOutcomes({ horizons: model.horizons, thresholds: thresholdsOf(options.threshold) })
  const { from, to, curve, trades } = await backtest(engine, histories, {
    ...rulesOf(options),
    signal: stop,
    onProgress: showBacktest(line),
    onSignals: (series, signals) => outcomes.take(series, signals),
  })
  const rows = outcomes.rows()
  await using direct = baselines || share > 0 ? await DirectModel.open(manifest, engine.info, stop) : undefined
  const learnt = baselines ? await direct!.learnt(outcomes, rows, asking) : undefined
  const learned = learnt?.baseline === undefined ? [] : [learnt.baseline]
  const { report, comparisons } = await judgeModel(rows, {
    timeframe,
    model: model.id,
    evalSetId: evalSet ?? (await outcomes.evaluationSetId()),
    bootstrap: resamples === 0 ? false : { resamples, seed },
    score: { ...defaultScore, missing: 'exclude' },
    trading: { curve, trades },
    baselines: baselines ? [...outcomes.baselines(), ...learned] : [],
    signal: stop,
    onProgress: (progress) => line.tell('Judging', progress.share),
  })
  const noise = share > 0 ? await direct!.noise(rows, { share, seed }, asking) : null
  const leftOut = [...outcomes.unjudged, ...(baselines ? outcomes.uncompared : []), ...(learnt?.leftOut ?? [])]
  const lessons = learnt?.baseline === undefined ? null : { everyBars: learnt.everyBars, horizons: learnt.learned }
  return { ...report, notice: model.notice ?? null, from, to, comparisons, lessons, noise, leftOut }
}
