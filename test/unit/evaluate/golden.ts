/** What scikit-learn, SciPy, pandas and NumPy say: the files of test/golden/evaluate, and how they are held against ours. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

const folder = new URL('../../golden/evaluate/', import.meta.url)

/** The content of a file of the folder. */
export function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
}

/** Holds a number, or that there is none, against what is expected of it. */
export function expectNear(
  actual: number | null | undefined,
  expected: number | null,
  what: string,
  tolerance = 1e-12,
): void {
  if (expected === null || actual === null || actual === undefined) {
    expect(actual, what).toBe(expected)
    return
  }
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1)
  expect(error, `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(tolerance)
}

/** The same for lists. */
export function expectAllNear(
  actual: ArrayLike<number | null>,
  expected: readonly (number | null)[],
  what: string,
  tolerance?: number,
): void {
  expect(actual.length, what).toBe(expected.length)
  for (const [i, value] of expected.entries()) expectNear(actual[i], value, `${what}[${i}]`, tolerance)
}
