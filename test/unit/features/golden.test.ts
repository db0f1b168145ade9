/** The reference names keep the reference formulas: compared with rows of the reference system. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CandleColumns } from '../../../src/core/series.ts'
import { computeFeatures, features, reference221 } from '../../../src/features/index.ts'

const file = new URL('../../../../shared/golden/features.json', import.meta.url)

interface Golden {
  readonly bars: Readonly<Record<'t' | 'o' | 'h' | 'l' | 'c' | 'v' | 'q', readonly number[]>>
  readonly expected: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/**
 * Where the reference adds an absolute epsilon to a divisor. Ours have none, because it would break small
 * prices; the difference is the epsilon over the divisor.
 */
const withoutEpsilon = new Set(['cmf'])

describe.skipIf(!existsSync(file))('reference rows (needs ../shared)', () => {
  const golden = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Golden) : { bars: {}, expected: {} }
  const ids = reference221.filter((id) => features.has(id))
  const { t, o, h, l, c, v, q } = golden.bars as Golden['bars']
  const matrix = existsSync(file)
    ? computeFeatures(ids, {
        length: t.length,
        time: Float64Array.from(t),
        open: Float64Array.from(o),
        high: Float64Array.from(h),
        low: Float64Array.from(l),
        close: Float64Array.from(c),
        volume: Float64Array.from(v),
        turnover: Float64Array.from(q),
      } satisfies CandleColumns)
    : undefined

  it('knows all 221 names', () => {
    expect(ids).toEqual(reference221)
  })

  it.each(Object.entries(golden.expected))('agrees on bar %s', (bar, row) => {
    const wrong: string[] = []
    for (const [k, id] of ids.entries()) {
      const feature = features.get(id)!
      const actual = matrix!.values[Number(bar) * ids.length + k]!
      const expected = row[id]!
      if (Number(bar) < feature.warmup - 1) {
        expect(actual, id).toBeNaN()
        continue
      }
      const tolerance = (withoutEpsilon.has(id) ? 1e-8 : 1e-9) * Math.max(Math.abs(expected), 1e-9)
      if (!(Math.abs(actual - expected) <= tolerance)) wrong.push(`${id}: ${actual}, not ${expected}`)
    }
    expect(wrong).toEqual([])
  })
})
