import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BaselineRows,
  compareModels,
  evaluateModel,
  type EvaluationOptions,
  type EvaluationRows,
  judgeModel,
  type JudgeProgress,
  neutralBaseline,
} from '../../../src/evaluate/index.ts'
import { madeHorizon, madeRows } from './rows.ts'

const moments = 300

/** Two horizons of one market or two. */
function rowsOf(symbols: readonly string[], seed: number): EvaluationRows {
  const rows = madeRows(moments, symbols, seed)
  const far = { ...madeHorizon(moments * symbols.length, seed + 1, 8), name: '2h' }
  return { ...rows, horizons: [...rows.horizons, far] }
}

/** A baseline of the same rows. */
function neutralRows({ horizons, ...rest }: EvaluationRows): BaselineRows {
  const said = neutralBaseline().predict({ rows: rest.times.length })
  const silent = horizons.map((horizon) => ({ ...horizon, ...said, predictedClasses: undefined }))
  return { name: 'always-neutral', rows: { ...rest, horizons: silent } }
}

describe('a judged model', () => {
  it('has the numbers of the functions that hold the thread, to the bit', async () => {
    const judgements = fc.record({
      seed: fc.integer({ min: 0, max: 1000 }),
      symbols: fc.constantFrom(['BTC'], ['BTC', 'ETH', 'SOL']),
      bootstrap: fc.oneof(
        fc.constant(false as const),
        fc.record({ resamples: fc.integer({ min: 2, max: 12 }), seed: fc.nat(99) }),
      ),
    })
    await fc.assert(
      fc.asyncProperty(judgements, async ({ seed, symbols, bootstrap }) => {
        const rows = rowsOf(symbols, seed)
        const baseline = neutralRows(rows)
        const options: EvaluationOptions = { timeframe: '15m', model: 'm', evalSetId: 's', minSymbols: 3, bootstrap }
        const judged = await judgeModel(rows, { ...options, baselines: [baseline] })
        expect(judged).toEqual({
          report: evaluateModel(rows, options),
          comparisons: [{ baseline: 'always-neutral', ...compareModels(baseline.rows, rows, options) }],
        })
      }),
      { numRuns: 20 },
    )
  })

  it('is held against a baseline on the horizons that both have', async () => {
    const rows = rowsOf(['BTC'], 1)
    const { name, rows: both } = neutralRows(rows)
    const far = { ...both, horizons: both.horizons.slice(1) }
    const { comparisons } = await judgeModel(rows, {
      timeframe: '15m',
      bootstrap: false,
      baselines: [{ name, rows: far }],
    })
    expect(comparisons.map(({ horizons }) => horizons.map((horizon) => horizon.name))).toEqual([['2h']])
  })

  it('leaves the thread to others meanwhile, and tells how far it is', async () => {
    const rows = rowsOf(['BTC', 'ETH'], 1)
    const told: JudgeProgress[] = []
    let turns = 0
    let judging = true
    const others = (): void => {
      if (judging) setTimeout(others, 0)
      turns++
    }
    others()
    await judgeModel(rows, {
      timeframe: '15m',
      bootstrap: { resamples: 500 },
      baselines: [neutralRows(rows)],
      onProgress: (progress) => told.push(progress),
    })
    judging = false
    expect(turns).toBeGreaterThan(2)
    const shares = told.map(({ share }) => share)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.length, 'it tells more than the end').toBeGreaterThan(2)
    expect(told.at(-1)).toEqual({ share: 1, baseline: 'always-neutral' })
  })

  it('is given up where the caller leaves, in the middle of the samples', async () => {
    const leaving = new AbortController()
    const why = new Error('gone')
    let told = 0
    const judging = judgeModel(rowsOf(['BTC'], 1), {
      timeframe: '15m',
      // Hours of samples: only an abort ends this.
      bootstrap: { resamples: 50_000_000 },
      signal: leaving.signal,
      onProgress: () => {
        told++
        leaving.abort(why)
      },
    })
    await expect(judging).rejects.toBe(why)
    expect(told).toBe(1)
  })

  it('is not begun where the caller has left', async () => {
    const why = new Error('gone')
    const judging = judgeModel(rowsOf(['BTC'], 1), { timeframe: '15m', signal: AbortSignal.abort(why) })
    await expect(judging).rejects.toBe(why)
  })

  it('refuses what the others refuse', async () => {
    const rows = rowsOf(['BTC'], 1)
    await expect(judgeModel({ ...rows, horizons: [] }, { timeframe: '15m' })).rejects.toMatchObject({
      code: 'evaluate/option',
    })
    const other = { name: 'other', rows: rowsOf(['ETH'], 1) }
    await expect(judgeModel(rows, { timeframe: '15m', bootstrap: false, baselines: [other] })).rejects.toMatchObject({
      code: 'evaluate/row',
    })
  })
})
