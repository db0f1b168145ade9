import { reasonOf } from '../core/errors.ts'

/** What was thrown, as an error: anything can be thrown. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(reasonOf(thrown)))
