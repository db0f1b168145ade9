/**
 * Heap growth of a stream in steady state, printed as JSON. Run by features.mjs in a process of its own, with
 * `--expose-gc`: `features-heap.mjs id,id,...`.
 */
import { FeatureStream } from 'candlewick/features'
import { SimulatedMarket } from 'candlewick/feeds'

const pushes = 100_000
const stream = new FeatureStream(process.argv[2].split(','))
const candles = new SimulatedMarket().take(2000)
const push = (count) => {
  for (let i = 0; i < count; i++) stream.push(candles[i % candles.length])
}

// Long enough for the compiler to have settled: what it makes of hot code is on the heap too.
push(2 * pushes)
const growth = []
const garbage = []
for (let round = 0; round < 5; round++) {
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  push(pushes)
  const after = process.memoryUsage().heapUsed
  globalThis.gc()
  growth.push(process.memoryUsage().heapUsed - before)
  garbage.push(after - before)
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
console.log(JSON.stringify({ pushes, kept: median(growth), left: median(garbage) }))
