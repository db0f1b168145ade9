/** The port to the device that an engine runs on: what it offers, and where it remembers. */
import type { ChoiceStore } from './choice-memory.ts'

/** A graphics adapter by vendor and architecture, or why there is none to use. */
export type GraphicsAdapter = { readonly name: string } | { readonly missing: string }

/** A device, as far as a page can know it. */
export interface Device {
  /** Browser and version. */
  readonly agent: string
  /** Logical cores. */
  readonly cores: number
  /** Whether the page is cross-origin isolated: without it there are no threads. */
  readonly isolated: boolean
  /** Whether the user asked to save data. */
  readonly saveData: boolean
  /** Asks the browser for a graphics adapter. It may take a moment. */
  findGraphics(): Promise<GraphicsAdapter>
  readonly choices: ChoiceStore
}
