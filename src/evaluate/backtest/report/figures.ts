/** Numbers and times as a report shows them: the same in every locale. */

/** What stands where a figure is undefined. */
const none = '–'

/** A number with thousands apart and a true minus. */
export function plain(value: number | null, decimals = 2): string {
  if (value === null || !Number.isFinite(value)) return none
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split('.')
  const grouped = whole!.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`
  // What rounds to zero has no sign.
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text
}

/** A fraction as a percentage. */
export function percent(value: number | null, decimals = 2): string {
  return value === null || !Number.isFinite(value) ? none : `${plain(value * 100, decimals)} %`
}

/** A price with eight digits that count. */
export function price(value: number): string {
  return String(Number(value.toPrecision(8)))
}

/** A bar-open time, UTC, to the minute. */
export function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
