/** One round: every symbol that is due is fetched, and each engine gets all of their bars in one batch. */
import type { Candle } from '../../core/candle.ts'
import { abortable } from '../../core/abort.ts'
import { type Clock, within } from '../../core/clock.ts'
import { asError, reasonOf } from '../../core/errors.ts'
import { candleAt } from '../../core/history.ts'
import { CandleSeries } from '../../core/series.ts'
import type { BarAnswer, BarHistory, BarRecord, ScheduledEngine } from './port.ts'
import type { SymbolCourse } from './symbol-course.ts'

/** What a round works with. */
export interface RoundParts {
  readonly engines: ReadonlyMap<string, ScheduledEngine>
  readonly source: BarHistory
  readonly clock: Clock
  readonly barMs: number
  readonly fetchMs: number
  readonly resume: boolean
  readonly record: (record: Omit<BarRecord, 'model' | 'sinceCloseMs'>) => void
}

/** A symbol whose bars came. */
interface Fetched {
  readonly course: SymbolCourse
  readonly series: CandleSeries
}

/** A bar on its way into an engine. */
interface BatchBar {
  readonly course: SymbolCourse
  readonly candle: Candle
}

/** Why symbols failed in an engine. */
type Verdicts = Map<SymbolCourse, string>

/** More than the warm-up, so that what the features remember has settled. */
const settledHistory = 2

/** Brings all symbols that are due to the bar `due`, as far as their source has it. */
export async function runRound(
  courses: readonly SymbolCourse[],
  due: number,
  parts: RoundParts,
  signal: AbortSignal,
): Promise<void> {
  const fetched = (await Promise.all(courses.map((course) => fetchBars(course, due, parts, signal)))).filter(
    (answer) => answer !== undefined,
  )
  const verdicts: Verdicts = new Map()
  await Promise.all(
    [...parts.engines].map(([name, engine]) => feed(name, engine, fetched, due, parts, verdicts, signal)),
  )
  signal.throwIfAborted()
  for (const { course, series } of fetched) {
    const last = series.columns.time[series.columns.length - 1] ?? -Infinity
    const problem = verdicts.get(course) ?? (last < due ? 'the source does not have the newest bar yet' : undefined)
    if (Number.isFinite(last)) course.reached(last)
    if (problem === undefined) course.succeed(due)
    else course.fail(problem, parts.clock.now())
  }
}

/** Goes on from where the engines are, if all of them are at the same bar. */
async function takeUp(course: SymbolCourse, engines: RoundParts['engines']): Promise<void> {
  const bars = new Set<number | undefined>()
  for (const engine of engines.values()) {
    const { ready, lastTime } = await engine.status(course.symbol)
    bars.add(ready ? lastTime : undefined)
  }
  const [bar] = bars
  if (bars.size === 1 && bar !== undefined) course.resume(bar)
}

/** The bars that a symbol lacks, or its history where an engine needs it; `undefined` where they cannot be had. */
async function fetchBars(
  course: SymbolCourse,
  due: number,
  { engines, source, clock, barMs, fetchMs, resume, record }: RoundParts,
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  const { symbol } = course
  const late = (): never => {
    throw new Error(`the source gave no answer within ${fetchMs} ms`)
  }
  try {
    if (resume && course.lastBar === undefined) await takeUp(course, engines)
    if (course.restsAt(due)) return undefined
    const longest = Math.max(...[...engines.values()].map(({ warmup }) => warmup))
    const { lastBar, unprimed } = course
    const span =
      unprimed.size > 0 || lastBar === undefined ? { last: settledHistory * longest } : { from: lastBar + barMs }
    const history = source.history(symbol, { ...span, to: due + barMs, signal })
    return { course, series: await within(clock, fetchMs, history, late, signal) }
  } catch (error) {
    signal.throwIfAborted()
    course.fail(reasonOf(error), clock.now())
    for (const engine of engines.keys())
      record({ engine, symbol, time: due, status: 'error', reason: reasonOf(error), error: asError(error) })
    return undefined
  }
}

/** Gives one engine what it lacks: history where its memory cannot be trusted, then all bars in one batch. */
async function feed(
  name: string,
  engine: ScheduledEngine,
  fetched: readonly Fetched[],
  due: number,
  parts: RoundParts,
  verdicts: Verdicts,
  signal: AbortSignal,
): Promise<void> {
  const fail = (course: SymbolCourse, error: unknown): void => {
    signal.throwIfAborted()
    course.unprimed.add(name)
    verdicts.set(course, reasonOf(error))
    const [reason, thrown] = [reasonOf(error), asError(error)]
    parts.record({ engine: name, symbol: course.symbol, time: due, status: 'error', reason, error: thrown })
  }
  const batch: BatchBar[] = []
  for (const answer of fetched) {
    try {
      const primed = await prime(name, engine, answer, due, signal)
      batch.push(...barsOf(answer, primed ? due : (answer.course.lastBar ?? -Infinity) + parts.barMs))
    } catch (error) {
      fail(answer.course, error)
    }
  }
  if (batch.length === 0) return
  try {
    const items = batch.map(({ course, candle }) => ({ symbol: course.symbol, candle, decide: candle.time === due }))
    const outcomes = await abortable(engine.pushMany(items, { signal }), signal)
    for (const [at, { error, signal: answer }] of outcomes.entries()) {
      const { course, candle } = batch[at]!
      if (error !== undefined) fail(course, error)
      else settle(name, course, { time: candle.time, isDue: candle.time === due, answer }, parts)
    }
  } catch (error) {
    for (const course of new Set(batch.map((bar) => bar.course))) fail(course, error)
  }
}

/** The bars from this one on. */
function barsOf({ course, series: { columns } }: Fetched, from: number): BatchBar[] {
  const bars: BatchBar[] = []
  for (let row = 0; row < columns.length; row++)
    if (columns.time[row]! >= from) bars.push({ course, candle: candleAt(columns, row) })
  return bars
}

/** Says what became of a bar that an engine took. */
function settle(
  engine: string,
  course: SymbolCourse,
  { time, isDue, answer }: { time: number; isDue: boolean; answer: BarAnswer | undefined },
  { clock, record }: RoundParts,
): void {
  const bar = { engine, symbol: course.symbol, time }
  if (!isDue) return record({ ...bar, status: 'missed', reason: 'the bar was over before it could be looked at' })
  if (answer === undefined) return record({ ...bar, status: 'skipped', reason: 'the engine warms up' })
  const { signal } = answer
  if (signal.expiresAt <= clock.now())
    record({ ...bar, status: 'expired', signal, answer, reason: 'the signal came too late' })
  else if (course.decide(engine, signal)) record({ ...bar, status: 'ok', signal, answer })
}

/** Gives the engine the history before the bar that is due, where its memory cannot be trusted. */
async function prime(
  name: string,
  engine: ScheduledEngine,
  { course, series }: Fetched,
  due: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (!course.unprimed.has(name)) return false
  const before = series.slice().filter((candle) => candle.time < due)
  const past = CandleSeries.from(before, { symbol: course.symbol, timeframe: series.timeframe })
  await abortable(engine.prime(past, { symbol: course.symbol, signal }), signal)
  course.unprimed.delete(name)
  return true
}
