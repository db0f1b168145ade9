/** Candles for benchmarks: the real ones kept beside the project, or a simulated market where there are none. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { SimulatedMarket } from 'candlewick/feeds'

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const header = 'timestamp,open,high,low,close,volume'

function simulated(seed) {
  const market = new SimulatedMarket({ seed })
  const lines = market.take(46_656).map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume].join(','))
  return { symbol: `SIMULATED${seed}`, csv: [header, ...lines].join('\n') }
}

/** CSV text by symbol, and whether it tells of real trades. */
export async function loadBars(folder = beside) {
  const files = (await readdir(folder).catch(() => [])).filter((name) => /\.csv(\.gz)?$/.test(name)).sort()
  const markets = []
  for (const name of files) {
    const bytes = await readFile(join(folder, name))
    const csv = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    markets.push({ symbol: basename(name).split(/[-.]/)[0], csv })
  }
  const real = markets.length > 0
  return { real, markets: real ? markets : [simulated(11), simulated(12)] }
}
