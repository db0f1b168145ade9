/** Cold and warm start in Chromium: a new profile, and the third visit in the same one. */
import { launch } from '../registry/bed.mjs'
import { median } from '../registry/figures.mjs'
import { serveProduct } from './product.mjs'

const forms = ['plain', 'fp32', 'fp16', 'int8']

/** Code that was compiled is kept on the second visit and used from the third. */
async function visits(server, path, form) {
  const { context, close } = await launch('chromium')
  try {
    const page = await context.newPage()
    const found = []
    for (let visit = 0; visit < 3; visit++) {
      await page.goto(`${server.origin}${path}`)
      await page.waitForFunction(() => 'start' in window || 'product' in window)
      found.push(
        await page.evaluate((name) => ('start' in window ? window.start(name) : window.product.open(name)), form),
      )
      // Compiled code is written when the page is at rest.
      await page.waitForTimeout(1000)
    }
    return { first: found[0], third: found[2] }
  } finally {
    await close()
  }
}

const flat = ({ timings, ...steps }) => ({ ...steps, ...timings })

function rowOf(what, when, form, samples, base, total) {
  const steps = samples.map((sample) => flat(sample[when]))
  const names = Object.keys(steps[0])
  const middle = names.map((name) => [name, Math.round(median(steps.map((one) => one[name])))])
  const ratios = steps.map((one, round) => one[total] / flat(base[round][when])[total])
  const row = { what, visit: when, form, ...Object.fromEntries(middle), 'x plain': Number(median(ratios).toFixed(2)) }
  if (!('runtimeMs' in steps[0])) return row
  // What a visit costs beyond the runtime itself, which nobody can do without.
  const beyond = median(steps.map((one) => one.totalMs / one.runtimeMs))
  return { ...row, 'total x runtime': Number(beyond.toFixed(2)) }
}

/** @returns two tables: ONNX Runtime by itself, and the package */
export async function startInChromium({ kit, forms: all, visitors }) {
  const server = await serveProduct(kit, Object.fromEntries(forms.map((form) => [form, all[form]])))
  const ways = [
    { what: 'ONNX Runtime', path: '/start/', total: 'totalMs', samples: {} },
    { what: 'candlewick', path: '/engine/', total: 'firstSignalMs', samples: {} },
  ]
  try {
    for (let round = 0; round < visitors; round++)
      for (const way of ways)
        for (const form of round % 2 === 0 ? forms : forms.toReversed())
          (way.samples[form] ??= []).push(await visits(server, way.path, form))
  } finally {
    await server.close()
  }
  return ways.map(({ what, total, samples }) => ({
    what,
    rows: ['first', 'third'].flatMap((when) =>
      forms.map((form) => rowOf(what, when, form, samples[form], samples.plain, total)),
    ),
  }))
}
