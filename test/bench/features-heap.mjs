/**
 * What a stream in steady state leaves on the heap, in bytes and as JSON: `garbage` per push, and `growth` per 100,000
 * pushes, which is what a collection cannot remove. Run by features.mjs in a process of its own:
 * `node --expose-gc --min-semi-space-size=64 features-heap.mjs id,id,...`.
 */
import { FeatureStream } from 'candlewick/features'
import { SimulatedMarket } from 'candlewick/feeds'

const stream = new FeatureStream(process.argv[2].split(','))
const candles = new SimulatedMarket().take(2000)
const push = (count) => {
  for (let i = 0; i < count; i++) stream.push(candles[i % candles.length])
}
const used = () => process.memoryUsage().heapUsed
const settled = () => {
  globalThis.gc()
  return used()
}

// Long enough for the compiler to have settled: what it makes of hot code is on the heap too.
push(200_000)
const garbage = []
const growth = []
for (let round = 0; round < 5; round++) {
  const before = settled()
  // Few enough for no collection to come between: the flag gives young objects 64 MB. Enough for what the compiler makes
  // anew after a collection not to count.
  push(40_000)
  garbage.push((used() - before) / 40_000)
  push(60_000)
  growth.push(settled() - before)
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
console.log(JSON.stringify({ garbage: median(garbage), growth: median(growth) }))
