/** One close of a hundred symbols: fixed ways to share the windows out. */
import { median } from '../registry/figures.mjs'
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
