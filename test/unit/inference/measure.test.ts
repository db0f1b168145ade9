import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeasurableSession, timeTicks, warmUp } from '../../../src/inference/measure.ts'
import { ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { contract, network } from './models.ts'

/** A session on a clock of its own: each run takes what `costMs` says of its number. */
function simulated(costMs: (run: number, windows: number) => number, batch: number | string = 'n') {
  let nowMs = 1000
  let runs = 0
  const batches: number[] = []
  const session: MeasurableSession = {
    contract: {
      ...contract,
      input: { ...contract.input, dims: [batch, ...contract.input.dims.slice(1)] },
      output: { ...contract.output, dims: [batch, 20] },
    },
    run: async (input, windows) => {
      expect(input.length).toBe(windows * 96 * 5)
      batches.push(windows)
      nowMs += costMs(runs++, windows)
      return new Float32Array(windows * 20)
    },
  }
  return { session, batches, now: (): number => nowMs }
}

describe('warming up', () => {
  it('goes on while runs get faster, and stops soon after they no longer do', async () => {
    const { session, now } = simulated((run) => (run < 150 ? 12 - run * 0.06 : 3))
    const { ticks, settled } = await warmUp(session, { windows: 1, budgetMs: 60_000, now })
    expect(settled).toBe(true)
    expect(ticks).toBeGreaterThan(150)
    expect(ticks).toBeLessThan(300)
  })

  it('runs at least a hundred times, because compilers wait that long', async () => {
    const { session, now } = simulated(() => 3)
    const { ticks, settled } = await warmUp(session, { windows: 1, budgetMs: 60_000, now })
    expect(settled).toBe(true)
    expect(ticks).toBeGreaterThanOrEqual(100)
    expect(ticks).toBeLessThan(150)
  })

  it('stops when its time is over, and says that nothing settled', async () => {
    const { session, now } = simulated((run) => 500 - run)
    const began = now()
    expect(await warmUp(session, { windows: 1, budgetMs: 2000, now })).toEqual({ ticks: 5, settled: false })
    expect(now() - began).toBeLessThan(2600)
  })
})

describe('timing', () => {
  it('gives the median and the distance of the quartiles', async () => {
    const { session, now } = simulated((run) => [40, 50, 60, 70, 1000][run % 5]!)
    const { medianMs, spreadMs, ticks } = await timeTicks(session, { windows: 1, budgetMs: 60_000, now })
    expect(ticks).toBe(12)
    expect(medianMs).toBe(55)
    expect(spreadMs).toBeCloseTo(70 - 47.5)
  })

  it('takes short runs in groups, because browsers round their clocks', async () => {
    const { session, now } = simulated(() => 2.4)
    const rounded = (): number => Math.floor(now())
    const { medianMs } = await timeTicks(session, { windows: 1, budgetMs: 60_000, now: rounded })
    expect(medianMs).toBeGreaterThan(2.3)
    expect(medianMs).toBeLessThan(2.5)
  })

  it('takes the time of all windows of a tick, in pieces that fit into memory', async () => {
    const { session, batches, now } = simulated((_, windows) => windows)
    const { medianMs } = await timeTicks(session, { windows: 100, budgetMs: 0, now })
    expect(batches).toEqual([32, 32, 32, 4])
    expect(medianMs).toBe(100)
  })

  it('gives a model of a fixed batch the next multiple', async () => {
    const { session, batches, now } = simulated(() => 50, 12)
    await timeTicks(session, { windows: 30, budgetMs: 0, now })
    expect(batches).toEqual([12, 12, 12])
  })

  it('stops when asked, with the reason that was given', async () => {
    const { session, now } = simulated(() => 50)
    const controller = new AbortController()
    const reason = new Error('a candle came')
    const timing = timeTicks(session, { windows: 1, budgetMs: 60_000, now, signal: controller.signal })
    controller.abort(reason)
    await expect(timing).rejects.toBe(reason)
  })
})

describe('a real session', () => {
  let session: ModelSession
  beforeAll(async () => {
    session = await ModelSession.open({ contract, model: network, backends: [wasmBackend()], warmupRuns: 0 })
  })
  afterAll(() => session.release())

  it('is warmed up and timed', async () => {
    const warm = await warmUp(session, { windows: 2, budgetMs: 200 })
    expect(warm.ticks).toBeGreaterThan(0)
    const { medianMs, spreadMs, ticks } = await timeTicks(session, { windows: 2, budgetMs: 100 })
    expect(medianMs).toBeGreaterThan(0)
    expect(spreadMs).toBeGreaterThanOrEqual(0)
    expect(ticks).toBeGreaterThan(0)
  })
})
