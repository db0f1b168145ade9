import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { wilson } from '../../../src/monitor/accuracy.ts'
import { type HorizonRow, measureAccuracy, type PredictionRow } from '../../../src/monitor/index.ts'
import { horizon, row } from '../../contract/prediction-rows.ts'

const known = (more: Partial<HorizonRow>): HorizonRow =>
  horizon(0, { outcome: 'known', actualReturn: 0.01, actualDirection: 'LONG', returnError: 0, correct: true, ...more })
const of = (bar: number, ...horizons: HorizonRow[]): PredictionRow => row(bar, { horizons })

describe('The accuracy of predictions', () => {
  it('is counted and averaged over what is known, and only that', async () => {
    const right = { probabilities: { LONG: 1, SHORT: 0, NEUTRAL: 0 }, actualReturn: 0.25 }
    const wrong = {
      probabilities: { LONG: 0, SHORT: 1, NEUTRAL: 0 },
      correct: false,
      actualReturn: 0.5,
      returnError: 0.04,
    }
    const accuracy = await measureAccuracy([
      of(0, known(right)),
      of(1, known(wrong)),
      of(2, horizon(0)),
      of(3, horizon(0, { outcome: 'expired' })),
      of(4, known({ actualDirection: null, correct: null, actualReturn: 0.75, returnError: null })),
      row(5, { status: 'expired', horizons: [known(wrong)] }),
      row(6, { status: 'error', horizons: [] }),
    ])
    expect(accuracy).toEqual([
      {
        modelId: undefined,
        symbol: undefined,
        horizon: '15m',
        n: 3,
        pending: 1,
        missing: 1,
        judged: 2,
        hits: 1,
        hitRate: wilson(1, 2),
        brier: 1,
        meanReturnError: 0.02,
        bySide: {
          LONG: { n: 3, meanReturn: 0.5 },
          SHORT: { n: 0, meanReturn: null },
          NEUTRAL: { n: 0, meanReturn: null },
        },
      },
    ])
  })

  it('is null, not 0, where nothing is known', async () => {
    const [only] = await measureAccuracy([of(0, horizon(0))])
    expect(only).toMatchObject({ n: 0, pending: 1, hitRate: null, brier: null, meanReturnError: null })
    expect(await measureAccuracy([])).toEqual([])
  })

  it('is told apart by model and symbol on request, and adds up to the whole', async () => {
    const rows = fc.array(
      fc.record({
        modelId: fc.constantFrom('m', 'n'),
        symbol: fc.constantFrom('A', 'B'),
        side: fc.constantFrom('LONG' as const, 'SHORT' as const, 'NEUTRAL' as const, null),
        correct: fc.constantFrom(true, false, null),
        actualReturn: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
        outcome: fc.constantFrom('known' as const, 'pending' as const, 'expired' as const),
      }),
    )
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const given = list.map(({ modelId, symbol, side, ...rest }, bar) =>
          row(bar, { modelId, symbol, side, horizons: [horizon(0, rest)] }),
        )
        const parts = await measureAccuracy(given, { by: ['modelId', 'symbol'] })
        const [whole] = await measureAccuracy(given)
        for (const field of ['n', 'pending', 'missing', 'judged', 'hits'] as const)
          expect(parts.reduce((sum, part) => sum + part[field], 0)).toBe(whole?.[field] ?? 0)
        for (const { modelId, symbol, n } of parts)
          expect(n).toBe(
            list.filter((one) => one.modelId === modelId && one.symbol === symbol && one.outcome === 'known').length,
          )
        const longs = list
          .filter(({ side, outcome }) => side === 'LONG' && outcome === 'known')
          .map((one) => one.actualReturn)
        const { n = 0, meanReturn = null } = whole?.bySide.LONG ?? {}
        expect(n).toBe(longs.length)
        if (meanReturn !== null) expect(meanReturn).toBeCloseTo(longs.reduce((a, b) => a + b, 0) / n, 14)
      }),
      { numRuns: 100 },
    )
  })
})

describe("Wilson's interval", () => {
  // By another program, from the formula in Wilson's paper.
  it.each([
    [5, 10, 0.236593090512564, 0.763406909487436],
    [0, 10, 0, 0.277532799862889],
    [10, 10, 0.722467200137111, 1],
    [1, 2, 0.09453120573423, 0.90546879426577],
    [466, 1000, 0.43527102980973, 0.49698918976729],
  ])('of %i in %i is what another program computes', (hits, trials, low, high) => {
    const share = wilson(hits, trials)
    expect(share!.rate).toBe(hits / trials)
    expect(share!.low).toBeCloseTo(low, 8)
    expect(share!.high).toBeCloseTo(high, 8)
  })

  it('lies within 0 and 1, around the rate, and grows narrower with more trials', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 500 }), (a, trials) => {
        const hits = a % (trials + 1)
        const { rate, low, high } = wilson(hits, trials)!
        expect(low >= 0 && low <= rate && rate <= high && high <= 1).toBe(true)
        const more = wilson(10 * hits, 10 * trials)!
        expect(more.high - more.low).toBeLessThan(high - low)
      }),
    )
    expect(wilson(0, 0)).toBeNull()
  })
})
