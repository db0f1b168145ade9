/** A card for one signal, without a framework: `candlewick/element`. Importing it registers `<candlewick-signal>`. */
import { defineCandlewickSignal } from './define.ts'

export { defineCandlewickSignal } from './define.ts'
export { CandlewickSignal } from './signal-element.ts'
export type { ShownEngine, Timing } from './watch.ts'

defineCandlewickSignal()
