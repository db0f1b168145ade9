import { isCandlewickError } from '../../../src/core/errors.ts'

/** The message with which an evaluation is refused; anything but an error of this room is thrown on. */
export function failureOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isCandlewickError(error) && error.code.startsWith('evaluate/')) return error.message
    throw error
  }
  throw new Error('Nothing was refused.')
}
