/** Everything that a live feed tells about itself besides candles. Nothing that goes wrong is kept silent. */
import type { Candle } from '../core/candle.ts'

/** How candles come from an exchange. */
export type Transport = 'poll' | 'watch'

/** One thing that happened. Times are in ms since the epoch, bars are named by their open time; `to` is not included. */
export type FeedStatus =
  /** The feed begins, or the stream is opened again. */
  | { readonly kind: 'connecting'; readonly transport: Transport }
  /** Answers come: the first ones, or again after a trouble. `symbol` is missing where a stream of several is meant. */
  | { readonly kind: 'live'; readonly transport: Transport; readonly symbol: string | undefined }
  /** The difference to the exchange's clock was measured, or could not be: then the own clock is believed. */
  | { readonly kind: 'clock'; readonly aheadMs: number | undefined; readonly reason: string | undefined }
  /** Bars that have closed did not come in time; they are being asked for. */
  | { readonly kind: 'gap'; readonly symbol: string; readonly from: number; readonly to: number }
  /** The gap is over. Bars that are nowhere to be had are `flat` (filled), or `skipped` before the first bar of a market. */
  | {
      readonly kind: 'repaired'
      readonly symbol: string
      readonly from: number
      readonly to: number
      readonly how: 'history' | 'flat' | 'skipped'
    }
  /** A row was refused. It is asked for again. `at` is missing where the row has no readable time. */
  | { readonly kind: 'bad-data'; readonly symbol: string; readonly at: number | undefined; readonly reason: string }
  /** The exchange changed a bar after it had closed and was given out. It is not given out again. */
  | { readonly kind: 'correction'; readonly symbol: string; readonly given: Candle; readonly corrected: Candle }
  /** A request or the stream failed; attempt number `attempt` begins after the delay. */
  | {
      readonly kind: 'reconnecting'
      readonly transport: Transport
      readonly symbol: string | undefined
      readonly attempt: number
      readonly delayMs: number
      readonly reason: string
    }
  /** The feed has ended: no timer, request or socket of it is left. */
  | { readonly kind: 'stopped'; readonly reason: string }

/** Receives what happens. It must not throw. */
export type StatusListener = (status: FeedStatus) => void
