/** Engines on the tiny model, for tests of what surrounds a model; they are closed after the test. */
import { createSignalEngine, type CreateOptions, type Recovery, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { onTestFinished } from 'vitest'
import { offer } from './published.ts'

let address: Promise<string> | undefined

/** Opens an engine in the package's own workers. */
export async function openTiny(options: Partial<CreateOptions> = {}): Promise<SignalEngine> {
  address ??= offer()
  const engine = await createSignalEngine({ manifest: await address, ...options })
  onTestFinished(() => engine.close())
  return engine
}

/** An engine whose workers have faults on demand. */
export interface FaultyEngine {
  readonly engine: SignalEngine
  /** All workers that were ever started. */
  readonly workers: Worker[]
  readonly recoveries: Recovery[]
  /** Settles when so many recoveries were told. */
  readonly recovered: (count: number) => Promise<void>
}

/** Opens an engine in workers that a test can break. */
export async function openFaulty(options: Partial<CreateOptions> = {}): Promise<FaultyEngine> {
  const workers: Worker[] = []
  const recoveries: Recovery[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const engine = await openTiny({
    worker: () => {
      const worker = new Worker(new URL('./faulty.worker.ts', import.meta.url), { type: 'module' })
      workers.push(worker)
      return worker
    },
    onRecovery: (recovery) => {
      recoveries.push(recovery)
      for (const { count, resolve } of waiting) if (recoveries.length >= count) resolve()
    },
    ...options,
  })
  return {
    engine,
    workers,
    recoveries,
    recovered: (count) =>
      new Promise((resolve) => {
        if (recoveries.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
  }
}

/** Symbols of the tests: two for each of two workers. */
export const symbols = ['A', 'B', 'C', 'D'] as const
/** Candles of each that are history. */
export const past = 200
/** 400 candles of each symbol. */
export const markets: ReadonlyMap<string, ReturnType<SimulatedMarket['take']>> = new Map(
  symbols.map((symbol, i) => [symbol, new SimulatedMarket({ seed: i + 1 }).take(400)]),
)

/** Gives an engine the history of all symbols. */
export async function primeAll(engine: SignalEngine): Promise<void> {
  for (const [symbol, candles] of markets) await engine.prime(candles.slice(0, past), { symbol })
}

/** The candles of all symbols at the same close, so many bars after the history. */
export const batchAt = (bar: number) => symbols.map((symbol) => ({ symbol, candle: markets.get(symbol)![past + bar]! }))

/** What a batch gives, without the times, which differ from run to run. */
export const signalsOf = async (batch: ReturnType<SignalEngine['pushMany']>): Promise<unknown[]> =>
  (await batch).map(({ symbol, time, signal, error }) => ({ symbol, time, signal: signal?.signal, error }))
