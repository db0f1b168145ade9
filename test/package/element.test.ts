import { CandlewickSignal, defineCandlewickSignal } from 'candlewick/element'
import { expect, it } from 'vitest'

it('can be imported where there are no elements, as on a server', () => {
  expect(globalThis.HTMLElement).toBeUndefined()
  expect(CandlewickSignal.observedAttributes).toContain('symbol')
  expect(() => defineCandlewickSignal()).not.toThrow()
})
