/** What the registry promises when things go wrong, counted on the large model. */
import { figure, proof } from './figures.mjs'

const mib = (bytes) => `${(bytes / 1_048_576).toFixed(2)} MiB`

async function openPage({ context, host }) {
  const page = await context.newPage()
  await page.goto(`${host.origin}/`)
  await page.evaluate(() => window.bench.open())
  return page
}

async function until(look, what) {
  const limit = Date.now() + 30_000
  while (!(await look())) {
    if (Date.now() > limit) throw new Error(`It never came to this: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const chunksIn = (page, sha256) => page.evaluate((hash) => window.tab.raw.blob(hash), sha256)

/** Two tabs want the same version at once. */
export async function twoTabs(bed, count) {
  const { fresh, host, model } = bed
  const samples = []
  let fetches = 0
  for (let round = 0; round < count; round++) {
    await fresh((sha256) => window.tab.raw.forget(sha256), model.sha256)
    const pages = [await openPage(bed), await openPage(bed)]
    host.forget()
    const began = performance.now()
    await Promise.all(pages.map((page) => page.evaluate((id) => window.bench.load(id), model.id)))
    samples.push(performance.now() - began)
    fetches = Math.max(fetches, host.requests(/onnx/).length)
    for (const page of pages) await page.close()
  }
  return {
    figures: [figure('two tabs load the same version, until both have it', samples)],
    proofs: [proof('two tabs fetch once', fetches === 1, { fetches, rounds: count })],
  }
}

/** A tab ends at every boundary of chunks. */
export async function interrupted(bed) {
  const { fresh, host, model } = bed
  const { size, chunkSize } = model.entry.artifact
  const chunks = Math.ceil(size / chunkSize)
  let [kept, fetched, missing, good] = [0, 0, 0, 0]
  for (let sent = 0; sent <= chunks; sent++) {
    await fresh((sha256) => window.tab.raw.forget(sha256), model.sha256)
    const sentBytes = Math.min(sent * chunkSize, size)
    const dying = await openPage(bed)
    host.pause(model.path, sentBytes)
    await dying.evaluate((id) => void window.tab.load(id).catch(() => undefined), model.id)
    await until(async () => (await chunksIn(dying, model.sha256)).chunks === sent, `${sent} chunks stored`)
    await until(() => host.requests(/onnx/).length > 0, 'a request')
    await dying.close()
    host.abandon(model.path)
    host.forget()

    const page = await openPage(bed)
    const { state } = await chunksIn(page, model.sha256)
    const { sha256 } = await page.evaluate((id) => window.tab.load(id), model.id)
    const sentAgain = host.requests(/onnx/).reduce((sum, request) => sum + request.sent, 0)
    kept += size - sentAgain
    fetched += sentAgain
    missing += size - sentBytes
    good += Number(state !== 'ready' && sha256 === model.sha256 && sentAgain === size - sentBytes)
    await page.close()
    host.forget()
  }
  const counted = { kept: mib(kept), fetched: mib(fetched), missing: mib(missing), good: `${good} of ${chunks + 1}` }
  return { proofs: [proof('a tab that ends at any boundary loses no stored piece', good === chunks + 1, counted)] }
}

/** One bit of the stored bytes changes. */
export async function damaged({ fresh, host, model }, count) {
  const samples = []
  let good = 0
  for (let round = 0; round < count; round++) {
    await fresh((sha256) => window.tab.raw.flipBit(sha256, 5, 12_345), model.sha256)
    host.forget()
    const { ms, source } = await fresh(async (id) => {
      await window.bench.open()
      return window.bench.load(id)
    }, model.id)
    samples.push(ms)
    good += Number(source === 'network' && host.requests(/onnx/).length === 1)
  }
  return {
    figures: [figure('one changed bit: found, fetched anew and stored', samples)],
    proofs: [proof('a changed bit is found and healed', good === count, { healed: `${good} of ${count}` })],
  }
}

/** There is no room for the model. Only Chromium can be told so, and it asks for the limit when a database is opened. */
export async function fullDisk({ context, host, model, small }) {
  const page = await context.newPage()
  await page.goto(`${host.origin}/`)
  const protocol = await context.newCDPSession(page)
  const limit = (quotaSize) => protocol.send('Storage.overrideQuotaForOrigin', { origin: host.origin, ...quotaSize })
  const attempt = (id) =>
    page.evaluate((wanted) => window.tab.attempt(({ registry }) => registry.install(wanted).then(() => wanted)), id)
  await limit({ quotaSize: model.bytes.byteLength / 2 })
  await page.evaluate(() => window.bench.open())
  await attempt(small.id)
  await page.evaluate((id) => window.bench.promote(id), small.id)

  const refused = (await attempt(model.id)).failure?.code ?? 'nothing'
  const memory = await page.evaluate((id) => window.tab.load(id), model.id)
  const serving = await page.evaluate((name) => window.tab.load(name), small.entry.name)
  const { chunks } = await chunksIn(page, model.sha256)
  await limit({})
  const later = 'value' in (await attempt(model.id))
  await page.close()
  const fromMemory = memory.sha256 === model.sha256 && !memory.persisted
  const kept = serving.id === small.id && serving.source === 'store'
  const counted = { refused, 'runs from memory': fromMemory, 'production kept': kept, 'pieces left': chunks }
  const passed = refused.startsWith('store/') && fromMemory && kept && chunks === 0 && later
  return { proofs: [proof('a full disk', passed, { ...counted, 'installed with room again': later })] }
}
