/** What quantised weights cost: the same bars through every form, decided as the engine decides. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseScaler, pastWindows, Scaler } from 'candlewick/features'
import { readCsv } from 'candlewick/feeds'
import { decide, readPrediction } from 'candlewick/signals'
import * as ort from 'onnxruntime-web/wasm'
import { loadBars } from './bars.mjs'
import { sampleManifest } from './product.mjs'

/** Live candles come one by one; a replay runs 32 at once, and quantisation looks at all of them. */
const contenders = [
  { form: 'fp32', batch: 32 },
  { form: 'fp16', batch: 32 },
  { form: 'int8', batch: 1 },
  { form: 'int8', batch: 32 },
]
const sides = ['LONG', 'SHORT', 'NEUTRAL']

async function pipelineOf({ features, scaler }) {
  const spec = JSON.parse(
    await readFile(fileURLToPath(new URL(`../../../.cache/sample/models/${scaler.url}`, import.meta.url))),
  )
  const { names: ids, lookback: window } = features
  return { ids, window, scaler: new Scaler(parseScaler(spec, ids)) }
}

/** What a contender says to a batch of windows, in runs of its own size. */
async function answers(session, windows, count, batch) {
  const rows = []
  const length = windows.length / count
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first)
    const part = windows.slice(first * length, (first + size) * length)
    const { y } = await session.run({ x: new ort.Tensor('float32', part, [size, 96, length / 96]) })
    rows.push(...y.data)
  }
  return Float32Array.from(rows)
}

class Tally {
  bars = 0
  signals = 0
  told = 0
  directions = 0
  probability = 0
  largest = 0

  add(expected, actual, layout, close, row) {
    const [a, b] = [expected, actual].map((raw) => readPrediction(raw, layout, row))
    const [before, after] = [a, b].map((prediction) => decide(prediction, close))
    this.bars += 1
    this.signals += Number(before.side !== after.side)
    this.told += Number(before.side !== 'NEUTRAL')
    this.directions += Number(before.direction !== after.direction)
    for (const [at, { probabilities }] of a.horizons.entries())
      for (const side of sides) {
        const off = Math.abs(probabilities[side] - b.horizons[at].probabilities[side])
        this.probability += off / (a.horizons.length * sides.length)
        this.largest = Math.max(this.largest, off)
      }
  }

  row(name) {
    const same = (changed) => `${((1 - changed / this.bars) * 100).toFixed(2)} %`
    return {
      form: name,
      bars: this.bars,
      'signals of the same side': same(this.signals),
      'of them LONG or SHORT': this.told,
      'directions the same': same(this.directions),
      'mean difference of probabilities': (this.probability / this.bars).toFixed(5),
      largest: this.largest.toFixed(4),
    }
  }
}

/** @param bars newest bars of each market */
export async function qualityInNode({ forms, bars }) {
  ort.env.wasm.numThreads = 1
  const [entry] = (await sampleManifest()).models
  const layout = { ...entry.outputLayout, classOrder: entry.classOrder }
  const pipeline = await pipelineOf(entry)
  const create = (form) => ort.InferenceSession.create(forms[form], { executionProviders: ['wasm'] })
  const base = await create('plain')
  const tallies = []
  for (const one of contenders) tallies.push({ ...one, session: await create(one.form), tally: new Tally() })
  const { real, markets } = await loadBars()
  for (const { symbol, csv } of markets) {
    const [{ columns }] = readCsv(csv, { symbol, gaps: 'flat' })
    for await (const { firstBar, count, windows } of pastWindows(columns, pipeline, { last: bars })) {
      const expected = await answers(base, windows, count, 32)
      for (const { session, batch, tally } of tallies) {
        const actual = await answers(session, windows, count, batch)
        for (let row = 0; row < count; row++) tally.add(expected, actual, layout, columns.close[firstBar + row], row)
      }
    }
  }
  const origin = real ? 'real bars' : 'SIMULATED bars, because there is no ../shared/data'
  return {
    rows: tallies.map(({ form, batch, tally }) => tally.row(`${form}, ${batch} at once`)),
    notes: [`${markets.map(({ symbol }) => symbol).join(', ')}: ${origin}; untrained sample model`],
  }
}
