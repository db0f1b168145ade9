/** Reads one symbol's closed bars from an exchange, request by request, and mends what is missing or wrong. */
import { type Candle, type GapPolicy } from '../core/candle.ts'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { backoff, type RetryOptions } from './backoff.ts'
import { BarCursor, type Hole, type Intake, overlapBars } from './bar-cursor.ts'
import { type ExchangeReader, failureKind, refusalAttempts, refused } from './ccxt-exchange.ts'
import type { StatusListener } from './status.ts'

/** How bars are read. */
export interface BarReaderOptions {
  readonly reader: ExchangeReader
  readonly symbol: string
  /** Length of a bar, ms. */
  readonly step: number
  /** Open time of the first bar wanted. */
  readonly first: number
  /** No bar from this open time on is wanted. */
  readonly until: number
  readonly settleMs: number
  readonly gaps: GapPolicy
  readonly repairAttempts: number
  readonly pageLimit: number
  readonly retry: RetryOptions
  readonly random: () => number
  readonly tell: StatusListener
}

/** What one request came to. */
export interface Turn {
  /** Closed bars to give out, oldest first; confirm each with {@link BarReader.pass}. */
  readonly bars: readonly Candle[]
  readonly forming: Candle | undefined
  /** How long to wait before the next request, ms; `undefined`: nothing is due before the next bar closes. */
  readonly delayMs: number | undefined
  /** What the exchange failed with. */
  readonly failure: string | undefined
}

/**
 * A bar with none behind it must stay the same for so long: longer than the copies of an exchange lag behind. Where the
 * exchange's time is not known, a whole bar: only then has it ended for certain, whatever the own clock says.
 */
const agreeMs = 10_000
/** An exchange that says "too many requests" is left alone for so long at least. */
const rateLimitedMs = 5000
/** What else counts as the time of now: answers travel, and clocks drift between two measurements. */
export const toleranceMs = 2000
/** Before its first bar a market has no price to fill with; so often it is asked whether it really begins later. */
const leadingAttempts = 2

/** One symbol's reader. A turn is one request; who calls it decides when. */
export class BarReader {
  readonly #options: BarReaderOptions
  readonly #cursor: BarCursor
  #live = false
  #caughtUp = false
  #failures = 0
  #refusals = 0
  #repairs = 0
  #waits = 0
  #gap: { readonly from: number; to: number; how: 'history' | 'flat' | 'skipped' } | undefined

  constructor(options: BarReaderOptions) {
    this.#options = options
    this.#cursor = new BarCursor({ step: options.step, first: options.first, toleranceMs })
  }

  /** Open time of the bar that is due. */
  get next(): number {
    return this.#cursor.next
  }

  /** Failed requests in a row. */
  get failures(): number {
    return this.#failures
  }

  /** Requests in a row that did not bring a bar that has ended. */
  get waits(): number {
    return this.#waits
  }

  /**
   * Asks once.
   *
   * @throws `feed/refused`, `feed/gap`; the signal's reason
   */
  async turn(signal: AbortSignal): Promise<Turn> {
    const { reader, symbol, step, until, pageLimit } = this.#options
    const since = this.next - overlapBars * step
    const bars = Math.ceil((Math.min(reader.time.now(), until) - since) / step) + 2
    let rows: readonly unknown[]
    try {
      rows = await reader.rows(symbol, since, Math.min(Math.max(bars, overlapBars + 2), pageLimit), signal)
    } catch (error) {
      signal.throwIfAborted()
      return this.#failed(error)
    }
    this.#answered()
    return this.#read(rows)
  }

  /** Marks a bar of a turn as given out. */
  pass(bar: Candle): void {
    this.#cursor.pass(bar)
    if (this.#cursor.ended(this.#options.reader.time.now()) === 0) this.#caughtUp = true
    this.#endGap()
  }

  #failed(error: unknown): Turn {
    const { reader, retry, random, tell, symbol } = this.#options
    const kind = failureKind(error)
    if (kind === 'refused' && !this.#live) {
      if (++this.#refusals > refusalAttempts) throw refused(symbol, error)
      // A page of a proxy instead of the list of markets leaves ccxt without any symbol.
      reader.reopen()
    }
    const attempt = ++this.#failures
    const delayMs = backoff(attempt, retry, random) + (kind === 'rate-limited' ? rateLimitedMs : 0)
    const failure = reasonOf(error)
    tell({ kind: 'reconnecting', transport: 'poll', symbol, attempt, delayMs, reason: failure })
    return { bars: [], forming: undefined, delayMs, failure }
  }

  #answered(): void {
    if (!this.#live || this.#failures > 0)
      this.#options.tell({ kind: 'live', transport: 'poll', symbol: this.#options.symbol })
    this.#live = true
    this.#failures = 0
  }

  #read(rows: readonly unknown[]): Turn {
    const { reader, symbol, step, tell } = this.#options
    const now = reader.time.now()
    const ended = this.#cursor.ended(now)
    if (this.#caughtUp && ended > 1) this.#openGap(this.next, this.next + (ended - 1) * step)
    const intake = this.#cursor.ingest(rows, now, reader.time.synced ? agreeMs : step)
    for (const fault of intake.faults) tell({ kind: 'bad-data', symbol, ...fault })
    for (const correction of intake.corrections) tell({ kind: 'correction', symbol, ...correction })
    if (intake.waiting || intake.faults.length > 0) reader.time.suspect()
    const { hole } = intake
    const bars = hole !== undefined && intake.closed.length === 0 ? this.#mend(hole) : intake.closed
    if (bars.length > 0) this.#waits = 0
    return { bars, forming: intake.forming, delayMs: this.#delay(intake, bars), failure: undefined }
  }

  #delay({ hole, waiting, closed }: Intake, bars: readonly Candle[]): number | undefined {
    const { settleMs, step, retry, random } = this.#options
    if (closed.length > 0) this.#repairs = 0
    // What is behind the bars given out is asked for at once: the next page, or the hole.
    if (bars.length > 0) return hole !== undefined || waiting || closed.length === 0 ? 0 : undefined
    if (hole !== undefined) return this.#repairs === 0 ? 0 : settleMs / 2 + backoff(this.#repairs, retry, random)
    if (!waiting) return undefined
    this.#waits++
    return Math.min(settleMs * 2 ** Math.min(this.#waits - 1, 20), Math.max(settleMs, Math.min(step / 4, 30_000)))
  }

  /** Counts a hole that is still there; gives up when it was asked for often enough. */
  #mend(hole: Hole): readonly Candle[] {
    const { gaps, repairAttempts, symbol } = this.#options
    this.#openGap(hole.from, hole.to)
    const leads = this.#cursor.last === undefined
    if (++this.#repairs <= (leads ? Math.min(leadingAttempts, repairAttempts) : repairAttempts)) return []
    this.#repairs = 0
    if (gaps === 'error' && !leads) throw new CandlewickError('feed/gap', { symbol, ...hole })
    const flat = this.#cursor.flat(hole)
    this.#gap!.how = flat.length > 0 ? 'flat' : 'skipped'
    if (flat.length === 0) {
      this.#cursor.skipTo(hole.to)
      this.#endGap()
    }
    return flat
  }

  #openGap(from: number, to: number): void {
    if (this.#gap !== undefined) {
      this.#gap.to = Math.max(this.#gap.to, to)
      return
    }
    this.#gap = { from, to, how: 'history' }
    this.#options.tell({ kind: 'gap', symbol: this.#options.symbol, from, to })
  }

  #endGap(): void {
    if (this.#gap === undefined || this.next < this.#gap.to) return
    this.#options.tell({ kind: 'repaired', symbol: this.#options.symbol, ...this.#gap })
    this.#gap = undefined
  }
}
