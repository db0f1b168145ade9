/** Numbers as options of the commands for manifests. */
import { InvalidArgumentError } from 'commander'

/** A whole number from 1 on. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.')
  return value
}

/** A number above 0, small enough to be added to a date. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 100_000)) throw new InvalidArgumentError('It must be a number above 0, up to 100000.')
  return value
}
