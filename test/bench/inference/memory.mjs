/** Memory of a page and its worker after 100 inferences and after 10,000, as Chromium counts it. */
import { launch } from '../registry/bed.mjs'
import { serveProduct } from './product.mjs'

/** Measures at once, and collects garbage before. */
const eager = '--enable-blink-features=ForceEagerMeasureMemory'

/** The lowest of three: what lies about for a moment is no leak. */
async function measured(page) {
  const found = []
  for (let at = 0; at < 3; at++) found.push(await page.evaluate(() => window.product.memory()))
  return Math.min(...found)
}

/** The whole package at work: each inference follows a candle. */
export async function memoryInChromium({ kit, forms, inferences }) {
  const server = await serveProduct(kit, { fp32: forms.fp32 })
  const { context, version, close } = await launch('chromium', [eager])
  try {
    const page = await context.newPage()
    await page.goto(`${server.origin}/engine/`)
    await page.waitForFunction(() => 'product' in window)
    await page.evaluate(() => window.product.open('fp32'))
    await page.evaluate((count) => window.product.push(count), 99)
    const rows = [{ inferences: 100, bytes: await measured(page) }]
    for (const share of [0.25, 0.5, 0.75, 1]) {
      const until = Math.round(inferences * share)
      await page.evaluate((count) => window.product.push(count), until - rows.at(-1).inferences)
      rows.push({ inferences: until, bytes: await measured(page) })
    }
    return { version, rows: rows.map((row) => ({ ...row, 'x first': (row.bytes / rows[0].bytes).toFixed(4) })) }
  } finally {
    await close()
    await server.close()
  }
}
