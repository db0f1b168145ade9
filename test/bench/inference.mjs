/**
 * `npm run bench:inference`: what a run of the model costs, in Node and in real Chromium, and what comes before and
 * after it. Parts: `-- speed sessions start memory symbols quality`, all unless named; `--gpu` measures WebGPU instead, on the
 * adapter there is. `--rounds`, `--visitors`, `--inferences` and `--bars` set the effort; `--json FILE`.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { loadKit } from './inference/bed.mjs'
import { table } from './inference/duel.mjs'
import { memoryInChromium } from './inference/memory.mjs'
import { qualityInNode } from './inference/quality.mjs'
import { sessionsInNode } from './inference/sessions.mjs'
import { speedInChromium, speedInNode, speedOnGpu } from './inference/speed.mjs'
import { startInChromium } from './inference/start.mjs'
import { closesInChromium, symbolsInChromium } from './inference/symbols.mjs'

const said = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(3)) : value}`)
    .join(', ')

function print(title, { rows = [], agreement, notes = [] }) {
  console.log(`\n### ${title}\n`)
  if (rows.length > 0) console.log(table(rows))
  if (agreement !== undefined) console.log(`\nLargest difference of outputs to the first one: ${said(agreement)}`)
  for (const note of notes) console.log(note)
}

const parts = {
  async speed(bench) {
    const node = await speedInNode(bench)
    print('Speed in Node, 1 thread', node)
    const chromium = await speedInChromium(bench)
    print(`Speed in Chromium ${chromium.version}`, chromium)
    return { node, chromium }
  },
  async sessions(bench) {
    const found = await sessionsInNode(bench)
    print('Session and first run in Node', found)
    return found
  },
  async start(bench) {
    const ways = await startInChromium(bench)
    for (const { what, rows } of ways) print(`Start of ${what}, ${bench.visitors} new profiles, ms`, { rows })
    return ways
  },
  async memory(bench) {
    const found = await memoryInChromium(bench)
    print('Memory of page and worker, the package at work in Chromium', found)
    return found
  },
  async symbols(bench) {
    const bare = await symbolsInChromium(bench)
    print('100 symbols at one close, the model alone, Chromium', bare)
    const engine = await closesInChromium(bench)
    print('100 symbols at one close, candles to signals, Chromium', engine)
    return { bare, engine }
  },
  async quality(bench) {
    const found = await qualityInNode(bench)
    print('Decisions against those of the plain export', found)
    return found
  },
}

async function gpu(bench) {
  const found = await speedOnGpu(bench)
  const only = found.software ? ': SOFTWARE, which proves that it runs and says nothing of its speed' : ''
  print(found.reason ?? `WebGPU on ${said(found.adapter)}${only}`, found)
  return found
}

const effort = { rounds: '21', visitors: '7', inferences: '10000', bars: '3000' }
const options = Object.entries(effort).map(([name, value]) => [name, { type: 'string', default: value }])
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...Object.fromEntries(options), json: { type: 'string' }, gpu: { type: 'boolean', default: false } },
})
const wanted = positionals.length > 0 ? positionals : Object.keys(parts)
for (const part of wanted)
  if (!(part in parts)) throw new Error(`There is no part "${part}"; there are ${Object.keys(parts).join(', ')}.`)

const kit = await loadKit()
const numbers = Object.fromEntries(Object.keys(effort).map((name) => [name, Number(values[name])]))
const bench = { kit, forms: kit.allForms(kit.sampleWeights()), ...numbers }
const machine = {
  cpus: `${availableParallelism()} x ${cpus()[0].model.trim()}`,
  memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
  node: process.version,
  load: Number(loadavg()[0].toFixed(1)),
}
console.log(said(machine))
const report = { schema: 'inference-benchmark/1', at: new Date().toISOString(), machine, effort: numbers }
if (values.gpu) report.gpu = await gpu(bench)
else for (const part of wanted) report[part] = await parts[part](bench)
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
// TensorFlow.js and threads of the native runtime would keep the process alive.
process.exit()
