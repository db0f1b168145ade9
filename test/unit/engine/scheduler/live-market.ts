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

/** Serves the bars that have closed by the clock. */
export class LiveMarket implements BarHistory {
  readonly timeframe = '15m'
  readonly symbols: readonly string[]
  readonly #clock: VirtualClock
  readonly #candles: ReadonlyMap<string, readonly Candle[]>
  /** Symbols asked for, in order. */
  readonly asked: string[] = []
  fault: Fault = (_, bars) => bars

  constructor(clock: VirtualClock, symbols: readonly string[], start: number, bars: number) {
    this.#clock = clock
    this.symbols = symbols
    this.#candles = new Map(
      symbols.map((symbol, i) => [symbol, new SimulatedMarket({ seed: i + 1, start }).take(bars)] as const),
    )
  }

  /** All candles there ever will be. */
  candles(symbol: string): readonly Candle[] {
    return this.#candles.get(symbol)!
  }

  async history(
    symbol: string,
    { last, from, to }: { last?: number; from?: number; to?: number },
  ): Promise<CandleSeries> {
    this.asked.push(symbol)
    const closed = this.candles(symbol).filter(({ time }) => time + barMs <= this.#clock.now())
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
