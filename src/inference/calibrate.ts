/** Which ways of running a model are worth measuring on a device, and which of the measured ones is taken. Pure. */
import type { BackendName } from './backend.ts'

/** A way to run a model: on which backend, on how many threads of a worker, in how many workers. */
export interface Configuration {
  readonly backend: BackendName
  readonly threads: number
  readonly workers: number
}

/** What a device offers, as far as a page can know. */
export interface DeviceOffer {
  /** Logical cores. */
  readonly cores: number
  /** Whether the page is cross-origin isolated: without it there are no threads. */
  readonly isolated: boolean
  /** Whether the user asked to save data: the WebGPU build of the runtime is a download of its own. */
  readonly saveData: boolean
  /** Why the graphics card cannot be used; `undefined` where an adapter answered. */
  readonly withoutGpu: string | undefined
}

/** What may be chosen: `auto`, or what was settled already. */
export interface CandidateLimits {
  readonly backends: readonly BackendName[]
  readonly threads: number | 'auto'
  readonly workers: number | 'auto'
  /** Symbols that come due at one candle close. */
  readonly symbols: number
}

/** What is worth measuring, simplest first, and why the rest is not. */
export interface Candidates {
  readonly configurations: readonly Configuration[]
  readonly ruledOut: readonly string[]
}

/** A configuration at work: the time from the close of a candle to the answers for all symbols. */
export interface Measurement extends Configuration {
  readonly symbols: number
  readonly medianMs: number
  /** Between the quartiles. */
  readonly spreadMs: number
}

/** A configuration that could not be measured, and why, in one sentence. */
export interface FailedCandidate extends Configuration {
  readonly reason: string
}

/** Fewer symbols than these are not worth the memory of a second worker. */
const symbolsForWorkers = 8

/** Each worker holds the runtime and the model: more gain little and cost hundreds of megabytes. */
const maxWorkers = 8

/** What a configuration must gain over a simpler one, as a share of the simpler one's time. */
const worthwhileGain = 0.1

/** Orders configurations, simplest first: fewer workers, then WASM, then fewer threads. */
export function bySimplicity(a: Configuration, b: Configuration): number {
  return a.workers - b.workers || rankOf(a.backend) - rankOf(b.backend) || a.threads - b.threads
}

const rankOf = (backend: BackendName): number => (backend === 'wasm' ? 0 : 1)

/** Tells whether two configurations are the same. */
export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  return bySimplicity(a, b) === 0
}

/** A configuration in words. */
export function nameOf({ backend, threads, workers }: Configuration): string {
  const where = backend === 'wasm' ? 'WASM' : 'WebGPU'
  const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`
  return `${where} with ${counted(threads, 'thread')} in ${counted(workers, 'worker')}`
}

/**
 * The configurations worth measuring, simplest first. There is always at least one: what was settled is taken as it is.
 */
export function candidates(device: DeviceOffer, limits: CandidateLimits): Candidates {
  const ruledOut: string[] = []
  const found: Configuration[] = []
  for (const backend of new Set(limits.backends)) {
    const obstacle = backend === 'webgpu' ? gpuObstacle(device) : undefined
    if (obstacle === undefined) found.push(...configurationsOf(backend, device, limits))
    else ruledOut.push(obstacle)
  }
  if (limits.threads !== 1 && !device.isolated) ruledOut.push('the page is not cross-origin isolated')
  if (limits.workers === 'auto' && limits.symbols < symbolsForWorkers)
    ruledOut.push(`${limits.symbols === 1 ? 'one symbol is' : `${limits.symbols} symbols are`} too few for workers`)
  const [backend = 'wasm'] = limits.backends
  if (found.length === 0) found.push({ backend, threads: 1, workers: settled(limits.workers) })
  return { configurations: found.toSorted(bySimplicity), ruledOut }
}

const settled = (count: number | 'auto'): number => (count === 'auto' ? 1 : count)

function gpuObstacle({ withoutGpu, saveData }: DeviceOffer): string | undefined {
  return withoutGpu ?? (saveData ? 'the user asked to save data' : undefined)
}

function configurationsOf(backend: BackendName, device: DeviceOffer, limits: CandidateLimits): Configuration[] {
  // Workers would share the one graphics card, and its threads are not those of the processor.
  if (backend === 'webgpu') return [{ backend, threads: 1, workers: settled(limits.workers) }]
  const { cores } = device
  const threads = threadCounts(device, limits)
  const workers = limits.workers === 'auto' ? workerCounts(cores, limits.symbols) : [limits.workers]
  const simplest = { threads: threads[0]!, workers: workers[0]! }
  return workers
    .flatMap((some) => threads.map((each) => ({ backend, threads: each, workers: some })))
    .filter(
      (one) =>
        (one.threads === simplest.threads && one.workers === simplest.workers) ||
        (one.threads * one.workers <= cores && !isMixed(one, limits)),
    )
}

/** Without isolation a runtime that is asked for threads runs on one all the same. */
function threadCounts({ isolated }: DeviceOffer, { threads }: CandidateLimits): number[] {
  if (!isolated) return [1]
  return threads === 'auto' ? [1, 2, 4] : [threads]
}

/** Several workers of several threads each are never better than more workers of one: nobody measures them unasked. */
const isMixed = ({ threads, workers }: Configuration, limits: CandidateLimits): boolean =>
  limits.threads === 'auto' && limits.workers === 'auto' && threads > 1 && workers > 1

function workerCounts(cores: number, symbols: number): number[] {
  if (symbols < symbolsForWorkers) return [1]
  const most = Math.min(cores, maxWorkers, symbols)
  return [...new Set([1, ...[2, 4].filter((count) => count <= most), most])]
}

/**
 * The configuration to take: the simplest one that no other beats by 10 % or more of its time. The order of the
 * measurements does not matter, and neither does the unit.
 *
 * @returns `undefined` where nothing was measured
 */
export function choose(outcomes: readonly (Measurement | FailedCandidate)[]): Measurement | undefined {
  const measured = outcomes.filter(
    (outcome): outcome is Measurement =>
      'medianMs' in outcome && Number.isFinite(outcome.medianMs) && outcome.medianMs > 0,
  )
  const fastestMs = Math.min(...measured.map(({ medianMs }) => medianMs))
  return measured
    .filter(({ medianMs }) => fastestMs > medianMs * (1 - worthwhileGain) || medianMs === fastestMs)
    .toSorted((a, b) => bySimplicity(a, b) || a.medianMs - b.medianMs || a.spreadMs - b.spreadMs)[0]
}
