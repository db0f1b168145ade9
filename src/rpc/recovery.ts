/** When a lane helps itself: which failures a fresh worker may cure, and how often it is tried. */
import { type CandlewickError, isCandlewickError } from '../core/errors.ts'
import type { BackendName } from '../inference/index.ts'

/** A lane that went on in a fresh worker. */
export interface Recovery {
  /** Which of the engine's workers, from 0. */
  readonly lane: number
  readonly from: BackendName
  readonly to: BackendName
  /** What the worker before died of. */
  readonly reason: string
  /** From the failure until the fresh worker had taken all candles, in ms. */
  readonly tookMs: number
}

/** Recoveries within {@link spanMs} unless the host says otherwise. */
const defaultRecoveries = 3
const spanMs = 600_000

/** Counts recoveries, so that what never works is not tried for ever. */
export class RecoveryBudget {
  readonly #most: number
  #taken: number[] = []

  /** @param most within ten minutes; default 3 */
  constructor(most: number = defaultRecoveries) {
    if (!Number.isSafeInteger(most) || most < 0)
      throw new TypeError(`recoveries is ${most}: it must be a whole number from 0.`)
    this.#most = most
  }

  /** Whether one more is allowed now. */
  get left(): boolean {
    const since = performance.now() - spanMs
    this.#taken = this.#taken.filter((at) => at > since)
    return this.#taken.length < this.#most
  }

  /** Takes one, if one is left. */
  take(): boolean {
    const { left } = this
    if (left) this.#taken.push(performance.now())
    return left
  }

  /** All are left again. */
  refill(): void {
    this.#taken = []
  }
}

/** What a failure says in its own words, without what to do about it. */
export function shortReason({ details, message }: CandlewickError): string {
  return 'reason' in details && typeof details.reason === 'string' ? details.reason : message
}

/** Tells whether the worker that failed like this is gone. */
export const isFatal = (failure: unknown): failure is CandlewickError =>
  isCandlewickError(failure, 'worker/crashed') || isCandlewickError(failure, 'worker/timeout')

/** Tells whether a call that failed like this in a living worker may succeed in a fresh one. */
export function isCurable(failure: unknown, backend: BackendName): failure is CandlewickError {
  if (isCandlewickError(failure, 'inference/failed') || isCandlewickError(failure, 'backend/lost')) return true
  // On the processor the same numbers give the same answer.
  return backend !== 'wasm' && isCandlewickError(failure, 'inference/non-finite')
}
