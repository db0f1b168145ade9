/** The model of an engine by itself: what it looks at, and what it answers when it is asked directly. */
import type { CandleSeries } from '../../core/series.ts'
import type { EngineInfo } from '../../engine/core.ts'
import {
  type EvaluationRows,
  logisticBaseline,
  type LogisticBaseline,
  noiseCheck,
  type NoiseReport,
  spreadBars,
} from '../../evaluate/index.ts'
import { featureSource, parseScaler, type PipelineOptions, Scaler, windowsAt } from '../../features/index.ts'
import { modelAnswers, type SignalOutcomes } from '../../monitor/index.ts'
import { openRegistry } from '../../open-registry.ts'
import type { ModelEntry, ModelRegistry } from '../../registry/index.ts'
import type { ProgressLine } from '../progress-line.ts'

/** Windows that noise is added to: enough to tell one per cent. */
const noisyWindows = 512

/** What all questions to a model need. */
export interface Asking {
  readonly histories: readonly CandleSeries[]
  readonly stop: AbortSignal
  readonly line: ProgressLine
}

/** A model by itself. Get one with {@link DirectModel.open}. */
export class DirectModel implements AsyncDisposable {
  readonly #registry: ModelRegistry
  readonly #id: string
  readonly #entry: ModelEntry
  readonly #pipeline: PipelineOptions

  private constructor(registry: ModelRegistry, id: string, entry: ModelEntry, pipeline: PipelineOptions) {
    this.#registry = registry
    this.#id = id
    this.#entry = entry
    this.#pipeline = pipeline
  }

  /** @throws as the registry does; the signal's reason when it aborts */
  static async open(manifest: string, { model, timeframe }: EngineInfo, signal: AbortSignal): Promise<DirectModel> {
    const registry = await openRegistry({ manifest, signal })
    try {
      const { entry, scaler } = await registry.load(model.id, { signal })
      const { names: ids, lookback: window } = entry.features
      const pipeline = { ids, window, timeframe, scaler: new Scaler(parseScaler(scaler, ids)) }
      return new DirectModel(registry, model.id, entry, pipeline)
    } catch (error) {
      await registry.close()
      throw error
    }
  }

  /** What a regression on the same features says of the judged rows, where earlier bars can teach it. */
  learnt(outcomes: SignalOutcomes, rows: EvaluationRows, { histories, stop, line }: Asking): Promise<LogisticBaseline> {
    return logisticBaseline(rows, {
      histories,
      features: featureSource(this.#pipeline.ids),
      thresholds: outcomes.thresholds,
      signal: stop,
      onProgress: (share) => line.tell('Fitting a baseline', share),
    })
  }

  /** How far noise moves the answers, on windows spread over the judged rows. */
  async noise(
    rows: EvaluationRows,
    { share, seed }: Pick<NoiseReport, 'share' | 'seed'>,
    { histories, stop, line }: Asking,
  ): Promise<NoiseReport> {
    const markets = spreadBars(histories, rows, noisyWindows)
    const count = markets.reduce((sum, { bars }) => sum + bars.length, 0)
    const size = this.#pipeline.window * this.#pipeline.ids.length
    const windows = new Float32Array(count * size)
    let at = 0
    for (const { series, bars } of markets) {
      windows.set(await windowsAt(series.columns, this.#pipeline, bars, { signal: stop }), at)
      at += bars.length * size
    }
    await using model = await this.#registry.getModel(this.#id, { signal: stop })
    return await noiseCheck({
      windows,
      count,
      features: this.#pipeline.ids.length,
      ask: modelAnswers(model, this.#entry),
      share,
      seed,
      signal: stop,
      onProgress: (done) => line.tell('Asking with noise', done),
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#registry.close()
  }
}
