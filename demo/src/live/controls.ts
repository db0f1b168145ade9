/** The controls of a panel that say which market is followed. Each page has its own. */
import type { MarketChoice } from './market.ts'

/** The part of a panel that differs from page to page. */
export interface MarketControls {
  /** Database of the prediction log: rows of real and simulated markets never meet. */
  readonly logName: string
  /** Symbols that a start would follow, as the log names them. */
  readonly symbols: readonly string[]
  /** What a running desk does, in a sentence. */
  readonly running: string
  /**
   * What is followed when start is pressed.
   *
   * @throws PageError where the controls say nothing usable
   */
  readonly choose: () => MarketChoice
  /** Lets them be changed, or not: while the desk runs they say what it follows. */
  readonly enable: (enabled: boolean) => void
}
