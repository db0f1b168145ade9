import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BarRecord,
  type ScheduledEngine,
  type SchedulerOptions,
  SignalScheduler,
} from '../../../../src/engine/scheduler/index.ts'
import { CandleSeries, type EngineSnapshot, type Signal, type SignalEngine } from '../../../../src/index.ts'
import { VirtualClock } from '../../../virtual-clock.ts'
import { barMs, LiveMarket, openSmallEngine } from './live-market.ts'

const start = Date.UTC(2024, 5, 1)
/** Bars before the scheduler begins. */
const past = 300

/** A scheduler at work on virtual time, and what it told. */
interface Stage {
  readonly clock: VirtualClock
  readonly market: LiveMarket
  readonly scheduler: SignalScheduler
  readonly signals: Signal[]
  readonly records: BarRecord[]
  /** Sizes of the batches that the engine got. */
  readonly batches: number[]
  /** Lets time pass up to the middle of the bar so many bars after the first one due. */
  readonly until: (bar: number) => Promise<void>
}

/** The engine, with its model's time held against the virtual clock. */
function held(engine: SignalEngine, clock: VirtualClock, batches: number[]): ScheduledEngine {
  return {
    get info() {
      return engine.info
    },
    warmup: engine.warmup,
    status: (symbol) => engine.status(symbol),
    prime: (history, options) => clock.during(engine.prime(history, options)),
    pushMany: (candles, options) => {
      batches.push(candles.length)
      return clock.during(engine.pushMany(candles, options))
    },
  }
}

async function stage(symbols: readonly string[], options: Partial<SchedulerOptions> = {}): Promise<Stage> {
  const engine = await openSmallEngine()
  return stageOf(engine, symbols, options)
}

function stageOf(engine: SignalEngine, symbols: readonly string[], options: Partial<SchedulerOptions> = {}): Stage {
  // Somewhere within a bar.
  const clock = new VirtualClock(start + past * barMs + 100_000)
  const market = new LiveMarket(clock, symbols, start, past + 120)
  const [signals, records, batches]: [Signal[], BarRecord[], number[]] = [[], [], []]
  const scheduler = new SignalScheduler({
    engines: held(engine, clock, batches),
    source: market,
    clock,
    onSignal: (signal) => signals.push(signal),
    onRecord: (record) => records.push(record),
    ...options,
  })
  const until = (bar: number): Promise<void> => clock.run(clock.sleep(start + (past + bar + 0.5) * barMs - clock.now()))
  return { clock, market, scheduler, signals, records, batches, until }
}

/** Bar-open time of the bar that is the newest when the scheduler begins, and those after it. */
const bar = (index: number): number => start + (past - 1 + index) * barMs

/** The signals that the batch path gives for all bars of a symbol, by bar. */
async function replayed(engine: SignalEngine, market: LiveMarket, symbol: string): Promise<Map<number, Signal>> {
  const signals = await engine.replay(market.bars(symbol), { symbol })
  return new Map(signals.map((signal) => [signal.time, signal]))
}

/** All numbers of a signal, those of rejections aside. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.values(value).flatMap(numbersOf)
    : []
}

/** Holds a signal to the one of the batch path. Runs of another size round differently in the last digits. */
function expectSame(signal: Signal, expected: Signal | undefined): void {
  const [{ id, side, rejections }, numbers] = [signal, numbersOf(expected)]
  expect(expected).toMatchObject({ id, side })
  expect(rejections.map(({ rule }) => rule)).toEqual(expected!.rejections.map(({ rule }) => rule))
  expect(numbersOf(signal)).toEqual(numbers.map((number) => expect.closeTo(number, number > 1000 ? 2 : 5) as number))
}

/** What was told of a symbol, as `status@bar`. */
const told = (records: readonly BarRecord[], symbol = 'A'): string[] =>
  records.filter((record) => record.symbol === symbol).map(({ status, time }) => `${status}@${(time - bar(0)) / barMs}`)

describe('a scheduler', () => {
  it('decides about the newest bar at once, then about each bar when it has closed, all symbols in one batch', async () => {
    const { scheduler, market, signals, batches, until, clock } = await stage(['A', 'B', 'C'])
    scheduler.start()
    await until(2)
    await clock.run(scheduler.stop())
    expect(batches).toEqual([3, 3, 3])
    expect(signals.map(({ symbol, time }) => `${symbol}@${(time - bar(0)) / barMs}`)).toEqual(
      [0, 1, 2].flatMap((index) => ['A', 'B', 'C'].map((symbol) => `${symbol}@${index}`)),
    )
    expect(market.asked).toHaveLength(9)
  })

  it('records the whole answer of the engine beside its signal, so that a log can keep it', async () => {
    const { scheduler, records, until, clock } = await stage(['A'])
    scheduler.start()
    await until(1)
    await clock.run(scheduler.stop())
    const [record] = records
    expect(record?.answer?.signal).toBe(record?.signal)
    expect(record?.answer?.outputs?.length).toBeGreaterThan(0)
  })

  it('waits for the settle delay after each close', async () => {
    const { scheduler, records, until, clock } = await stage(['A'], { settleMs: 5000 })
    scheduler.start()
    await until(3)
    await clock.run(scheduler.stop())
    expect(records.slice(1).map(({ sinceCloseMs }) => sinceCloseMs)).toEqual([5000, 5000, 5000])
  })

  it('gives the signals that the batch path gives, bar for bar', async () => {
    const engine = await openSmallEngine()
    const { scheduler, market, signals, until, clock } = stageOf(engine, ['A', 'B'])
    scheduler.start()
    await until(96)
    await clock.run(scheduler.stop())
    expect(signals).toHaveLength(2 * 97)
    for (const symbol of ['A', 'B']) {
      const expected = await replayed(engine, market, symbol)
      for (const signal of signals.filter((one) => one.symbol === symbol)) expectSame(signal, expected.get(signal.time))
    }
  })

  it('takes bars that passed in sleep in order, and emits nothing stale', async () => {
    const engine = await openSmallEngine()
    const { scheduler, market, signals, records, until, clock } = stageOf(engine, ['A'])
    scheduler.start()
    await until(1)
    scheduler.pause()
    await until(6)
    scheduler.start()
    await until(7)
    await clock.run(scheduler.stop())
    expect(told(records)).toEqual(['ok@0', 'ok@1', 'missed@2', 'missed@3', 'missed@4', 'missed@5', 'ok@6', 'ok@7'])
    expect(signals).toHaveLength(4)
    expectSame(signals.at(-1)!, (await replayed(engine, market, 'A')).get(bar(7)))
  })

  it('decides nothing twice when its clock jumps back, and takes what it missed when it jumps ahead', async () => {
    const engine = await openSmallEngine()
    const clock = new VirtualClock(start + past * barMs + 100_000)
    const market = new LiveMarket(clock, ['A'], start, past + 20)
    const records: BarRecord[] = []
    let shift = 0
    const scheduler = new SignalScheduler({
      engines: held(engine, clock, []),
      source: market,
      clock: { now: () => clock.now() + shift, sleep: (ms, signal) => clock.sleep(ms, signal) },
      onRecord: (record) => records.push(record),
    })
    scheduler.start()
    await clock.run(clock.sleep(2.5 * barMs))
    shift = -3 * barMs
    await clock.run(clock.sleep(2 * barMs))
    expect(told(records)).toEqual(['ok@0', 'ok@1', 'ok@2'])
    shift = 0
    await clock.run(clock.sleep(2 * barMs))
    await clock.run(scheduler.stop())
    expect(told(records)).toEqual(['ok@0', 'ok@1', 'ok@2', 'missed@3', 'ok@4', 'ok@5', 'ok@6'])
  })
})

describe('a symbol that fails', () => {
  it('rests twice as long each time, leaves the others alone, and comes back by itself', async () => {
    const { scheduler, market, records, until, clock } = await stage(['A', 'B'], {
      settleMs: 2000,
      maxBackOffMs: 60_000,
    })
    scheduler.start()
    await until(0)
    const asked: number[] = []
    market.fault = (symbol, bars) => {
      if (symbol === 'B') return bars
      asked.push(clock.now())
      throw new Error('the exchange is down')
    }
    await until(2)
    const pauses = asked.slice(1).map((time, i) => time - asked[i]!)
    expect(pauses.slice(0, 7)).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(scheduler.status.symbols[0]).toMatchObject({ symbol: 'A', problem: 'the exchange is down', lastBar: bar(0) })
    expect(scheduler.status.symbols[1]).toMatchObject({ symbol: 'B', failures: 0, problem: undefined, lastBar: bar(2) })
    expect(told(records, 'B')).toEqual(['ok@0', 'ok@1', 'ok@2'])
    market.fault = (_, bars) => bars
    await until(3)
    await clock.run(scheduler.stop())
    expect(told(records).filter((entry) => !entry.startsWith('error'))).toEqual(['ok@0', 'missed@1', 'ok@2', 'ok@3'])
    expect(scheduler.status.symbols[0]).toMatchObject({ failures: 0, problem: undefined })
  })

  it('is tried at once when somebody wakes the scheduler', async () => {
    const { scheduler, market, records, until, clock } = await stage(['A'])
    scheduler.start()
    await until(0)
    market.fault = () => {
      throw new Error('offline')
    }
    await until(1)
    market.fault = (_, bars) => bars
    const asked = market.asked.length
    scheduler.wake()
    await clock.run(clock.sleep(1000))
    await clock.run(scheduler.stop())
    expect(market.asked).toHaveLength(asked + 1)
    expect(told(records).at(-1)).toBe('ok@1')
  })

  it('is asked again soon when its newest bar is late', async () => {
    const { scheduler, market, records, until, clock } = await stage(['A'])
    scheduler.start()
    await until(0)
    const dueAt = bar(1) + barMs + 2000
    market.fault = (_, bars) => (clock.now() < dueAt + 5000 ? bars.filter(({ time }) => time < bar(1)) : bars)
    await until(1)
    await clock.run(scheduler.stop())
    expect(told(records)).toEqual(['ok@0', 'ok@1'])
    expect(records[1]!.sinceCloseMs).toBe(2000 + 2000 + 4000)
  })

  it('is put off when the source gives no answer', async () => {
    const { scheduler, market, records, until, clock } = await stage(['A', 'B'], { fetchMs: 10_000 })
    scheduler.start()
    await until(0)
    const answer = market.history.bind(market)
    market.history = (symbol, options) => (symbol === 'A' ? new Promise(() => undefined) : answer(symbol, options))
    await until(1)
    await clock.run(scheduler.stop())
    expect(told(records, 'B')).toEqual(['ok@0', 'ok@1'])
    expect(records.find(({ status }) => status === 'error')!.reason).toBe('the source gave no answer within 10000 ms')
  })
})

describe('an engine that fails', () => {
  it('gets the history anew and decides about the bar again', async () => {
    const engine = await openSmallEngine()
    let failing = 2
    const clock = new VirtualClock(start + past * barMs + 100_000)
    const market = new LiveMarket(clock, ['A', 'B'], start, past + 20)
    const records: BarRecord[] = []
    const sound = held(engine, clock, [])
    const scheduler = new SignalScheduler({
      engines: {
        ...sound,
        info: engine.info,
        pushMany: async (candles, options) => {
          if (candles.some(({ candle }) => candle.time === bar(1)) && failing-- > 0)
            throw new Error('the model fell over')
          return sound.pushMany(candles, options)
        },
      },
      source: market,
      clock,
      onRecord: (record) => records.push(record),
    })
    scheduler.start()
    await clock.run(clock.sleep(2.5 * barMs))
    await clock.run(scheduler.stop())
    expect(told(records)).toEqual(['ok@0', 'error@1', 'error@1', 'ok@1', 'ok@2'])
    const expected = await replayed(engine, market, 'A')
    expectSame(records.at(-2)!.signal!, expected.get(bar(2)))
  })

  it('does not hold up another one', async () => {
    const engine = await openSmallEngine()
    const clock = new VirtualClock(start + past * barMs + 100_000)
    const market = new LiveMarket(clock, ['A'], start, past + 20)
    const records: BarRecord[] = []
    const sound = held(engine, clock, [])
    const broken = { ...sound, info: engine.info, pushMany: () => Promise.reject(new Error('out of order')) }
    const scheduler = new SignalScheduler({
      engines: { sound, broken },
      source: market,
      clock,
      onRecord: (record) => records.push(record),
    })
    scheduler.start()
    await clock.run(clock.sleep(1.5 * barMs))
    await clock.run(scheduler.stop())
    expect(told(records.filter((record) => record.engine === 'sound'))).toEqual(['ok@0', 'ok@1'])
    expect(records.filter((record) => record.engine === 'broken').every(({ status }) => status === 'error')).toBe(true)
    expect(scheduler.status.symbols[0]!.problem).toBe('out of order')
  })
})

describe('while it runs', () => {
  it('takes symbols in and lets them go', async () => {
    const { scheduler, records, until, clock } = await stage(['A', 'B'], { symbols: ['A'] })
    scheduler.start()
    await until(0)
    scheduler.add('B')
    scheduler.add('B')
    await until(1)
    scheduler.remove('A')
    await until(2)
    await clock.run(scheduler.stop())
    expect(told(records, 'A')).toEqual(['ok@0', 'ok@1'])
    expect(told(records, 'B')).toEqual(['ok@0', 'ok@1', 'ok@2'])
    expect(scheduler.status.symbols.map(({ symbol }) => symbol)).toEqual(['B'])
  })

  it('says where it stands', async () => {
    const { scheduler, until, clock } = await stage(['A'])
    expect(scheduler.status).toMatchObject({ state: 'stopped', counts: { ok: 0, rounds: 0 } })
    scheduler.start()
    scheduler.start()
    await until(1)
    expect(scheduler.status).toMatchObject({ state: 'running', counts: { ok: 2, missed: 0, error: 0, rounds: 2 } })
    expect(scheduler.status.symbols[0]!.lastSignals['default']).toMatchObject({ time: bar(1) })
    scheduler.pause()
    expect(scheduler.status.state).toBe('paused')
    await clock.run(scheduler.stop())
    expect(scheduler.status.state).toBe('stopped')
  })

  it('stops in the middle of a round and can begin again', async () => {
    const { scheduler, market, records, until, clock } = await stage(['A'])
    const answer = market.history.bind(market)
    market.history = () => new Promise(() => undefined)
    scheduler.start()
    await new Promise(setImmediate)
    await scheduler.stop()
    expect(records).toEqual([])
    market.history = answer
    scheduler.start()
    await until(1)
    await clock.run(scheduler.stop())
    expect(told(records)).toEqual(['ok@0', 'ok@1'])
    expect(clock.waiting).toBe(0)
  })
})

it('refuses what cannot be', async () => {
  const engine = await openSmallEngine()
  const clock = new VirtualClock()
  const source = new LiveMarket(clock, [], start, 1)
  const wrong = { symbols: [], timeframe: '1h', history: source.history.bind(source) } as const
  expect(() => new SignalScheduler({ engines: engine, source: wrong })).toThrow(
    expect.objectContaining({ code: 'candle/timeframe' }) as Error,
  )
  expect(() => new SignalScheduler({ engines: {}, source })).toThrow(TypeError)
  expect(() => new SignalScheduler({ engines: engine, source, settleMs: -1 })).toThrow(TypeError)
})

it('loses no bar and decides about none twice, whatever fails', async () => {
  const engine = await openSmallEngine()
  const { market: whole } = stageOf(engine, ['A', 'B'])
  const expected = { A: await replayed(engine, whole, 'A'), B: await replayed(engine, whole, 'B') }
  const step = fc.oneof(
    fc.constant('bar' as const),
    fc.constant('sleep' as const),
    fc.record({ fails: fc.constantFrom('A', 'B'), times: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ late: fc.constantFrom('A', 'B') }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { scheduler, market, records, signals, until, clock } = stageOf(engine, ['A', 'B'])
      let now = 0
      scheduler.start()
      await until(now)
      for (const one of steps) {
        if (one === 'sleep') {
          scheduler.pause()
          now += 3
          await until(now)
          scheduler.start()
        } else if (one !== 'bar' && 'fails' in one) {
          let left = one.times
          market.fault = (symbol, bars) => {
            if (symbol === one.fails && left-- > 0) throw new Error('down')
            return bars
          }
        } else if (one !== 'bar') {
          const from = clock.now()
          market.fault = (symbol, bars) =>
            symbol === one.late && clock.now() < from + 1.2 * barMs ? bars.slice(0, -1) : bars
        }
        now += 1
        await until(now)
        market.fault = (_, bars) => bars
      }
      now += 2
      await until(now)
      await clock.run(scheduler.stop())
      for (const symbol of ['A', 'B'] as const) {
        const seen = records.filter((record) => record.symbol === symbol && record.status !== 'error')
        expect(seen.map(({ time }) => time)).toEqual(Array.from({ length: now + 1 }, (_, i) => bar(i)))
        for (const signal of signals.filter((emitted) => emitted.symbol === symbol)) {
          expectSame(signal, expected[symbol].get(signal.time))
        }
      }
    }),
    { numRuns: 15 },
  )
})

describe('a life that is cut in two', () => {
  it('goes on from a snapshot with the signals of an uninterrupted one, and decides about no bar again', async () => {
    const first = await openSmallEngine()
    const whole = stageOf(first, ['A', 'B'], { resume: true })
    await first.restore({ timeframe: '15m', symbols: historyBefore(whole.market, past - 1) })
    whole.scheduler.start()
    await whole.until(10)
    await whole.clock.run(whole.scheduler.stop())
    const kept = structuredClone(first.snapshot())

    const second = await openSmallEngine()
    await second.restore(kept)
    const rest = stageOf(second, ['A', 'B'], { resume: true })
    rest.scheduler.start()
    await rest.until(10)
    expect(rest.records).toEqual([])
    await rest.until(13)
    await rest.clock.run(rest.scheduler.stop())
    expect(told(rest.records)).toEqual(['ok@11', 'ok@12', 'ok@13'])
    for (const symbol of ['A', 'B']) {
      const expected = await replayed(second, rest.market, symbol)
      for (const signal of [...whole.signals, ...rest.signals])
        if (signal.symbol === symbol) expectSame(signal, expected.get(signal.time))
    }
  })

  it('records what passed in between as missed', async () => {
    const engine = await openSmallEngine()
    const { scheduler, market, records, until, clock } = stageOf(engine, ['A'], { resume: true })
    await engine.restore({ timeframe: '15m', symbols: historyBefore(market, past - 5) })
    scheduler.start()
    await until(0)
    await clock.run(scheduler.stop())
    expect(told(records)).toEqual(['missed@-4', 'missed@-3', 'missed@-2', 'missed@-1', 'ok@0'])
    await expect(engine.restore({ timeframe: '1h', symbols: [] })).rejects.toMatchObject({ code: 'candle/timeframe' })
  })
})

/** The first bars of all symbols, as a snapshot has them. */
function historyBefore(market: LiveMarket, bars: number): EngineSnapshot['symbols'] {
  return market.symbols.map((symbol) => {
    const { columns } = CandleSeries.from(market.bars(symbol).slice(0, bars), { symbol, timeframe: '15m' })
    return { symbol, columns }
  })
}
