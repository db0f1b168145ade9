import { createSignalEngine, type Signal, type SignalEngine } from 'candlewick'
import { readCsv } from 'candlewick/feeds'
import { describe, expect, inject, it } from 'vitest'
import type { Reference } from './node-signals.ts'

/** The largest difference between the numbers that the model gave: returns and probabilities. */
function largestDifference(a: readonly Signal[], b: readonly Signal[]): number {
  let largest = 0
  a.forEach((signal, i) => {
    const other = b[i]!
    for (const [horizon, value] of Object.entries(signal.returns)) {
      largest = Math.max(largest, Math.abs(value - other.returns[horizon]!))
      for (const side of ['LONG', 'SHORT', 'NEUTRAL'] as const)
        largest = Math.max(
          largest,
          Math.abs(signal.probabilities[horizon]![side] - other.probabilities[horizon]![side]),
        )
    }
  })
  return largest
}

const facts = (signals: readonly Signal[]): unknown[] =>
  signals.map(({ id, time, side, entry, rejections }) => [id, time, side, entry, rejections.map((r) => r.rule)])

/** Signals of the last bars, one candle after another. */
async function streamed(engine: SignalEngine, { csv, symbol, signals }: Reference): Promise<Signal[]> {
  const [series] = readCsv(csv, { symbol })
  const candles = series!.slice()
  await engine.prime(candles.slice(0, -signals.length), { symbol })
  const answers: Signal[] = []
  for await (const signal of engine.signals(candles.slice(-signals.length), symbol)) answers.push(signal)
  return answers
}

const suites = [
  { name: 'a simulated market', reference: inject('simulated') },
  { name: 'real BTC bars (needs ../shared)', reference: inject('real') },
]

describe.each(suites)('on $name', ({ reference }) => {
  it.skipIf(reference === undefined)('this browser, streaming, agrees with Node, in batches', async () => {
    const engine = await createSignalEngine({ manifest: '/models/manifest.json', strategy: 'aggressive' })
    const answers = await streamed(engine, reference!)

    expect(facts(answers)).toEqual(facts(reference!.signals))
    const difference = largestDifference(answers, reference!.signals)
    console.info(`${answers.length} signals, largest difference to Node: ${difference}`)
    expect(difference).toBeLessThanOrEqual(1e-5)
    await engine.close()
  })

  it.skipIf(reference === undefined)('batches and streaming agree in this browser', async () => {
    const engine = await createSignalEngine({ manifest: '/models/manifest.json', strategy: 'aggressive' })
    const [series] = readCsv(reference!.csv, { symbol: reference!.symbol })
    const batch = await engine.replay(series!, { last: reference!.signals.length })
    const stream = await streamed(engine, reference!)

    expect(facts(stream)).toEqual(facts(batch))
    expect(largestDifference(stream, batch)).toBeLessThanOrEqual(1e-6)
    await engine.close()
  })
})
