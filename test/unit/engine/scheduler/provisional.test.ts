import { describe, expect, it } from 'vitest'
import { SignalScheduler, type SchedulerOptions } from '../../../../src/engine/scheduler/index.ts'
import { CandleSeries, type Signal, type SignalEngine } from '../../../../src/index.ts'
import { VirtualClock } from '../../../virtual-clock.ts'
import { barMs, formingAt, LiveMarket, openSmallEngine, tickMs } from './live-market.ts'

const start = Date.UTC(2024, 5, 1)
/** Bars that are over when the scheduler begins. */
const past = 300

interface Stage {
  readonly clock: VirtualClock
  readonly market: LiveMarket
  readonly scheduler: SignalScheduler
  readonly decided: Signal[]
  /** Provisional signals, and when each came. */
  readonly provisional: { readonly signal: Signal; readonly at: number }[]
  /** Lets so many bars pass. */
  readonly pass: (bars: number) => Promise<void>
}

function stage(engine: SignalEngine, symbols: readonly string[], options: Partial<SchedulerOptions> = {}): Stage {
  const clock = new VirtualClock(start + past * barMs + 60_000)
  const market = new LiveMarket(clock, symbols, start, past + 20)
  const [decided, provisional]: [Signal[], Stage['provisional']] = [[], []]
  const scheduler = new SignalScheduler({
    engines: {
      one: {
        info: engine.info,
        warmup: engine.warmup,
        status: (symbol) => engine.status(symbol),
        prime: (history, given) => clock.during(engine.prime(history, given)),
        pushMany: (candles, given) => clock.during(engine.pushMany(candles, given)),
      },
    },
    source: market,
    clock,
    provisionalMs: 60_000,
    onSignal: (signal) => decided.push(signal),
    onProvisional: (signal) => provisional.push({ signal, at: clock.now() }),
    ...options,
  })
  const pass = (bars: number): Promise<void> => clock.run(clock.sleep(bars * barMs))
  return { clock, market, scheduler, decided, provisional, pass }
}

describe('provisional signals', () => {
  it('tell between closes what the bar would say if it closed now, and change no decision', async () => {
    const engine = await openSmallEngine()
    const { market, scheduler, decided, provisional, pass } = stage(engine, ['A', 'B'])
    scheduler.start()
    await pass(3)
    await scheduler.stop()

    expect(provisional.length).toBeGreaterThan(2 * 3 * 10)
    for (const { signal, at } of provisional) {
      expect(signal.provisional).toBe(true)
      expect(at, 'while its bar forms').toBeGreaterThan(signal.time)
      expect(at).toBeLessThan(signal.time + barMs)
    }
    expect(decided.map(({ symbol, time }) => `${symbol} ${(time - start) / barMs}`)).toEqual(
      [299, 300, 301, 302].flatMap((bar) => ['A', 'B'].map((symbol) => `${symbol} ${bar}`)),
    )
    const replay = await engine.replay(market.bars('A').slice(0, past + 3), { symbol: 'A', last: 4 })
    expect(decided.filter(({ symbol }) => symbol === 'A').map(({ side, confidence }) => [side, confidence])).toEqual(
      replay.map(({ side, confidence }) => [side, confidence]),
    )
  })

  it('are those that the engine gives for the newest state of the bar', async () => {
    const engine = await openSmallEngine()
    const { market, scheduler, provisional, pass } = stage(engine, ['A'])
    scheduler.start()
    await pass(0.5)
    await scheduler.stop()

    const { signal, at } = provisional.at(-1)!
    const history = CandleSeries.from(market.bars('A').slice(0, past), { symbol: 'A', timeframe: '15m' })
    await engine.prime(history)
    const told = Array.from({ length: 7 }, (_, i) => Math.floor((at - i * tickMs) / tickMs) * tickMs)
    const asked = await Promise.all(told.map((now) => engine.push(formingAt(market.bars('A')[past]!, now), 'A')))
    expect(asked).toContainEqual(signal)
  })

  it('stop with a pause, and a symbol that comes later has them too', async () => {
    const { market, scheduler, provisional, pass } = stage(await openSmallEngine(), ['A', 'B'], { symbols: ['A'] })
    scheduler.start()
    await pass(0.4)
    scheduler.pause()
    const before = provisional.length
    expect(before).toBeGreaterThan(0)
    await pass(0.4)
    expect(provisional).toHaveLength(before)
    scheduler.start()
    scheduler.add('B')
    await pass(1)
    await scheduler.stop()
    expect(market.feeds).toEqual([['A'], ['A', 'B']])
    expect(new Set(provisional.map(({ signal }) => signal.symbol))).toEqual(new Set(['A', 'B']))
  })

  it('come back by themselves after the feed has failed, which the status tells', async () => {
    const { market, scheduler, provisional, decided, pass } = stage(await openSmallEngine(), ['A'])
    scheduler.start()
    await pass(0.4)
    market.feedFault = () => {
      throw new Error('the line is dead')
    }
    await pass(1)
    expect(scheduler.status.provisionalProblem).toBe('the line is dead')
    const before = provisional.length
    market.feedFault = () => undefined
    await pass(2)
    await scheduler.stop()
    expect(provisional.length).toBeGreaterThan(before)
    expect(scheduler.status.provisionalProblem).toBeUndefined()
    expect(decided, 'decisions do not wait for it').toHaveLength(4)
  })

  it('are refused of a source that has no forming bars, and at an interval that is none', async () => {
    const engine = await openSmallEngine()
    const market = new LiveMarket(new VirtualClock(), ['A'], start, 10)
    const { symbols, timeframe } = market
    const options: SchedulerOptions = {
      engines: engine,
      source: { symbols, timeframe, history: market.history.bind(market) },
    }
    expect(() => new SignalScheduler({ ...options, provisionalMs: 1000 })).toThrow('no `candles`')
    expect(() => new SignalScheduler({ ...options, provisionalMs: 0 })).toThrow('provisionalMs is 0')
  })
})
