/** Why a signal points where it does: what hiding each group of features changes, as bars to both sides of nothing. */
import type { Explanation, GroupEffect } from 'candlewick'
import { make } from '../dom.ts'
import { countText, durationText, percentText, timeText } from '../format.ts'

const pointsText = (effect: number): string => {
  const points = Math.abs(effect * 100).toFixed(2)
  return `${Number(points) === 0 ? '±' : effect < 0 ? '−' : '+'}${points}`
}

function effectRow({ group, features, effect }: GroupEffect, largest: number): HTMLElement {
  const fill = make('span', { class: `fill ${effect < 0 ? 'short against' : 'long for'}` })
  fill.style.inlineSize = `${largest === 0 ? 0 : (Math.abs(effect) / largest) * 50}%`
  return make(
    'li',
    {},
    make(
      'span',
      { class: 'group' },
      group,
      make('small', {}, features === 1 ? '1 feature' : `${countText(features)} features`),
    ),
    make('span', { class: 'scale', 'aria-hidden': 'true' }, fill),
    make('b', {}, pointsText(effect)),
  )
}

/** Shows an explanation in the place of what was there. */
export function showExplanation(box: HTMLElement, explanation: Explanation): void {
  const { symbol, time, direction, support, groups, windows, tookMs } = explanation
  const largest = Math.max(...groups.map(({ effect }) => Math.abs(effect)), 0)
  const title = make('h3', { id: 'live-why-title', tabindex: '-1' }, `Why ${symbol} points to ${direction}`)
  box.hidden = false
  box.replaceChildren(
    title,
    make(
      'p',
      { class: 'hint' },
      `Bar of ${timeText(time)}. The horizons support ${direction} with ${percentText(support, 1)}. A bar says how many ` +
        'percentage points of it go when that group of features is hidden: to the right it speaks for the side, to the left against it.',
    ),
    make('ul', { class: 'effects', 'data-testid': 'effects' }, ...groups.map((group) => effectRow(group, largest))),
    make('p', { class: 'hint' }, `${countText(windows)} runs of the model in ${durationText(tookMs)}.`),
  )
  title.focus({ preventScroll: true })
  box.scrollIntoView({ block: 'nearest' })
}
