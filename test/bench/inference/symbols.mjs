/** One close of a hundred symbols: fixed ways to share the windows out, and the package with the same choices. */
import { launch } from '../registry/bed.mjs'
import { median } from '../registry/figures.mjs'
import { serveProduct } from './product.mjs'
import { openThreads } from './speed.mjs'

const symbols = 100
const ways = [
  { name: '1 worker x 1 thread', threads: ['a'] },
  { name: '2 workers x 1 thread', threads: ['a', 'b'] },
  { name: '1 worker x 2 threads', threads: ['double'] },
]

/** The windows lie in the workers already, as where features are computed beside the model. */
export async function symbolsInChromium({ forms: all, rounds }) {
  const forms = ['fp32', 'int8']
  const bed = await openThreads(all)
  try {
    for (const name of ['a', 'b']) await bed.open(name, { script: '/wasm.worker.js', forms })
    await bed.open('double', { script: '/wasm.worker.js', forms, threads: 2 })
    const once = ({ threads }, form, batch) =>
      bed.page.evaluate(
        ([names, f, size, count]) => window.threads.symbols(names, f, size, count),
        [threads, form, batch, symbols],
      )
    const setups = [1, 10, 25, 50].flatMap((batch) => ways.map((way) => ({ way, batch, samples: [] })))
    const rows = []
    for (const form of forms) {
      for (const setup of setups) setup.samples = []
      for (let round = -2; round < rounds; round++)
        for (const setup of round % 2 === 0 ? setups : setups.toReversed()) {
          const ms = await once(setup.way, form, setup.batch)
          if (round >= 0) setup.samples.push(ms)
        }
      // The single worker at its best.
      const alone = setups.filter(({ way }) => way === ways[0])
      const base = alone.reduce((best, one) => (median(one.samples) < median(best.samples) ? one : best))
      for (const { way, batch, samples } of setups) {
        const ratio = median(samples.map((ms, round) => ms / base.samples[round]))
        const middle = Number(median(samples).toFixed(1))
        rows.push({ form, way: way.name, batch, ms: middle, 'x best single': Number(ratio.toFixed(2)) })
      }
    }
    return { version: bed.version, rows }
  } finally {
    await bed.close()
  }
}

/** What the engine is told of sharing; the first one is what the others are held against. */
const shares = [
  { name: '1 worker x 1 thread', share: { workers: 1 } },
  { name: '2 workers x 1 thread', share: { workers: 2 } },
  { name: '1 worker x 2 threads', share: { workers: 1, threads: 2 } },
]

/** The whole way: candles of all symbols in, features, model and decisions, signals out. */
export async function closesInChromium({ kit, forms, rounds }) {
  const server = await serveProduct(kit, { fp32: forms.fp32, int8: forms.int8 })
  const { context, close } = await launch('chromium')
  try {
    const page = await context.newPage()
    await page.goto(`${server.origin}/engine/`)
    await page.waitForFunction(() => 'product' in window)
    const closes = (form, share) =>
      page.evaluate(
        ([f, s, count, times]) => window.product.closes(f, s, count, times),
        [form, share, symbols, Math.ceil(rounds / 3)],
      )
    const rows = []
    for (const form of ['fp32', 'int8']) {
      // Engines cannot take turns without sharing the cores, so each is opened again and again.
      const samples = shares.map(() => [])
      for (let visit = 0; visit < 3; visit++)
        for (const [at, { share }] of shares.entries()) samples[at].push(median(await closes(form, share)))
      for (const [at, { name }] of shares.entries()) {
        const ratio = median(samples[at].map((ms, visit) => ms / samples[0][visit]))
        const ms = Number(median(samples[at]).toFixed(1))
        rows.push({ form, way: `engine, ${name}`, ms, 'x first': Number(ratio.toFixed(2)) })
      }
    }
    return { rows }
  } finally {
    await close()
    await server.close()
  }
}
