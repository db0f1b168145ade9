/** From a manifest's address to a model that is ready to run: every part is checked against what the manifest declares. */
import { CandlewickError } from '../core/errors.ts'
import { parseTimeframe } from '../core/timeframe.ts'
import { FeaturePipeline, parseScaler, type PipelineOptions, Scaler } from '../features/index.ts'
import { type Backend, type BackendName, type ModelContract, ModelSession } from '../inference/index.ts'
import {
  checkGolden,
  type ModelEntry,
  ModelRegistry,
  type ReadResource,
  type RegistryStore,
  type ServedModel,
} from '../registry/index.ts'
import type { MaxAge } from '../signals/index.ts'
import { localChoice } from './choice.ts'
import type { EngineInfo, EngineOptions, EngineProgress, TriedBackend } from './core.ts'
import { Decider } from './decider.ts'
import type { LoadedParts } from './local-engine.ts'
import { checkServing } from './servable.ts'

/** A store, and why it is not the one that lasts, if it is not. */
export interface OpenedStore {
  readonly store: RegistryStore
  readonly problem?: string | undefined
}

/** What differs between a worker and Node. */
export interface LocalParts {
  /** Opens the place where models are kept, or a lesser one with the reason. */
  readonly openStore: (kind: EngineOptions['store']) => Promise<OpenedStore>
  /** Reads a file of the manifest's world. */
  readonly read: ReadResource
  /** The backends that this realm can offer. */
  readonly backends: readonly Backend[]
}

/** Progress and cancellation of opening. */
export interface LoadHooks {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
}

/**
 * Loads the model that the options ask for.
 *
 * @throws `model/…`, `backend/unavailable`
 */
export async function loadModel(options: EngineOptions, parts: LocalParts, hooks: LoadHooks): Promise<LoadedParts> {
  const began = performance.now()
  const runtime = startRuntime(options, parts.backends)
  const { store, problem } = await parts.openStore(options.store)
  const { loaded, registry } = await fetchModel(options, store, parts, hooks)
  const { entry } = loaded

  const { contract, output, calibration } = await checkServing(entry, loaded.id)
  const scaler = new Scaler(parseScaler(loaded.scaler, entry.features.names))
  const { session, missing } = await openSession(loaded, contract, options, parts.backends, hooks)

  const pipeline: PipelineOptions = {
    ids: entry.features.names,
    scaler,
    window: entry.features.lookback,
    timeframe: parseTimeframe(entry.features.timeframe),
    gaps: options.gaps,
  }
  const { warmup } = new FeaturePipeline(pipeline)
  const { runtimeMs, loadMs: sessionMs, warmupMs } = session.timings
  const timings = {
    manifestMs: registry.openedMs,
    bytesMs: loaded.bytesMs,
    runtimeMs: runtime.startedMs ?? runtimeMs,
    sessionMs,
    warmupMs,
    totalMs: performance.now() - began,
  }
  const tried = [...missing, ...session.tried]
  const { backend, threads, threadsProblem } = session
  const choice = localChoice({ backend, threads, workers: 0 }, options)
  const running: Running = { warmup, timings, tried, backend, threads, threadsProblem, choice }
  const info = describe(loaded, registry, running, problem)
  const decider = new Decider({
    model: loaded.id,
    epoch: loaded.epoch,
    timeframe: pipeline.timeframe,
    output,
    calibration,
    maxAge: maxAgeOf(entry),
    options,
  })
  return { session, pipeline, decider, info }
}

/** How long the runtime took, once it has started or failed to. */
interface RuntimeStart {
  startedMs: number | undefined
}

/**
 * Starts the runtime beside the download, where it is certain which one will be used: a thread must not start two. What
 * fails is reported when the model is loaded.
 */
function startRuntime({ backends = ['wasm'] }: EngineOptions, available: readonly Backend[]): RuntimeStart {
  const start: RuntimeStart = { startedMs: undefined }
  const [only, ...others] = available
  if (only === undefined || others.length > 0 || !backends.includes(only.name)) return start
  const began = performance.now()
  const started = (): number => (start.startedMs = performance.now() - began)
  void only.start().then(started)
  return start
}

/** Without a training date that can be read, a model's age counts from its making. */
function maxAgeOf({ maxAgeHours = 0, trainingDate = '', createdAt }: ModelEntry): MaxAge | undefined {
  if (maxAgeHours === 0) return undefined
  const trained = Date.parse(trainingDate)
  return { trainedAt: Number.isNaN(trained) ? Date.parse(createdAt) : trained, hours: maxAgeHours }
}

/** Opens the model in the first backend that can run it, and holds it to its reference runs. */
async function openSession(
  loaded: ServedModel,
  contract: ModelContract,
  { backends = ['wasm'] }: EngineOptions,
  available: readonly Backend[],
  hooks: LoadHooks,
): Promise<{ session: ModelSession; missing: readonly TriedBackend[] }> {
  const { signal, onProgress } = hooks
  const { offered, missing } = chooseBackends(backends, available)
  if (offered.length === 0) throw new CandlewickError('backend/unavailable', { tried: missing })
  const session = await ModelSession.open({
    contract,
    model: loaded.model,
    backends: offered,
    signal,
    onProgress: ({ phase, completed, total }) =>
      onProgress?.({ phase: phase === 'load' ? 'session' : phase, loaded: completed, total }),
  })
  await checkReference(session, loaded, hooks)
  return { session, missing }
}

/** A model that fails its reference runs, on whatever backend, never gives a signal. */
async function checkReference(
  session: ModelSession,
  { id, golden }: ServedModel,
  { signal }: LoadHooks,
): Promise<void> {
  try {
    await checkGolden({ id, backend: session.backend }, golden, (input) => session.run(input, 1, { signal }))
  } catch (error) {
    await session.release()
    throw error
  }
}

/** Brings the model's files; the store is closed again whatever happens. */
async function fetchModel(
  options: EngineOptions,
  store: RegistryStore,
  { read }: LocalParts,
  hooks: LoadHooks,
): Promise<{ registry: ModelRegistry; loaded: ServedModel }> {
  try {
    const { manifest, trust, minManifestVersion } = options
    await using registry = await ModelRegistry.open({ manifest, trust, minManifestVersion, store, read, ...hooks })
    return { registry, loaded: await registry.load(options.model, hooks) }
  } finally {
    await store.close()
  }
}

/** The backends asked for, in order, and those that this realm does not have. */
function chooseBackends(
  wanted: readonly BackendName[],
  available: readonly Backend[],
): { offered: Backend[]; missing: TriedBackend[] } {
  const offered: Backend[] = []
  const missing: TriedBackend[] = []
  for (const name of wanted) {
    const backend = available.find((candidate) => candidate.name === name)
    if (backend === undefined) missing.push({ backend: name, reason: 'this runtime does not offer it' })
    else offered.push(backend)
  }
  return { offered, missing }
}

type Running = Pick<EngineInfo, 'warmup' | 'timings' | 'tried' | 'backend' | 'threads' | 'threadsProblem' | 'choice'>

function describe(
  loaded: ServedModel,
  registry: ModelRegistry,
  running: Running,
  openingProblem: string | undefined,
): EngineInfo {
  const { entry } = loaded
  return {
    ...running,
    manifestSource: registry.manifestSource ?? 'store',
    manifestProblem: registry.manifestProblem?.message,
    storeProblem: openingProblem ?? loaded.storeProblem ?? registry.storeProblem,
    model: {
      id: loaded.id,
      name: entry.name,
      version: entry.version,
      modelType: entry.modelType,
      description: entry.description,
      notice: entry.notice,
      sha256: entry.artifact.sha256,
      bytes: entry.artifact.size,
      features: entry.features.names.length,
      window: entry.features.lookback,
      horizons: entry.outputLayout.horizons,
    },
    timeframe: parseTimeframe(entry.features.timeframe),
    source: loaded.source,
    epoch: loaded.epoch,
    standsInFor: loaded.standsInFor,
    persisted: loaded.persisted,
    workers: 0,
  }
}
