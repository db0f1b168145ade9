/** How long something that counts its way takes on, by the pace so far. */

/** Shorter than this tells nothing of the pace. */
const leastMs = 800

/** Begins to count with the first call. */
export class TimeLeft {
  #first: { readonly done: number; readonly at: number } | undefined

  /** What is left in ms, at a time in ms; `undefined` where nobody can tell yet. */
  left(done: number, total: number, at: number): number | undefined {
    this.#first ??= { done, at }
    const [passed, did] = [at - this.#first.at, done - this.#first.done]
    return passed < leastMs || did <= 0 ? undefined : (passed / did) * (total - done)
  }
}

/** In words that do not change all the time. */
export function leftText(ms: number): string {
  if (ms >= 90_000) return `about ${Math.round(ms / 60_000)} min left`
  return `about ${Math.max(Math.round(ms / 1000), 1)} s left`
}
