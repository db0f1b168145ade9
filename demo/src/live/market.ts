/** What the desk follows: a market, simulated or real. The desk knows no more of it than this. */
import type { BarHistory } from 'candlewick'
import type { Clock } from 'candlewick/feeds'
import type { Problem } from '../problem.ts'
import type { Step } from '../steps.ts'

/** A market at work, in bars of the model's timeframe: the desk refuses others. */
export interface DeskMarket {
  readonly source: BarHistory
  readonly clock: Clock
  /** How much faster than the day its time passes. */
  readonly speed: number
  /** How long after a close its bar is asked for, in ms of its time. */
  readonly settleMs: number
  /** How long an answer may take, in ms of its time. */
  readonly fetchMs: number
  /** How often forming bars are looked at between closes, in ms of its time; never where it is not given. */
  readonly provisionalMs?: number
  /** The desk has its first answer. */
  readonly answered?: () => void
  /** The page came into sight, or went out of it. */
  readonly inSight?: (visible: boolean) => void
}

/** What a market needs to open, and whom it tells. */
export interface MarketOpening {
  /** Bar-open time of the newest bar that the log knows, in ms. */
  readonly lastBar: number | undefined
  /** Ends what runs for the market, also after it has opened. */
  readonly signal: AbortSignal
  readonly progress: (step: Step | undefined) => void
  /** Something goes wrong that is tried again by itself; `undefined` when it is over. */
  readonly trouble: (problem: Problem | undefined) => void
}

/** The choice of a market: what the controls say when start is pressed. */
export interface MarketChoice {
  /** As the log names them. */
  readonly symbols: readonly string[]
  /** @throws PageError where the market cannot be had; the signal's reason */
  readonly open: (opening: MarketOpening) => Promise<DeskMarket>
}
