import { CandlewickSignal } from './signal-element.ts'

const standardName = 'candlewick-signal'

/**
 * Registers the element, also under a name of yours. Does nothing where the name is taken, or where there are no elements, as
 * on a server. Importing `candlewick/element` registers `<candlewick-signal>`.
 *
 * @throws `SyntaxError` of the platform where the name has no hyphen
 *
 * @example
 * ```ts
 * defineCandlewickSignal('trade-signal')
 * ```
 */
export function defineCandlewickSignal(name: string = standardName): void {
  const { customElements } = globalThis
  if (customElements === undefined || customElements.get(name) !== undefined) return
  // A class can have one name only.
  customElements.define(name, name === standardName ? CandlewickSignal : class extends CandlewickSignal {})
}
