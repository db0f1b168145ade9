/** How the program says that something is wrong. */
import { isCandlewickError, reasonOf } from '../core/errors.ts'

/** One line for stderr. */
export function complaint(error: unknown): string {
  const code = isCandlewickError(error) ? ` [${error.code}]` : ''
  return `candlewick: error${code}: ${reasonOf(error)}`
}
