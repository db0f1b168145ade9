/** Trades on paper in words and figures, the same in every view. */
import type { ExitReason } from 'candlewick/evaluate'
import { make } from './dom.ts'
import { priceText } from './format.ts'

/** What ended a trade. */
export const endings: Readonly<Record<ExitReason, string>> = {
  'stop-loss': 'stop',
  'take-profit': 'target',
  opposite: 'other side',
  'max-bars': 'time',
  closed: 'closed',
}

/** An amount of quote currency. */
export const money = (value: number): string => `${value < 0 ? '−' : ''}${priceText(Math.abs(value))}`

/** A profit or loss with its sign and colour. */
export function gain(value: number): HTMLElement {
  const text = Math.abs(value).toFixed(2)
  if (Number(text) === 0) return make('span', {}, '±0.00')
  return make('span', { class: value < 0 ? 'short' : 'long' }, `${value < 0 ? '−' : '+'}${text}`)
}
