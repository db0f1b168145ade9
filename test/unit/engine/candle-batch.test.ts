import { describe, expect, it } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { CandlewickError } from '../../../src/core/errors.ts'
import { CandleBatch } from '../../../src/engine/candle-batch.ts'
import type { SymbolCandle } from '../../../src/engine/core.ts'
import type { Signal } from '../../../src/signals/index.ts'

const flat = { open: 1, high: 1, low: 1, close: 1, volume: 0 }
const due = (count: number): SymbolCandle[] =>
  Array.from({ length: count }, (_, i) => ({ symbol: `S${i}`, candle: { ...flat, time: i } }))

/** A batch whose model doubles the one number of each window: the candle's time. */
function doubling(failing: (run: number) => unknown = () => undefined) {
  const runs: { readonly windows: Float32Array; readonly count: number }[] = []
  const taken: string[] = []
  const batch = new CandleBatch({
    take: (symbol: string, { time }: Candle) => {
      taken.push(symbol)
      return Float32Array.of(time)
    },
    run: async (windows, count) => {
      runs.push({ windows, count })
      const failure = failing(runs.length)
      if (failure !== undefined) throw failure
      return windows.slice(0, count).map((value) => value * 2)
    },
    averageTrueRange: () => undefined,
    decide: (output, row, { symbol }) => ({
      signal: { id: `${symbol}=${output[row]!}` } as Signal,
      outputs: new Float32Array([output[row]!]),
    }),
  })
  return { batch, runs, taken }
}

describe('a batch of candles', () => {
  it.each([
    [1, [1]],
    [32, [32]],
    [33, [17, 16]],
    [50, [25, 25]],
    [100, [25, 25, 25, 25]],
  ])('of %i is run in as few parts as possible, of about the same size', async (count, parts) => {
    const { batch, runs } = doubling()
    const answers = await batch.push(due(count), undefined)
    expect(runs.map((run) => run.count)).toEqual(parts)
    expect(answers.map(({ signal }) => signal?.signal.id)).toEqual(
      Array.from({ length: count }, (_, i) => `S${i}=${i * 2}`),
    )
  })

  it('takes candles that nobody wants a signal for, and does not decide about them', async () => {
    const { batch, runs, taken } = doubling()
    const answers = await batch.push(
      due(3).map((item, i) => ({ ...item, decide: i === 2 })),
      undefined,
    )
    expect(taken).toEqual(['S0', 'S1', 'S2'])
    expect(runs.map((run) => run.count)).toEqual([1])
    expect(answers.map(({ signal }) => signal?.signal.id)).toEqual([undefined, undefined, 'S2=4'])
  })

  it('takes no new memory for windows from the second time on', async () => {
    const { batch, runs } = doubling()
    for (let tick = 0; tick < 3; tick++) await batch.push(due(50), undefined)
    expect(new Set(runs.map(({ windows }) => windows.buffer)).size).toBe(1)
  })

  it('loses only the part whose run fails', async () => {
    const failed = new CandlewickError('inference/failed', { backend: 'wasm', reason: 'out of memory' })
    const { batch } = doubling((run) => (run === 1 ? failed : undefined))
    const answers = await batch.push(due(50), undefined)
    expect(answers.slice(0, 25).map(({ error }) => error)).toEqual(Array.from({ length: 25 }, () => failed))
    expect(answers.slice(25).every(({ signal }) => signal !== undefined)).toBe(true)
  })

  it('takes all candles and runs nothing more once it is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { batch, runs, taken } = doubling((run) => (run === 1 ? controller.abort(reason) : undefined))
    await expect(batch.push(due(100), controller.signal)).rejects.toBe(reason)
    expect(taken).toHaveLength(100)
    expect(runs).toHaveLength(1)
  })

  it('fails as a whole where the fault is in the program', async () => {
    const { batch } = doubling(() => new TypeError('a bug'))
    await expect(batch.push(due(3), undefined)).rejects.toThrow('a bug')
  })
})
