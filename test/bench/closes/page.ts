/** What the benchmark does inside the browser: a scheduler over many symbols, one close after another. */
import { type BarHistory, CandleSeries, createSignalEngine, SignalScheduler } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'

/** What one close took. */
interface Close {
  /** From the moment the bars were there to the last signal, in ms. */
  readonly ms: number
  readonly signals: number
  /** Longest time that the page's thread answered nobody, in ms. */
  readonly blockedMs: number
}

declare global {
  interface Window {
    closes: (symbols: number, rounds: number, workers: number) => Promise<Close[]>
  }
}

const barMs = 900_000
const past = 700
/** Timers that follow each other are this far apart at least. */
const timerMs = 4

/** A clock on which the next bar closes when somebody says so. */
class Handclock {
  #now = Math.floor(Date.now() / barMs) * barMs + 10_000
  #wake: (() => void) | undefined

  now = (): number => this.#now

  sleep = (_: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#wake = resolve
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })

  nextBar(): void {
    this.#now += barMs
    this.#wake?.()
  }
}

/** Markets whose bars lie ready, as an exchange has them, and are given out as they close. */
function marketsOn(clock: Handclock, symbols: readonly string[], bars: number): BarHistory {
  const start = Math.floor(clock.now() / barMs) * barMs - past * barMs
  const all = new Map(symbols.map((symbol, seed) => [symbol, new SimulatedMarket({ seed, start }).take(past + bars)]))
  return {
    symbols,
    timeframe: '15m',
    history: async (symbol, { last = Infinity, from = start, to = Infinity }) => {
      const closed = Math.floor((Math.min(to, clock.now()) - start) / barMs)
      const first = Math.max((from - start) / barMs, closed - last, 0)
      return CandleSeries.from(all.get(symbol)!.slice(first, closed), { symbol, timeframe: '15m' })
    },
  }
}

/** Watches how long the thread is busy in one piece, from now until it is asked. */
function watchThread(): () => number {
  let [last, longest, over] = [performance.now(), 0, false]
  const beat = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last - timerMs)
    last = now
    if (!over) setTimeout(beat, 0)
  }
  beat()
  return () => {
    over = true
    return Math.max(longest, performance.now() - last - timerMs)
  }
}

window.closes = async (symbols, rounds, workers) => {
  const clock = new Handclock()
  const names = Array.from({ length: symbols }, (_, i) => `S${i}`)
  const source = marketsOn(clock, names, rounds + 2)
  const engine = await createSignalEngine({ manifest: '/manifest.json', store: 'memory', workers, threads: 1 })
  for (const symbol of names) await engine.prime(await source.history(symbol, {}), { symbol })
  const closes: Close[] = []
  let [signals, last] = [0, 0]
  const scheduler = new SignalScheduler({
    engines: engine,
    source,
    clock,
    onSignal: () => {
      signals++
      last = performance.now()
    },
  })
  scheduler.start()
  for (let round = 0; round < rounds; round++) {
    const before = scheduler.status.counts.rounds
    signals = 0
    const blocked = watchThread()
    const began = performance.now()
    clock.nextBar()
    while (scheduler.status.counts.rounds === before) await new Promise((resolve) => setTimeout(resolve, 1))
    closes.push({ ms: last - began, signals, blockedMs: blocked() })
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await scheduler.stop()
  await engine.close()
  return closes
}
