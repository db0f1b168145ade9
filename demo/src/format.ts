/** Numbers and times as people read them. Times are UTC, as bars are. */

const price = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const smallPrice = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 })
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** A price in quote currency; small ones keep six significant digits. */
export function priceText(value: number): string {
  return (Math.abs(value) < 10 ? smallPrice : price).format(value)
}

/** A count, with thousands separated. */
export function countText(value: number): string {
  return whole.format(value)
}

/** A version for people: the parts of its build that are the beginning of a SHA-256 are shown as such elsewhere. */
export function versionNumber(version: string): string {
  return version.replaceAll(/[+.][\da-f]{8}(?=\.|$)/g, '')
}

/** A fraction as a percentage. */
export function percentText(fraction: number, digits = 0): string {
  return `${(fraction * 100).toFixed(digits)} %`
}

/** A fraction as a percentage that always has its sign. */
export function changeText(fraction: number, digits = 2): string {
  const text = Math.abs(fraction * 100).toFixed(digits)
  const sign = Number(text) === 0 ? '±' : fraction < 0 ? '−' : '+'
  return `${sign}${text} %`
}

/** Bytes in GB, MB or kB (powers of ten). */
export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(bytes / 1e3, 0).toFixed(0)} kB`
}

/** A duration in ms, or in s from one second on. */
export function durationText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}

/** A time to the minute, UTC. */
export function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
