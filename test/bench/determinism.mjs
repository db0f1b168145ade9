/**
 * `npm run bench:determinism`: the same candles must give the same signals wherever they are computed. Node is held
 * against Chromium with one thread and two, Firefox, single windows, and WebGPU on a software adapter, over all real
 * bars kept beside the project. `-- --bars N` takes the newest N of each market; `--json FILE`.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { decide, readPrediction } from 'candlewick/signals'
import { loadBars } from './inference/bars.mjs'
import { loadKit, script, serve, shell } from './inference/bed.mjs'
import { table } from './inference/duel.mjs'
import { launch } from './registry/bed.mjs'

const { values } = parseArgs({
  options: { bars: { type: 'string' }, 'gpu-bars': { type: 'string', default: '200' }, json: { type: 'string' } },
})
const last = values.bars === undefined ? Number.MAX_SAFE_INTEGER : Number(values.bars)
/** Single windows take longer, and software that plays a graphics card takes about a second for each run. */
const [few, fewest] = [Math.min(last, 2000), Math.min(last, Number(values['gpu-bars']))]
const wasm = { backend: 'wasm', threads: 1, batch: 32, last }
const ways = [
  { name: 'Node, one at a time', in: 'node', way: { ...wasm, batch: 1, last: few } },
  { name: 'Chromium', in: 'chromium', way: wasm },
  { name: 'Chromium, 2 threads', in: 'chromium', way: { ...wasm, threads: 2 } },
  { name: 'Chromium, one at a time', in: 'chromium', way: { ...wasm, batch: 1, last: few } },
  { name: 'Firefox', in: 'firefox', way: wasm },
  {
    name: 'Chromium, WebGPU',
    in: 'chromium',
    way: { backend: 'webgpu', threads: 1, batch: 8, last: fewest, limitMs: 300_000 },
  },
]
const softwareGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

const models = fileURLToPath(new URL('../../.cache/sample/models', import.meta.url))
const read = (name) => readFile(`${models}/${name}`)
const [entry] = JSON.parse(await read('manifest.json')).models
const layout = { ...entry.outputLayout, classOrder: entry.classOrder }
const width = entry.io.outputs[0].dims[1]
const scaler = JSON.parse(await read(entry.scaler.url))
const model = new Uint8Array(await read(entry.artifact.url))
const { replay } = await loadKit('../determinism/replay')
const { real, markets } = await loadBars()

const server = await serve(
  {
    '/': shell('/page.js'),
    '/page.js': await script('../determinism/page'),
    '/worker.js': await script('../determinism/replay.worker'),
    ...Object.fromEntries(markets.map(({ symbol, csv }) => [`/bars/${symbol}.csv`, csv])),
  },
  { '/models/': models },
)

const browsers = new Map()
async function pageOf(engine) {
  if (!browsers.has(engine)) {
    const { context, version, close } = await launch(engine, engine === 'chromium' ? softwareGpu : [])
    const page = await context.newPage()
    page.setDefaultTimeout(0)
    await page.goto(`${server.origin}/`)
    await page.waitForFunction(() => 'replayed' in window)
    browsers.set(engine, { page, version, close })
  }
  return browsers.get(engine)
}

async function inBrowser(engine, { symbol }, way) {
  const { page } = await pageOf(engine)
  const firstBar = await page.evaluate(([name, how]) => window.replayed(name, how), [symbol, way])
  const bytes = server.received.get('/outputs')
  return { firstBar, rows: new Float32Array(new Uint8Array(bytes).buffer) }
}

const inNode = (market, way) => replay({ ...market, entry, scaler, model }, way)

/** Where two ways part: numbers, directions, and signals under the two strategies that let most and least through. */
function compared(truth, other) {
  const offset = other.firstBar - truth.firstBar
  const bars = other.rows.length / width
  if (offset < 0 || (offset + bars) * width > truth.rows.length) throw new Error('These are not the same bars.')
  const found = { bars, bitwise: 0, largest: 0, directions: 0, signals: 0 }
  for (let bar = 0; bar < bars; bar++) {
    const expected = truth.rows.subarray((offset + bar) * width, (offset + bar + 1) * width)
    const actual = other.rows.subarray(bar * width, (bar + 1) * width)
    const off = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - actual[at])), 0)
    found.bitwise += Number(off === 0)
    // NaN must win over every number, and Math.max lets it.
    found.largest = Math.max(found.largest, off)
    const close = truth.closes[offset + bar]
    const decisions = (raw) =>
      ['aggressive', 'conservative'].map((strategy) => decide(readPrediction(raw, layout), close, { strategy }))
    const [before, after] = [decisions(expected), decisions(actual)]
    found.directions += Number(before[0].direction !== after[0].direction)
    found.signals += Number(before.some(({ side }, at) => side !== after[at].side))
  }
  return found
}

const origin = real ? 'real bars' : 'SIMULATED bars, because there is no ../shared/data'
console.log(`${cpus().length} x ${cpus()[0].model.trim()}, Node ${process.version}; ${entry.name} ${entry.version}`)
console.log(`${markets.map(({ symbol }) => symbol).join(', ')}: ${origin}`)
const rows = []
try {
  for (const market of markets) {
    const truth = await inNode(market, wasm)
    console.log(`${market.symbol}: ${truth.closes.length} bars in Node`)
    for (const { name, in: place, way } of ways) {
      const began = performance.now()
      const run = place === 'node' ? inNode(market, way) : inBrowser(place, market, way)
      const outcome = await run.then(
        (other) => compared(truth, other),
        (error) => ({ failed: String(error.message).split('\n')[0] }),
      )
      const row = { market: market.symbol, way: name, ...outcome }
      rows.push({ ...row, seconds: Math.round((performance.now() - began) / 1000) })
      console.log(`  ${JSON.stringify(rows.at(-1))}`)
    }
  }
} finally {
  for (const { close } of browsers.values()) await close()
  server.close()
}
const versions = Object.fromEntries([...browsers].map(([name, { version }]) => [name, version]))
console.log(`\n${JSON.stringify(versions)}\n`)
console.log(
  table(
    rows.map(({ market, way, bars, bitwise, largest, directions, signals, failed }) => ({
      market,
      'held against Node': way,
      bars,
      'the same to the last bit': failed === undefined ? `${((100 * bitwise) / bars).toFixed(1)} %` : failed,
      'largest difference': largest?.toExponential(1),
      'other directions': directions,
      'other signals': signals,
    })),
  ),
)
if (values.json !== undefined) {
  const report = { schema: 'determinism/1', at: new Date().toISOString(), real, versions, rows }
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
}
const broken = rows.filter(({ failed, signals }) => failed !== undefined || signals > 0)
process.exit(broken.length > 0 ? 1 : 0)
