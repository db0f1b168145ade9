/** What the element shows, from what it knows. */
import type { Side, Signal } from '../signals/index.ts'
import { make } from './make.ts'
import { decimalsFor, isTime, type Numbers } from './numbers.ts'
import { reasonText } from './reasons.ts'

/** All that the card shows. */
export interface CardContent {
  /** The signal's, or the one that is waited for. */
  readonly symbol: string | undefined
  readonly signal: Signal | undefined
  /** In ms since the epoch. */
  readonly now: number
  readonly isCompact: boolean
  readonly numbers: Numbers
  /** What is going on while there is no signal. */
  readonly waiting: string
  /** What people must know, of the model for example. */
  readonly notices: readonly string[]
  /** What went wrong last. */
  readonly problem: string | undefined
}

const signs: Readonly<Record<Side, string>> = { LONG: '▲', SHORT: '▼', NEUTRAL: '◆' }

/** Whether the signal that is shown is worth nothing any more. */
export const isExpired = ({ signal, now }: CardContent): boolean => signal !== undefined && signal.expiresAt <= now

/** The card's children. */
export function cardParts(content: CardContent): readonly HTMLElement[] {
  const { signal, isCompact, numbers, waiting, notices, problem } = content
  const parts = [
    head(content),
    ...(signal === undefined
      ? [problem === undefined ? make('p', { part: 'waiting', class: 'waiting' }, waiting) : undefined]
      : [verdict(signal, content), ...(isCompact ? [] : [meters(signal, numbers)]), levels(signal, numbers)]),
    ...(signal === undefined || isCompact ? [] : [horizons(signal, numbers), reasons(signal, numbers)]),
    problem === undefined ? undefined : make('p', { part: 'problem', class: 'problem' }, `No new signal: ${problem}`),
    ...notices.map((notice) => make('p', { part: 'notice', class: 'notice' }, notice)),
  ]
  return parts.filter((part) => part !== undefined)
}

/**
 * What is read aloud when it changes. It has no numbers, so that a new bar of the same side is silent, and leaves forming
 * bars alone: `undefined` keeps what was said.
 */
export function spoken(content: CardContent): string | undefined {
  const { symbol, signal, problem } = content
  if (signal?.provisional === true) return undefined
  const said = signal === undefined ? [] : [`${symbol}: ${signal.side}${isExpired(content) ? ', expired' : ''}.`]
  const failed = problem === undefined ? [] : [`${symbol ?? 'Signal'}: no new signal.`]
  return [...said, ...failed].join(' ')
}

function head({ symbol, signal }: CardContent): HTMLElement {
  return make(
    'header',
    { part: 'head', class: 'head' },
    make('strong', { part: 'symbol', class: 'symbol' }, symbol ?? 'Signal'),
    signal === undefined ? undefined : make('span', { part: 'timeframe', class: 'soft' }, signal.timeframe),
    signal?.provisional === true
      ? make(
          'span',
          { part: 'provisional', class: 'provisional' },
          'Provisional',
          make('span', { class: 'unseen' }, ': the bar is still forming'),
        )
      : undefined,
  )
}

function verdict({ side, confidence, expiresAt, rejections }: Signal, content: CardContent): HTMLElement {
  const { numbers, now, isCompact } = content
  const isStale = isExpired(content)
  const until = make(
    'time',
    { datetime: isTime(expiresAt) ? new Date(expiresAt).toISOString() : '' },
    numbers.time(expiresAt, now),
  )
  const known = Object.hasOwn(signs, side)
  return make(
    'div',
    { part: 'verdict', class: `verdict ${known ? side.toLowerCase() : 'neutral'}` },
    make('span', { class: 'sign', 'aria-hidden': 'true' }, known ? signs[side] : '?'),
    make('strong', { part: 'side', class: 'side' }, side),
    isCompact ? make('span', { part: 'confidence', class: 'sure' }, `${numbers.percent(confidence)} sure`) : undefined,
    make('span', { part: 'expiry', class: 'expiry' }, isStale ? 'Expired ' : 'Valid until ', until),
    isCompact && rejections.length > 0
      ? make('span', { part: 'held-back', class: 'expiry' }, heldBack(rejections.length))
      : undefined,
  )
}

const heldBack = (count: number): string => (count === 1 ? 'Held back by 1 rule' : `Held back by ${count} rules`)

function meters({ confidence, quality, risk }: Partial<Signal>, numbers: Numbers): HTMLElement {
  const { score, level } = risk ?? {}
  return make(
    'dl',
    { part: 'meters', class: 'meters' },
    meter('Confidence', confidence, numbers),
    meter('Quality', quality, numbers),
    score === undefined ? undefined : meter('Risk', score, numbers, level),
  )
}

function meter(name: string, value = NaN, numbers: Numbers, word?: string): HTMLElement {
  const fill = make('span', { class: 'fill' })
  fill.style.inlineSize = `${Math.min(Math.max(value, 0), 1) * 100}%`
  return make(
    'div',
    { part: 'meter' },
    make('dt', {}, name),
    make(
      'dd',
      { part: `value ${name.toLowerCase()}` },
      [word, numbers.percent(value)].filter((text) => text !== undefined).join(' '),
      make('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
    ),
  )
}

function levels({ entry, stopLoss, takeProfit }: Signal, numbers: Numbers): HTMLElement {
  const decimals = decimalsFor([entry, stopLoss, takeProfit].filter((price) => price !== null))
  const level = (name: string, part: string, price: number | null): HTMLElement =>
    make(
      'div',
      { part: 'level' },
      make('dt', {}, name),
      make(
        'dd',
        { part: `value ${part}` },
        price === null ? none() : numbers.price(price, decimals),
        price === null || price === entry ? undefined : make('small', {}, numbers.change(price / entry - 1)),
      ),
    )
  return make(
    'dl',
    { part: 'levels', class: 'levels' },
    level('Entry', 'entry', entry),
    level('Stop-loss', 'stop-loss', stopLoss),
    level('Take-profit', 'take-profit', takeProfit),
  )
}

/** A dash for eyes, a word for ears. */
const none = (): HTMLElement =>
  make('span', {}, make('span', { 'aria-hidden': 'true' }, '—'), make('span', { class: 'unseen' }, 'none'))

function horizons({ probabilities, returns }: Partial<Signal>, numbers: Numbers): HTMLElement | undefined {
  const rows = Object.entries(probabilities ?? {})
  if (rows.length === 0) return undefined
  const shown: readonly Side[] = rows.some(([, sides]) => sides.NEUTRAL > 0)
    ? ['LONG', 'NEUTRAL', 'SHORT']
    : ['LONG', 'SHORT']
  const hasReturns = Object.keys(returns ?? {}).length > 0
  const heads = ['Ahead', ...shown, ...(hasReturns ? ['Return'] : [])]
  return make(
    'table',
    { part: 'horizons' },
    make('caption', { class: 'unseen' }, 'Probability of each side by horizon'),
    make('thead', {}, make('tr', {}, ...heads.map((name) => make('th', { scope: 'col' }, name)))),
    make(
      'tbody',
      {},
      ...rows.map(([name, sides]) =>
        make(
          'tr',
          { part: 'horizon' },
          make('th', { scope: 'row' }, name),
          ...shown.map((side) => share(side, sides[side], numbers)),
          hasReturns ? make('td', {}, numbers.change(returns?.[name] ?? NaN)) : undefined,
        ),
      ),
    ),
  )
}

function share(side: Side, probability: number, numbers: Numbers): HTMLElement {
  const fill = make('span', { class: `fill ${side.toLowerCase()}` })
  fill.style.inlineSize = `${Math.min(Math.max(probability, 0), 1) * 100}%`
  return make('td', {}, numbers.percent(probability), make('span', { class: 'bar', 'aria-hidden': 'true' }, fill))
}

function reasons({ direction, rejections }: Partial<Signal>, numbers: Numbers): HTMLElement | undefined {
  if (rejections === undefined || rejections.length === 0) return undefined
  const isSided = direction !== undefined && direction !== 'NEUTRAL'
  return make(
    'div',
    { part: 'rejections', class: 'reasons' },
    make('strong', {}, isSided ? `${direction} held back because` : 'Held back because'),
    make('ul', {}, ...rejections.map((rejection) => make('li', {}, reasonText(rejection, numbers)))),
  )
}
