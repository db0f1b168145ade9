/** The time that dates are held against. A clock set back must not bring expired things back to life. */

/** The latest time that is known for sure to have come. */
export interface ReferenceTime {
  /** ms since the epoch. */
  readonly now: number
  /** How far the device's clock is behind it, ms; 0 where it is not. */
  readonly behindMs: number
  /** Whether the clock is more than a day behind: no drift any more, somebody set it. */
  readonly suspect: boolean
}

const dayMs = 86_400_000

/**
 * The time to go by: the device's, unless a later one was seen or signed before. Take it once for everything that is decided
 * together.
 *
 * @param wall the device's clock, ms since the epoch
 * @param known times that have certainly passed, such as `lastSeenAt` and the `issuedAt` of the last manifest
 *
 * @example
 * ```ts
 * const { now, suspect } = referenceTime(Date.now(), meta?.lastSeenAt, stored?.issuedAt)
 * ```
 */
export function referenceTime(wall: number, ...known: readonly (number | undefined)[]): ReferenceTime {
  const now = Math.max(wall, ...known.map((time) => time ?? wall))
  const behindMs = now - wall
  return { now, behindMs, suspect: behindMs > dayMs }
}
