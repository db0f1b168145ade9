/** An exchange's rows as candles. Whatever is not certainly right stays here. */
import { type Candle, checkCandle } from '../core/candle.ts'
import { reasonOf } from '../core/errors.ts'

/** A row that is not a candle. */
export interface RowFault {
  /** Bar-open time in ms where the row names one on the grid. */
  readonly at: number | undefined
  readonly reason: string
}

/** An answer, sorted into what can be believed and what cannot. */
export interface SortedRows {
  /** Candles by bar-open time, oldest first. */
  readonly byTime: ReadonlyMap<number, Candle>
  readonly faults: readonly RowFault[]
}

/** What a row is held against. */
export interface RowRules {
  /** Length of a bar, ms. */
  readonly step: number
  /** The latest bar-open time that can have come, ms. */
  readonly latest: number
}

const columns = ['time', 'open', 'high', 'low', 'close', 'volume'] as const

function faultOf(row: unknown, { step, latest }: RowRules): RowFault | Candle {
  if (!Array.isArray(row) || row.length < columns.length) return { at: undefined, reason: 'not a row of six numbers' }
  const values: readonly unknown[] = row
  const [time, open, high, low, close, volume] = values
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time < 0)
    return { at: undefined, reason: `time is ${quote(time)}, not whole milliseconds` }
  if (time % step !== 0) return { at: undefined, reason: `time ${time} is off the grid of ${step} ms` }
  const wrong = columns.findIndex((_, i) => typeof values[i] !== 'number')
  if (wrong >= 0) return { at: time, reason: `${columns[wrong]!} is ${quote(values[wrong])}, not a number` }
  if (time > latest) return { at: time, reason: 'the bar lies in the future' }
  const candle = { time, open, high, low, close, volume } as Candle
  try {
    checkCandle(candle)
    return candle
  } catch (error) {
    return { at: time, reason: reasonOf(error) }
  }
}

const quote = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value))

const isFault = (outcome: RowFault | Candle): outcome is RowFault => 'reason' in outcome

/** Whether two candles say the same. */
export function sameValues(a: Candle, b: Candle): boolean {
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume
}

/**
 * Sorts the rows `[time, open, high, low, close, volume]` of an answer: in any order, repeated, wrong. Rows that contradict
 * each other about one bar are both refused, because nobody can tell which is right.
 */
export function sortRows(rows: readonly unknown[], rules: RowRules): SortedRows {
  const byTime = new Map<number, Candle>()
  const faults: RowFault[] = []
  const refused = new Set<number>()
  for (const row of rows) {
    const outcome = faultOf(row, rules)
    if (isFault(outcome)) {
      faults.push(outcome)
      if (outcome.at !== undefined) refused.add(outcome.at)
      continue
    }
    const other = byTime.get(outcome.time)
    if (other !== undefined && !sameValues(other, outcome) && !refused.has(outcome.time)) {
      faults.push({ at: outcome.time, reason: 'two rows of one answer contradict each other' })
      refused.add(outcome.time)
    }
    byTime.set(outcome.time, outcome)
  }
  for (const time of refused) byTime.delete(time)
  return { byTime: new Map([...byTime].sort(([a], [b]) => a - b)), faults }
}
