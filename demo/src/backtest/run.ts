/** One backtest: an engine of its own, in as many workers as help, closed when it is over. */
import { type CandleSeries, createSignalEngine, type SignalEngine } from 'candlewick'
import { backtest, type BacktestProgress, type BacktestResult, type ReportInput } from 'candlewick/evaluate'
import { SignalOutcomes } from 'candlewick/monitor'
import { countText, timeText } from '../format.ts'
import { checkTimeframe } from '../market.ts'
import { PageError } from '../problem.ts'
import { trustFor } from '../publisher.ts'
import { engineStep, type Step, step } from '../steps.ts'
import type { Request } from './form.ts'
import { leftText, TimeLeft } from './time-left.ts'

/** A backtest that came to its end. */
export interface Outcome {
  readonly request: Request
  /** Id of the model that decided. */
  readonly model: string
  readonly result: BacktestResult
  /** Every prediction, beside what came of it. */
  readonly outcomes: SignalOutcomes
  readonly inputs: readonly ReportInput[]
  /** What people must know of the model. */
  readonly notice: string | undefined
  /** What it took, without fetching and starting the model. */
  readonly tookMs: number
  readonly workers: number
}

/** Each has the model in its own memory, and a phone has more cores than room. */
const mostWorkers = 4

const phases: Readonly<Record<BacktestProgress['phase'], string>> = {
  features: 'Computing features',
  inference: 'Deciding bars',
  trading: 'Trading',
}

/** Refuses what would decide no bar, in days and bars instead of milliseconds. */
function checkCandles(histories: readonly CandleSeries[], warmup: number, { from, to }: Request): void {
  for (const series of histories) {
    const { symbol, columns, length } = series
    const [first, last] = [columns.time[0], columns.time[length - 1]]
    const refuse = (title: string, message: string, remedy: string): never => {
      throw new PageError({ title, message, remedy, actions: [] })
    }
    if (length < warmup || first === undefined || last === undefined)
      refuse(
        'Too few candles',
        `${symbol} has ${countText(length)} bars, and the model needs ${countText(warmup)} before its first signal.`,
        'Take a longer history.',
      )
    else if (columns.time[warmup - 1]! >= (to ?? Infinity) || last < (from ?? -Infinity))
      refuse(
        'No bar lies in this period',
        `${symbol} has bars from ${timeText(first)} to ${timeText(last)}, and its first signal can come at ${timeText(columns.time[warmup - 1]!)}.`,
        'Choose other days, or empty both.',
      )
  }
}

function progressStep(
  { phase, share, bars, totalBars, symbol }: BacktestProgress,
  several: boolean,
  left: string,
): Step {
  const name = several && symbol !== undefined ? `${phases[phase]}, ${symbol}` : phases[phase]
  const amount = `${countText(bars)} of ${countText(totalBars)} bars${left}`
  return { name, share: { done: share, of: 1 }, amount }
}

async function openEngine(
  { settings: { manifest, backend, strategy } }: Request,
  signal: AbortSignal,
  progress: (step: Step) => void,
): Promise<SignalEngine> {
  const engine = await createSignalEngine({
    manifest,
    trust: trustFor(manifest),
    strategy,
    backends: backend === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
    threads: 1,
    workers: Math.min(navigator.hardwareConcurrency, mostWorkers),
    signal,
    onProgress: (told) => progress(engineStep(told)),
  })
  if (signal.aborted) await engine.close()
  signal.throwIfAborted()
  return engine
}

/**
 * Runs a backtest.
 *
 * @throws PageError for candles or a period that cannot be; what `createSignalEngine` and `backtest` throw; the signal's reason
 */
export async function runBacktest(
  request: Request,
  signal: AbortSignal,
  progress: (step: Step) => void,
): Promise<Outcome> {
  progress(step('Getting the candles'))
  const histories = await request.candles(signal)
  const engine = await openEngine(request, signal, progress)
  try {
    for (const series of histories) checkTimeframe(series, engine.info.timeframe)
    checkCandles(histories, engine.info.warmup, request)
    const began = performance.now()
    const { feeBps, slippageBps } = request.settings
    const clock = new TimeLeft()
    const outcomes = new SignalOutcomes({ horizons: engine.info.model.horizons })
    const result = await backtest(engine, histories, {
      feeBps,
      slippageBps,
      from: request.from,
      to: request.to,
      signal,
      onSignals: (series, signals) => outcomes.take(series, signals),
      onProgress: (told) => {
        const left = told.phase === 'inference' ? clock.left(told.bars, told.totalBars, performance.now()) : undefined
        progress(progressStep(told, histories.length > 1, left === undefined ? '' : ` · ${leftText(left)}`))
      },
    })
    const { model, workers } = engine.info
    const inputs = [
      { name: request.label, sha256: request.sha256 },
      { name: model.id, sha256: model.sha256 },
    ]
    return {
      request,
      model: model.id,
      result,
      outcomes,
      inputs,
      notice: model.notice,
      tookMs: performance.now() - began,
      workers,
    }
  } finally {
    await engine.close()
  }
}
