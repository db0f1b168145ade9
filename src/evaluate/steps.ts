/** Long work in small steps: done at once, or with pauses in which the thread is free and the work can be given up. */
import { breathe, throwIfAborted } from '../core/abort.ts'

/** Work that stops after every small step and tells the share of it that is done, 0 to 1. */
export type Steps<Result> = Generator<number, Result, void>

/** Time after which others get their turn. */
const turnMs = 20

/** Does the work at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Work as a part of more: its share runs from `low` to `high`. */
export function* partOf<Result>(steps: Steps<Result>, low: number, high: number): Steps<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    yield low + (high - low) * step.value
  }
}

/**
 * Does the work, and lets others have their turn every 20 ms.
 *
 * @throws the signal's reason when it aborts: at the next turn nothing more is done
 */
export async function finishInTurns<Result>(
  steps: Steps<Result>,
  signal: AbortSignal | undefined,
  onShare: (share: number) => void = () => undefined,
): Promise<Result> {
  throwIfAborted(signal)
  for (let began = performance.now(); ;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - began < turnMs) continue
    onShare(step.value)
    await breathe()
    throwIfAborted(signal)
    began = performance.now()
  }
}
