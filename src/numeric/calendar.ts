/** Parts of a UTC time in ms since the epoch, pointwise. */
import { type Kernel, pointwise } from './kernel.ts'

const dayMs = 86_400_000

/** Minute of the day, 0 to 1439. */
export const minuteOfDay: Kernel = pointwise(
  'minuteOfDay',
  1,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const time = inputs[0]!
    for (let i = 0; i < count; i++) {
      const ms = values[time + i]!
      values[output + i] = Math.floor((ms - Math.floor(ms / dayMs) * dayMs) / 60_000)
    }
  },
)

/** Day of the week, 0 = Monday to 6 = Sunday. */
export const dayOfWeek: Kernel = pointwise(
  'dayOfWeek',
  1,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const time = inputs[0]!
    for (let i = 0; i < count; i++) {
      // The epoch was a Thursday.
      const day = Math.floor(values[time + i]! / dayMs) + 3
      values[output + i] = day - Math.floor(day / 7) * 7
    }
  },
)

/** Day of the month x 100 + month, after Hinnant 2013 (civil_from_days): years begin in March there. */
function dayAndMonth(ms: number): number {
  const days = Math.floor(ms / dayMs) + 719_468
  const dayOfEra = days - Math.floor(days / 146_097) * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  return day * 100 + (shifted < 10 ? shifted + 3 : shifted - 9)
}

/** Day of the month, 1 to 31. */
export const dayOfMonth: Kernel = pointwise(
  'dayOfMonth',
  1,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const time = inputs[0]!
    for (let i = 0; i < count; i++) values[output + i] = Math.floor(dayAndMonth(values[time + i]!) / 100)
  },
)

/** Month, 1 to 12. */
export const month: Kernel = pointwise('month', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const time = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = dayAndMonth(values[time + i]!) % 100
})
