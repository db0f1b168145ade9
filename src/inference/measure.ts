/** How long a model takes for the windows of one candle close: warm runs first, then medians of groups of runs. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import { layoutOf } from './layout.ts'
import type { ModelSession } from './session.ts'

/** What is measured, and for how long. */
export interface MeasureOptions {
  /** Windows of one tick. A model of a fixed batch gets the next multiple. */
  readonly windows: number
  /** Stops after this time, in ms; one group of runs is always made. */
  readonly budgetMs: number
  readonly signal?: AbortSignal | undefined
  /** The clock, in ms. Default `performance.now`. */
  readonly now?: (() => number) | undefined
}

/** What warming up did. */
export interface WarmUp {
  readonly ticks: number
  /** Whether the time of a tick no longer fell. */
  readonly settled: boolean
}

/** The time of a tick. */
export interface Timing {
  readonly medianMs: number
  /** Between the quartiles. */
  readonly spreadMs: number
  readonly ticks: number
}

/** What can be measured: an open session. */
export type MeasurableSession = Pick<ModelSession, 'run' | 'contract'>

/** Browsers round their clocks to as much as 1 ms, so runs are timed in groups of at least this length. */
const groupMs = 30

/** The engine compiles WebAssembly in tiers: that takes 50 to 200 runs. */
const leastWarmTicks = 100

/** Groups in each of the two stretches that are compared to see whether the time still falls. */
const stretch = 4

/** A fall below this share is noise. */
const stillFalling = 0.98

/** Groups after which the median is good enough. */
const enoughGroups = 12

/** Runs ticks until their time no longer falls, or the budget is spent. */
export async function warmUp(session: MeasurableSession, options: MeasureOptions): Promise<WarmUp> {
  const { budgetMs, now = clock } = options
  const began = now()
  const times: number[] = []
  let ticks = 0
  let settled = false
  for await (const group of groups(session, options)) {
    times.push(group.tickMs)
    ticks += group.ticks
    settled = ticks >= leastWarmTicks && isLevel(times)
    if (settled || now() - began >= budgetMs) break
  }
  return { ticks, settled }
}

/** Times ticks, until there are enough or the budget is spent. */
export async function timeTicks(session: MeasurableSession, options: MeasureOptions): Promise<Timing> {
  const { budgetMs, now = clock } = options
  const began = now()
  const times: number[] = []
  let ticks = 0
  for await (const group of groups(session, options)) {
    times.push(group.tickMs)
    ticks += group.ticks
    if (times.length >= enoughGroups || now() - began >= budgetMs) break
  }
  return { medianMs: quantile(times, 0.5), spreadMs: quantile(times, 0.75) - quantile(times, 0.25), ticks }
}

const clock = (): number => performance.now()

/** Groups of ticks without end. Between two of them other work of the thread gets its turn, unmeasured. */
async function* groups(
  session: MeasurableSession,
  { windows, signal, now = clock }: MeasureOptions,
): AsyncGenerator<{ ticks: number; tickMs: number }, never, undefined> {
  const tick = tickOf(session, windows)
  for (;;) {
    throwIfAborted(signal)
    const began = now()
    let ticks = 0
    let elapsedMs = 0
    do {
      await tick()
      ticks += 1
      elapsedMs = now() - began
    } while (elapsedMs < groupMs)
    yield { ticks, tickMs: elapsedMs / ticks }
    await breathe()
  }
}

/** Runs the windows of one tick, in pieces as the session would make them: all of them at once could fill the memory. */
function tickOf(session: MeasurableSession, windows: number): () => Promise<void> {
  const { chunk, fixed, windowLength } = layoutOf(session.contract)
  const due = fixed ? Math.ceil(windows / chunk) * chunk : windows
  const input = noise(Math.min(chunk, due) * windowLength)
  return async () => {
    for (let first = 0; first < due; first += chunk) {
      const count = Math.min(chunk, due - first)
      await session.run(input.subarray(0, count * windowLength), count)
    }
  }
}

/** Numbers as scaled features have them: a window of zeros could be faster than a real one. */
function noise(length: number): Float32Array<ArrayBuffer> {
  let state = 1
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** Whether the last stretch is no faster than the one before it. */
function isLevel(times: readonly number[]): boolean {
  if (times.length < 2 * stretch) return false
  const [before, last] = [times.slice(-2 * stretch, -stretch), times.slice(-stretch)]
  return quantile(last, 0.5) >= quantile(before, 0.5) * stillFalling
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)]!
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1)
}
