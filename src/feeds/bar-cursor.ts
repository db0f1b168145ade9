/** Where one symbol stands: which bar is due, and which rows of an answer are closed bars beyond doubt. No time passes here. */
import { type Candle, flatCandle } from '../core/candle.ts'
import { type RowFault, sameValues, sortRows } from './rows.ts'

/** What a cursor goes by. */
export interface CursorOptions {
  /** Length of a bar, ms. */
  readonly step: number
  /** Open time of the first bar wanted, on the grid. */
  readonly first: number
  /** How far the exchange's clock may seem to be ahead before a bar counts as one of the future, ms. */
  readonly toleranceMs: number
}

/** Bars that are missing or wrong although later ones are there. */
export interface Hole {
  readonly from: number
  /** The first bar that is there again. */
  readonly to: number
  readonly reason: 'missing' | 'wrong'
}

/** What an answer came to. */
export interface Intake {
  /** Closed bars that are due, oldest first, without a gap. Confirm each with {@link BarCursor.pass}. */
  readonly closed: readonly Candle[]
  /** What stops the bars behind it. */
  readonly hole: Hole | undefined
  /** Whether a bar has ended by the clock and its row is not certain yet. */
  readonly waiting: boolean
  /** The bar that is due, where it is forming. */
  readonly forming: Candle | undefined
  readonly corrections: readonly { readonly given: Candle; readonly corrected: Candle }[]
  readonly faults: readonly RowFault[]
}

/** How many bars before the one due are asked for again, to see corrections and to know the price before a hole. */
export const overlapBars = 2

/**
 * Decides which rows are closed bars. A bar is closed when its end has passed by the exchange's clock and the same answer
 * holds a later bar. Where none follows, as in a market without trades, the row must come the same in two answers that lie
 * `agreeMs` apart: an answer from a copy that lags behind, or a clock that is ahead, shows a bar that is still forming.
 */
export class BarCursor {
  readonly #step: number
  readonly #toleranceMs: number
  #next: number
  #given: readonly Candle[] = []
  #candidate: { readonly candle: Candle; readonly at: number } | undefined

  constructor(options: CursorOptions) {
    this.#step = options.step
    this.#toleranceMs = options.toleranceMs
    this.#next = options.first
  }

  /** Open time of the bar that is due. */
  get next(): number {
    return this.#next
  }

  /** The last bar given out, or seen before the first one. */
  get last(): Candle | undefined {
    return this.#given.at(-1)
  }

  /** How many bars from the one due on have ended. */
  ended(now: number): number {
    return Math.max(Math.floor((now - this.#next) / this.#step), 0)
  }

  /** Reads an answer that came at `now` of the exchange's clock. */
  ingest(rows: readonly unknown[], now: number, agreeMs: number): Intake {
    const { byTime, faults } = sortRows(rows, { step: this.#step, latest: now + this.#toleranceMs })
    const corrections = this.#corrections(byTime)
    const newest = Math.max(...byTime.keys())
    const closed: Candle[] = []
    let at = this.#next
    for (; at < newest && at + this.#step <= now; at += this.#step) {
      const candle = byTime.get(at)
      if (candle === undefined) break
      closed.push(candle)
    }
    const row = byTime.get(at)
    const hasEnded = at + this.#step <= now
    const isNewest = row !== undefined && at === newest
    if (isNewest && hasEnded && this.#agrees(row, now, agreeMs)) {
      closed.push(row)
      at += this.#step
    }
    const hole = hasEnded && at < newest && row === undefined ? this.#hole(at, byTime, faults) : undefined
    const forming = isNewest && !hasEnded ? { ...row, closed: false } : undefined
    return { closed, hole, waiting: hole === undefined && at + this.#step <= now, forming, corrections, faults }
  }

  /** Marks the bar that is due as given out. */
  pass(candle: Candle): void {
    this.#given = [...this.#given.slice(1 - overlapBars), candle]
    this.#next = candle.time + this.#step
    this.#candidate = undefined
  }

  /** The flat bars that stand for a hole; none where no price before it is known. */
  flat(hole: Hole): Candle[] {
    const { last } = this
    if (last === undefined || last.time !== hole.from - this.#step) return []
    return Array.from({ length: (hole.to - hole.from) / this.#step }, (_, i) =>
      flatCandle(hole.from + i * this.#step, last.close),
    )
  }

  /** Leaves the bars before `time` out. */
  skipTo(time: number): void {
    this.#next = time
    this.#candidate = undefined
  }

  #agrees(row: Candle, now: number, agreeMs: number): boolean {
    const before = this.#candidate
    // A clock that was corrected meanwhile may have noted a time that has not come yet.
    if (before !== undefined && before.candle.time === row.time && sameValues(before.candle, row) && now >= before.at)
      return now - before.at >= agreeMs
    this.#candidate = { candle: row, at: now }
    return false
  }

  #hole(from: number, byTime: ReadonlyMap<number, Candle>, faults: readonly RowFault[]): Hole {
    const to = [...byTime.keys()].find((time) => time > from)!
    const wrong = faults.some(({ at }) => at !== undefined && at >= from && at < to)
    return { from, to, reason: wrong ? 'wrong' : 'missing' }
  }

  /** Compares the bars given out with what is said about them now, and takes note of the price before the first bar. */
  #corrections(byTime: ReadonlyMap<number, Candle>): { given: Candle; corrected: Candle }[] {
    const anchor = byTime.get(this.#next - this.#step)
    if (this.#given.length === 0 && anchor !== undefined) this.#given = [anchor]
    const found: { given: Candle; corrected: Candle }[] = []
    this.#given = this.#given.map((given) => {
      const corrected = byTime.get(given.time)
      if (corrected === undefined || sameValues(given, corrected)) return given
      found.push({ given, corrected })
      return corrected
    })
    return found
  }
}
