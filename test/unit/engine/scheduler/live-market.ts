/** A market that goes on with the clock, and can be made to fail. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Candle } from '../../../../src/core/candle.ts'
import { CandleSeries } from '../../../../src/core/series.ts'
import type { BarHistory } from '../../../../src/engine/scheduler/index.ts'
import { SimulatedMarket } from '../../../../src/feeds/index.ts'
import { createSignalEngine, type SignalEngine } from '../../../../src/index.ts'
import type { VirtualClock } from '../../../virtual-clock.ts'
import { publish } from '../published-models.ts'

export const barMs = 900_000

/** What to do to an answer: throw, or give fewer bars. */
export type Fault = (symbol: string, bars: readonly Candle[]) => readonly Candle[]

/** How often the market tells of forming bars. */
export const tickMs = 10_000

type FormingOptions = Parameters<NonNullable<BarHistory['candles']>>[0]

interface FormingCandle {
  readonly symbol: string
  readonly candle: Candle
}

/** What has been seen of a bar so far: it goes straight from its open to its close. */
export function formingAt(bar: Candle, now: number): Candle {
  const share = (now - bar.time) / barMs
  const close = bar.open + (bar.close - bar.open) * share
  const [low, high] = [Math.min(bar.open, close), Math.max(bar.open, close)]
  return { ...bar, low, high, close, volume: bar.volume * share, closed: false }
}

/** Serves the bars that have closed by the clock. */
export class LiveMarket implements BarHistory {
  readonly timeframe = '15m' as const
  readonly symbols: readonly string[]
  readonly #clock: VirtualClock
  readonly #candles: ReadonlyMap<string, readonly Candle[]>
  /** Symbols asked for, in order. */
  readonly asked: string[] = []
  fault: Fault = (_, bars) => bars
  /** Symbols of each feed of forming bars that was opened. */
  readonly feeds: string[][] = []
  feedFault: () => void = () => undefined

  constructor(clock: VirtualClock, symbols: readonly string[], start: number, bars: number) {
    this.#clock = clock
    this.symbols = symbols
    this.#candles = new Map(
      symbols.map((symbol, i) => [symbol, new SimulatedMarket({ seed: i + 1, start }).take(bars)] as const),
    )
  }

  /** All candles there ever will be. */
  bars(symbol: string): readonly Candle[] {
    return this.#candles.get(symbol)!
  }

  /** The bars that form now, every {@link tickMs}; `feedFault` may end the feed. */
  async *candles({ symbols = this.symbols, signal }: FormingOptions): AsyncGenerator<FormingCandle> {
    this.feeds.push([...symbols])
    for (;;) {
      await this.#clock.sleep(tickMs, signal)
      this.feedFault()
      for (const symbol of symbols) {
        const now = this.#clock.now()
        const bar = this.bars(symbol).find(({ time }) => time <= now && now < time + barMs)
        if (bar !== undefined) yield { symbol, candle: formingAt(bar, now) }
      }
    }
  }

  async history(
    symbol: string,
    { last, from, to }: { last?: number; from?: number; to?: number },
  ): Promise<CandleSeries> {
    this.asked.push(symbol)
    const closed = this.bars(symbol).filter(({ time }) => time + barMs <= this.#clock.now())
    const wanted = closed.filter(({ time }) => time >= (from ?? -Infinity) && time < (to ?? Infinity))
    return CandleSeries.from(this.fault(symbol, last === undefined ? wanted : wanted.slice(-last)), {
      symbol,
      timeframe: '15m',
    })
  }
}

/** An engine with a small real model, in this thread; the versions differ by their weights, and the first one is open. */
export async function openSmallEngine(models: readonly string[] = ['tiny_v1.0.0']): Promise<SignalEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-schedule-'))
  const { manifest, files } = await publish(models.map((id) => id.slice('tiny_v'.length)))
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const engine = await createSignalEngine({ manifest: join(folder, 'manifest.json'), strategy: 'aggressive' })
  onTestFinished(async () => {
    await engine.close()
    await rm(folder, { recursive: true })
  })
  return engine
}
