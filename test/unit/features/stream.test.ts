/** Batch, streaming, peeking and restored state are one and the same computation. */
import { array, assert, integer, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { catalogue, computeFeatures, FeatureStream } from '../../../src/features/index.ts'
import { benchmarkOf, columnsOf, firstDifference, hardSeries, walk } from './candles.ts'

const ids = catalogue.map((feature) => feature.id)
const length = 1100

const thrown = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

const withBenchmark = { benchmark: true }

describe.each(Object.entries(hardSeries))('on %s', (name, make) => {
  const candles = make(length)
  const columns = columnsOf(candles)
  const others = benchmarkOf(name, length)
  const benchmark = columnsOf(others)
  const whole = computeFeatures(ids, columns, { benchmark }).values
  const rowOf = (row: number): Float64Array => whole.subarray(row * ids.length, (row + 1) * ids.length)

  it('gives the same bits candle by candle as in batch, and peeking changes nothing', () => {
    const stream = new FeatureStream(ids, withBenchmark)
    for (const [row, candle] of candles.entries()) {
      if (row % 13 === 0) stream.peek({ ...candle, close: candle.high, volume: 5 }, others[row])
      const at = firstDifference(stream.push(candle, others[row]), rowOf(row))
      expect(at === -1 ? 'the same' : ids[at], `row ${row}`).toBe('the same')
    }
    expect(stream.bars).toBe(length)
  })

  it('gives the same bits for any split into blocks and single candles', () => {
    assert(
      property(array(integer({ min: 1, max: 300 }), { maxLength: 8 }), nat(length - 1), (sizes, single) => {
        const stream = new FeatureStream(ids, withBenchmark)
        const out = new Float64Array(whole.length)
        let at = 0
        for (const size of [...sizes, length]) {
          const end = Math.min(at + size, length)
          stream.advance(columns, at, end, out.subarray(at * ids.length, end * ids.length), benchmark)
          at = end
          if (at < length && single % 2 === 0) out.set(stream.push(candles[at]!, others[at]), at++ * ids.length)
        }
        expect(firstDifference(out, whole)).toBe(-1)
      }),
      { numRuns: 6 },
    )
  })

  it('goes on from a cloned snapshot as if nothing had happened', () => {
    assert(
      property(nat(length - 1), (cut) => {
        const before = new FeatureStream(ids, withBenchmark)
        before.advance(columns, 0, cut, undefined, benchmark)
        const snapshot = structuredClone(before.snapshot())
        before.advance(columns, cut, length, undefined, benchmark)
        const after = new FeatureStream(ids, withBenchmark)
        after.advance(columns, 0, 77, undefined, benchmark)
        after.restore(snapshot)
        const out = new Float64Array((length - cut) * ids.length)
        after.advance(columns, cut, length, out, benchmark)
        expect(firstDifference(out, whole.subarray(cut * ids.length))).toBe(-1)
        expect(firstDifference(after.snapshot().state, before.snapshot().state)).toBe(-1)
        expect(after.bars).toBe(before.bars)
      }),
      { numRuns: 6 },
    )
  })

  it('peeks what it would push', () => {
    const stream = new FeatureStream(ids, withBenchmark)
    stream.advance(columns, 0, length - 1, undefined, benchmark)
    const peeked = stream.peek(candles[length - 1]!, others[length - 1]).slice()
    expect(firstDifference(peeked, rowOf(length - 1))).toBe(-1)
    expect(firstDifference(stream.push(candles[length - 1]!, others[length - 1]), peeked)).toBe(-1)
  })
})

describe('FeatureStream', () => {
  it('is warm after exactly `warmup` candles', () => {
    const stream = new FeatureStream(['rsi', 'close_sma_50_ratio', 'adx'])
    const rows = walk(80).map((candle) => stream.push(candle).slice())
    expect(stream.warmup).toBe(50)
    expect(rows[stream.warmup - 2]!.every(Number.isFinite)).toBe(false)
    expect(rows[stream.warmup - 1]!.every(Number.isFinite)).toBe(true)
  })

  it('computes a feature once that is asked for twice', () => {
    const twice = new FeatureStream(['rsi', 'rsi_14', 'rsi'])
    expect(twice.stateBytes).toBe(new FeatureStream(['rsi']).stateBytes)
    const row = walk(30).map((candle) => twice.push(candle).slice())[29]!
    expect(row[0]).toBe(row[1])
    expect(row[0]).toBe(row[2])
  })

  it('names the nearest id of an unknown one', () => {
    const error = thrown(() => new FeatureStream(['rsi_41']))
    expect(isCandlewickError(error, 'feature/unknown') && error.details).toEqual({ id: 'rsi_41', nearest: 'rsi_21' })
    const strange = thrown(() => new FeatureStream(['????????????']))
    expect(isCandlewickError(strange, 'feature/unknown') && strange.details.nearest).toBe(undefined)
  })

  it('asks for a benchmark where a feature reads one, and for its candle of the same time', () => {
    const error = thrown(() => new FeatureStream(['rsi', 'beta_96', 'btc_close']))
    expect(isCandlewickError(error, 'feature/benchmark-required') && error.details).toEqual({
      ids: ['beta_96', 'btc_close'],
    })
    const [first, second] = walk(2)
    const stream = new FeatureStream(['rsi', 'btc_close'], withBenchmark)
    const late = thrown(() => stream.push(first!, second))
    expect(isCandlewickError(late, 'candle/benchmark') && late.details).toEqual({
      at: first!.time,
      benchmark: second!.time,
    })
    expect(
      isCandlewickError(
        thrown(() => stream.peek(first!)),
        'candle/benchmark',
      ),
    ).toBe(true)
    const columns = columnsOf(walk(5))
    const short = columnsOf(walk(4))
    expect(
      isCandlewickError(
        thrown(() => stream.advance(columns, 0, 5, undefined, short)),
        'candle/benchmark',
      ),
    ).toBe(true)
    expect(
      isCandlewickError(
        thrown(() => stream.advance(columns, 0, 5)),
        'candle/benchmark',
      ),
    ).toBe(true)
    expect(stream.bars).toBe(0)
    expect(stream.push(first!, { ...second!, time: first!.time })[1]).toBe(second!.close)
  })

  it('does not look at a benchmark that no feature reads', () => {
    const [first, second] = walk(2)
    expect(() => new FeatureStream(['rsi'], withBenchmark).push(first!, second)).not.toThrow()
    expect(new FeatureStream(['rsi'], withBenchmark).needsBenchmark).toBe(false)
  })

  it('refuses the state of other features', () => {
    const snapshot = new FeatureStream(['rsi_14']).snapshot()
    const error = thrown(() => new FeatureStream(['rsi_21']).restore(snapshot))
    expect(isCandlewickError(error, 'feature/snapshot-mismatch')).toBe(true)
    expect(() => new FeatureStream(['rsi_14']).restore({ ...snapshot, state: new Float64Array(1) })).toThrow(
      'saved state',
    )
    expect(() => new FeatureStream(['rsi_14']).restore({ ...snapshot, bars: -1 })).toThrow('saved state')
  })

  it('refuses rows and outputs that do not fit', () => {
    const stream = new FeatureStream(['rsi'])
    const columns = columnsOf(walk(10))
    expect(() => stream.advance(columns, 0, 11)).toThrow(TypeError)
    expect(() => stream.advance(columns, 0, 10, new Float64Array(9))).toThrow(TypeError)
    expect(stream.bars).toBe(0)
  })
})

describe('computeFeatures', () => {
  it('writes the rows from `from` on', () => {
    const columns = columnsOf(walk(300))
    const all = computeFeatures(['rsi', 'adx'], columns)
    const late = computeFeatures(['rsi', 'adx'], columns, { from: 250 })
    expect(late).toMatchObject({ ids: ['rsi', 'adx'], from: 250, rows: 50 })
    expect(late.values).toEqual(all.values.subarray(500))
  })
})
