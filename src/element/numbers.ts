/** Numbers and times as people of a language read them. */

/** Significant digits that a price shows at least: enough to tell a close stop from the entry. */
const priceDigits = 6

/** Writes numbers and times. */
export interface Numbers {
  /** A price, with as many decimals as {@link decimalsFor} found. */
  price(value: number, decimals: number): string
  /** A fraction as a percentage. */
  percent(fraction: number, decimals?: number): string
  /** A fraction as a percentage with its sign. */
  change(fraction: number): string
  plain(value: number): string
  /** A time to the minute, with its zone; the day too, where it is another one than `now`'s. */
  time(ms: number, now: number): string
}

const absent = '—'

/**
 * Decimals that prices shown together share: six significant digits of the largest and at least two, without zeros that none
 * of them needs.
 */
export function decimalsFor(prices: readonly number[]): number {
  const finite = prices.filter(Number.isFinite)
  const largest = Math.max(...finite.map(Math.abs), 0)
  const most = largest === 0 ? 2 : priceDigits - 1 - Math.floor(Math.log10(largest))
  const decimals = Math.min(Math.max(most, 2), 20)
  const needed = finite.map((price) => price.toFixed(decimals).replace(/0+$/, '').split('.')[1]?.length ?? 0)
  return Math.max(2, ...needed)
}

/** Whether a calendar has this time. */
export const isTime = (ms: number): boolean => Math.abs(ms) <= 8.64e15

const isSameDay = (ms: number, now: number): boolean => new Date(ms).toDateString() === new Date(now).toDateString()

/** The numbers of a language. @throws RangeError where there is no such language */
export function numbersOf(locale: string | undefined): Numbers {
  const format = (options: Intl.NumberFormatOptions): ((value: number) => string) => {
    const written = new Intl.NumberFormat(locale, options)
    return (value) => (Number.isFinite(value) ? written.format(value) : absent)
  }
  const exact = (decimals: number): Intl.NumberFormatOptions => ({
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  const change = format({ style: 'percent', signDisplay: 'exceptZero', ...exact(2) })
  const plain = format({ maximumSignificantDigits: 6 })
  const minute = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const
  const time = new Intl.DateTimeFormat(locale, minute)
  const dayAndTime = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', ...minute })
  return {
    price: (value, decimals) => format(exact(decimals))(value),
    percent: (fraction, decimals = 0) => format({ style: 'percent', ...exact(decimals) })(fraction),
    change,
    plain,
    time: (ms, now) => (isTime(ms) ? (isSameDay(ms, now) ? time : dayAndTime).format(ms) : absent),
  }
}

/** The numbers of a language, or the browser's and what is wrong with the language that was asked for. */
export function numbersIn(locale: string | null): readonly [Numbers, problem: string | undefined] {
  try {
    return [numbersOf(locale ?? undefined), undefined]
  } catch {
    return [numbersOf(undefined), `“${locale}” is not a language; numbers are in that of the browser.`]
  }
}
