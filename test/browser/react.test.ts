import {
  type BarRecord,
  type CreateOptions,
  createSignalEngine,
  isCandlewickError,
  type SignalEngine,
} from 'candlewick'
import { type EngineState, type SignalsState, useEngine, useSignals, type UseSignalsOptions } from 'candlewick/react'
import { createElement, type ReactNode, StrictMode } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { barMs, ClockedMarket } from './clocked-market.ts'
import { publishTrained } from './publish-trained.ts'

const wait = { timeout: 8000, interval: 10 }
const manifest = publishTrained(inject('trained')[0]!)
const small = { manifest, store: 'memory', strategy: 'aggressive' } as const
const undo: (() => unknown)[] = []

/** Mounts a hook; `seen` has what every render gave. */
function mount<O, S>(hook: (options: O) => S, options: O, { strict = false } = {}) {
  const root = createRoot(document.createElement('div'))
  const seen: { readonly options: O; readonly state: S }[] = []
  const Probe = (props: { options: O }): ReactNode => {
    const state = hook(props.options)
    seen.push({ options: props.options, state })
    return null
  }
  const render = (options: O): void => {
    const probe = createElement(Probe, { options })
    flushSync(() => root.render(strict ? createElement(StrictMode, undefined, probe) : probe))
  }
  const unmount = (): void => flushSync(() => root.unmount())
  undo.push(unmount)
  render(options)
  return { seen, render, unmount, now: () => seen.at(-1)!.state }
}

async function leave(): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step()
}

afterEach(leave)

describe('useEngine', () => {
  const living = new Set<Worker>()
  let started = 0
  const RealWorker = Worker

  beforeEach(() => {
    started = 0
    globalThis.Worker = class extends RealWorker {
      constructor(address: string | URL, options?: WorkerOptions) {
        super(address, options)
        started += 1
        living.add(this)
      }

      override terminate(): void {
        living.delete(this)
        super.terminate()
      }
    }
  })
  afterEach(async () => {
    await leave()
    globalThis.Worker = RealWorker
    await vi.waitFor(() => expect(living.size).toBe(0), wait)
  })

  const open = (options: CreateOptions | undefined, how?: { strict: boolean }) => mount(useEngine, options, how)
  const ready = (probe: { now: () => EngineState }): Promise<SignalEngine> =>
    vi.waitFor(() => {
      const { status, engine, error } = probe.now()
      if (status !== 'ready') throw error ?? new Error(status)
      return engine
    }, wait)

  it('opens on mount, tells its progress, and frees the worker on unmount', async () => {
    const told: string[] = []
    const probe = open({ ...small, onProgress: ({ phase }) => told.push(phase) })
    expect(probe.now()).toMatchObject({ status: 'loading', engine: undefined, error: undefined })
    const engine = await ready(probe)

    expect(engine.info.backend).toBe('wasm')
    expect(probe.seen.map(({ state }) => state.progress?.phase)).toContain('session')
    expect(told).toContain('session')
    expect(living.size).toBe(1)
    probe.unmount()
    await vi.waitFor(() => expect(living.size).toBe(0), wait)
    await expect(engine.status()).rejects.toMatchObject({ code: 'engine/closed' })
  })

  it('starts one worker under the double mount of strict mode, and shows no error', async () => {
    const probe = open(small, { strict: true })
    await ready(probe)
    expect(started).toBe(1)
    expect(probe.seen.map(({ state }) => state.status)).not.toContain('failed')
  })

  it('stops opening when the component goes first', async () => {
    const probe = open(small)
    await vi.waitFor(() => expect(started).toBe(1), wait)
    probe.unmount()
    await vi.waitFor(() => expect(living.size).toBe(0), wait)
    expect(probe.now().status).toBe('loading')
  })

  it('opens anew for another value of an option, not for the same written anew', async () => {
    const written = (): CreateOptions => ({ ...small, backends: ['wasm'], onProgress: () => {} })
    const probe = open(written())
    const first = await ready(probe)
    probe.render(written())
    expect(probe.now().engine).toBe(first)

    const changed: CreateOptions = { ...written(), strategy: 'conservative' }
    probe.render(changed)
    const second = await ready(probe)
    expect(started).toBe(2)
    expect(second).not.toBe(first)
    const mixed = probe.seen.filter(({ options, state }) => options === changed && state.engine === first)
    expect(mixed, 'the engine of other options is never shown').toEqual([])
    await expect(first.status()).rejects.toMatchObject({ code: 'engine/closed' })
  })

  it('is idle without options', async () => {
    const probe = open(undefined)
    expect(probe.now().status).toBe('idle')
    probe.render(small)
    await ready(probe)
    probe.render(undefined)
    expect(probe.now()).toMatchObject({ status: 'idle', engine: undefined })
  })

  it('gives what went wrong, and tries again when asked', async () => {
    const probe = open({ ...small, model: 'nobody' })
    const failed = (): Promise<Error> => vi.waitFor(() => probe.now().error ?? Promise.reject(new Error('none')), wait)
    const first = await failed()
    expect(isCandlewickError(first)).toBe(true)
    probe.now().reload()
    const second = await vi.waitFor(async () => {
      const error = await failed()
      expect(error).not.toBe(first)
      return error
    }, wait)
    expect(second.message).toBe(first.message)
    probe.render(small)
    await ready(probe)
    expect(probe.now().error).toBeUndefined()
  })
})

describe('useSignals', () => {
  let engine: SignalEngine
  beforeAll(async () => {
    engine = await createSignalEngine(small)
  })
  afterAll(() => engine.close())

  const watching = (symbols: readonly string[], more: Partial<UseSignalsOptions> = {}, strict = false) => {
    const source = new ClockedMarket(['A', 'B', 'C'])
    const options = { engine, source, symbols, clock: source.clock, ...more } as UseSignalsOptions
    return { source, clock: source.clock, options, ...mount(useSignals, options, { strict }) }
  }
  /** Waits until the newest signals are of this bar. */
  const decided = (now: () => SignalsState, symbols: readonly string[], bar: number): Promise<void> =>
    vi.waitFor(() => {
      const { signals, status } = now()
      expect([...signals.keys()].sort()).toEqual(symbols)
      expect([...signals.values()].map(({ time }) => time)).toEqual(symbols.map(() => bar))
      // The round is over: the scheduler sleeps.
      expect(status.symbols.every(({ lastBar }) => lastBar === bar)).toBe(true)
    }, wait)
  const newestBar = (now: number): number => Math.floor(now / barMs) * barMs - barMs

  it.each([false, true])('gives the signal of every symbol at every close; strict mode: %s', async (strict) => {
    const records: BarRecord[] = []
    const { now, clock, seen } = watching(['A', 'B'], { onRecord: (record) => records.push(record) }, strict)
    expect(now()).toMatchObject({ last: undefined, records: [], error: undefined })
    await decided(now, ['A', 'B'], newestBar(clock.now()))
    expect(now().status).toMatchObject({ state: 'running', counts: { ok: 2, rounds: 1 } })

    clock.advance(barMs)
    await decided(now, ['A', 'B'], newestBar(clock.now()))
    expect(now().status.counts).toMatchObject({ ok: 4, error: 0, rounds: 2 })
    expect(now().records.map(({ symbol, status }) => `${symbol} ${status}`)).toEqual(['A ok', 'B ok', 'A ok', 'B ok'])
    expect(records).toEqual(now().records)
    expect(now().last).toBe(records.at(-1)!.signal)
    expect(seen.length, 'it renders for what is new alone').toBeLessThan(strict ? 40 : 20)
  })

  it('keeps the same map and status until something changes', async () => {
    const { now, clock, options, render } = watching(['A'])
    await decided(now, ['A'], newestBar(clock.now()))
    const before = now()
    render({ ...options, symbols: ['A'], onSignal: () => {} })
    expect(now()).toBe(before)
  })

  it('takes in and lets go symbols without a new start', async () => {
    const { now, clock, options, render } = watching(['A'])
    await decided(now, ['A'], newestBar(clock.now()))
    const first = now().signals.get('A')
    render({ ...options, symbols: ['A', 'B'] })
    await decided(now, ['A', 'B'], newestBar(clock.now()))
    expect(now().signals.get('A')).toBe(first)
    expect(now().status.counts).toMatchObject({ ok: 2, rounds: 2 })
    render({ ...options, symbols: ['B'] })
    await decided(now, ['B'], newestBar(clock.now()))
  })

  it('keeps only as many records as are asked for', async () => {
    const { now, clock, options, render } = watching(['A', 'B', 'C'], { keep: 2 })
    await decided(now, ['A', 'B', 'C'], newestBar(clock.now()))
    expect(now().records.map(({ symbol }) => symbol)).toEqual(['B', 'C'])
    render({ ...options, keep: 1 })
    await vi.waitFor(() => expect(now().records.map(({ symbol }) => symbol)).toEqual(['C']), wait)
  })

  it('lets bars pass while paused, and counts them as missed', async () => {
    const { now, clock } = watching(['A'])
    await decided(now, ['A'], newestBar(clock.now()))
    now().pause()
    await vi.waitFor(() => expect(now().status.state).toBe('paused'), wait)
    clock.advance(3 * barMs)
    now().resume()
    await decided(now, ['A'], newestBar(clock.now()))
    expect(now().status).toMatchObject({ state: 'running', counts: { ok: 2, missed: 2 } })
  })

  it('stays paused when the engine comes anew', async () => {
    const { now, clock, options, render } = watching(['A'])
    now().pause()
    render({ ...options, engine: undefined })
    render(options)
    await vi.waitFor(() => expect(now().status.state).toBe('paused'), wait)
    clock.advance(barMs)
    await vi.waitFor(() => expect(clock.sleeping).toBe(1), wait)
    expect(now().signals.size).toBe(0)
    now().resume()
    await decided(now, ['A'], newestBar(clock.now()))
  })

  it.each([
    ['becomes visible', () => document.dispatchEvent(new Event('visibilitychange'))],
    ['comes back from a freeze', () => document.dispatchEvent(new Event('resume'))],
    ['is online again', () => window.dispatchEvent(new Event('online'))],
  ])('looks at once when the page %s', async (_, comeBack) => {
    const { now, clock } = watching(['A'])
    await decided(now, ['A'], newestBar(clock.now()))
    clock.jump(barMs)
    comeBack()
    await decided(now, ['A'], newestBar(clock.now()))
  })

  it('runs nothing without an engine, or before all of several are there', async () => {
    const { now, options, render, clock } = watching(['A'], { engine: undefined })
    expect(now().status.state).toBe('stopped')
    render({ ...options, engines: { a: engine, b: undefined } })
    expect(now().status.state).toBe('stopped')
    render({ ...options, engines: { a: engine, b: engine } })
    await decided(now, ['A'], newestBar(clock.now()))
    expect(
      now()
        .records.map((record) => record.engine)
        .sort(),
    ).toEqual(['a', 'b'])
    render(options)
    await vi.waitFor(() => expect(now()).toMatchObject({ records: [], status: { state: 'stopped' } }), wait)
    expect(now().signals.size).toBe(0)
    await vi.waitFor(() => expect(clock.sleeping, 'nothing waits any more').toBe(0), wait)
  })

  it('gives what refuses to run, and what fails while it runs', async () => {
    const { now, options, source, render } = watching(['A'], { settleMs: -1 })
    await vi.waitFor(() => expect(now().error?.message).toContain('settleMs'), wait)
    source.problem = new Error('The exchange is closed.')
    render({ ...options, settleMs: 2000 })
    await vi.waitFor(() => expect(now().records.at(-1)?.reason).toContain('exchange is closed'), wait)
    expect(now().error).toBeUndefined()
    await vi.waitFor(() => expect(now().status.symbols[0]?.problem).toContain('exchange is closed'), wait)
  })
})
