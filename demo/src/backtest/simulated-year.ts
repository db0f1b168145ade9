/** Candles of a market that never was, made in pieces: a year at once would hold the page. */
import { CandleSeries } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'

/** Bars made between two pauses: a few milliseconds. */
const barsAtOnce = 2048

/** The same candles as the chart has for this seed, and more of them. */
export async function simulatedYear(seed: number, bars: number, signal: AbortSignal): Promise<readonly CandleSeries[]> {
  const simulation = new SimulatedMarket({ seed })
  const { symbol, timeframe } = simulation
  const series = new CandleSeries({ symbol, timeframe })
  while (series.length < bars) {
    signal.throwIfAborted()
    for (let left = Math.min(barsAtOnce, bars - series.length); left > 0; left--) series.append(simulation.next())
    await new Promise((resolve) => {
      setTimeout(resolve)
    })
  }
  return [series]
}
