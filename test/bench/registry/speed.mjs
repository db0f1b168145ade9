/** How long the registry takes, and in the same rounds how long the work takes that nobody can do without. */
import { figure } from './figures.mjs'

const rounds = Number(process.env.ROUNDS ?? 7)
const each = async (count, work) => {
  const samples = []
  for (let round = 0; round < count; round++) samples.push(await work(round))
  return samples
}

/** A first visit: fetch, verify and store; beside it fetch and hash alone, and with a plain write. */
export async function coldInstall({ fresh, model }) {
  const samples = await each(rounds, async () => {
    await fresh(() => window.tab.raw.evict())
    const ours = await fresh(async (id) => {
      await window.bench.open()
      return window.bench.install(id)
    }, model.id)
    const bare = await fresh((url) => window.bench.fetchBare(url), model.path)
    const written = await fresh(
      ([url, chunkBytes]) => window.bench.fetchAndWriteBare(url, chunkBytes),
      [model.path, model.entry.artifact.chunkSize],
    )
    return { ours, bare, written }
  })
  const bare = samples.map((one) => one.bare)
  return [
    figure(
      'cold install (beside bare fetch and SHA-256)',
      samples.map((one) => one.ours),
      bare,
    ),
    figure('bare: fetch and SHA-256, nothing kept', bare),
    figure(
      'bare: fetch, SHA-256 and a plain write in pieces',
      samples.map((one) => one.written),
      bare,
    ),
  ]
}

/** A later visit, its two halves, and three ways to read the same pieces. */
export async function warmLoad({ fresh, model }) {
  const raw = (mode) =>
    fresh(
      ([sha256, size, how]) => window.bench.readBare(sha256, size, how),
      [model.sha256, model.bytes.byteLength, mode],
    )
  const samples = await each(rounds, async (round) => {
    const load = await fresh(async (id) => {
      await window.bench.open()
      return window.bench.load(id)
    }, model.id)
    if (load.source !== 'store') throw new Error('A warm load came from the network.')
    const halves = await fresh((sha256) => window.bench.readAndHash(sha256), model.sha256)
    const modes = ['sequential', 'all', 'parallel']
    const read = {}
    // Each goes first as often as the others: whoever comes later finds the disk's cache warm.
    for (let i = 0; i < modes.length; i++) {
      const mode = modes[(i + round) % modes.length]
      read[mode] = await raw(mode)
    }
    return { ours: load.ms, ...halves, ...read }
  })
  const all = (pick) => samples.map(pick)
  const bare = all((one) => one.sequential)
  return [
    figure(
      'warm load (beside bare read and SHA-256)',
      all((one) => one.ours),
      all((one) => one.sequential + one.hashMs),
    ),
    figure(
      'of which read (getBytes)',
      all((one) => one.readMs),
      bare,
    ),
    figure(
      'of which SHA-256',
      all((one) => one.hashMs),
      bare,
    ),
    figure('bare: read, one get after the other', bare),
    figure(
      'bare: read, one getAll',
      all((one) => one.all),
      bare,
    ),
    figure(
      'bare: read, all gets at once',
      all((one) => one.parallel),
      bare,
    ),
  ]
}

/** Promotions to and fro, with a network; every byte is hashed before. */
export async function promote({ fresh }, label, [first, second], count) {
  const samples = await fresh(
    async ([ids, times]) => {
      await window.bench.open()
      for (const id of ids) await window.tab.registry.install(id)
      const ms = []
      for (let i = 0; i < times; i++) ms.push(await window.bench.promote(ids[i % 2]))
      return ms
    },
    [[first.id, second.id], count],
  )
  return [figure(`promote, ${label}`, samples)]
}

/** Rollbacks without a network. */
export async function rollback({ context, host }, label, [first, second], count) {
  const page = await context.newPage()
  await page.goto(`${host.origin}/`)
  await page.evaluate(() => window.bench.open())
  host.gone = true
  host.forget()
  const samples = await page.evaluate(
    async ([ids, times]) => {
      const ms = []
      for (let i = 0; i < times; i++) {
        await window.tab.registry.release(ids[1], 'benchmark').catch(() => undefined)
        await window.bench.promote(ids[0])
        await window.bench.promote(ids[1])
        ms.push(await window.bench.rollback())
      }
      return ms
    },
    [[first.id, second.id], count],
  )
  const asked = host.requests().length
  host.gone = false
  await page.close()
  if (asked > 0) throw new Error(`A rollback asked the network ${asked} times.`)
  return [figure(`rollback offline, ${label}`, samples)]
}
