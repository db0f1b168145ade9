/**
 * `npm run bench:registry`: the registry in real browsers with a model of 45 MiB, beside the bare work it cannot do
 * without. One report for each engine goes to test-results/. `ENGINES=chromium` takes one of them, `ROUNDS` sets the
 * rounds.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { launch, loadKit, pageScript } from './registry/bed.mjs'
import { markdown } from './registry/figures.mjs'
import { damaged, fullDisk, interrupted, twoTabs } from './registry/promises.mjs'
import { coldInstall, promote, rollback, warmLoad } from './registry/speed.mjs'

const chunkBytes = 4_194_304
const modelBytes = 47_185_920
const { ModelHost, makeModel, offer } = await loadKit()
const script = await pageScript()
const large = ['1.0.0', '2.0.0'].map((version) => makeModel(version, modelBytes / chunkBytes, chunkBytes))
const small = ['3.0.0', '4.0.0'].map((version) => makeModel(version))

async function measure(bed) {
  const figures = [
    ...(await coldInstall(bed)),
    ...(await warmLoad(bed)),
    ...(await promote(bed, '45 MiB', large, 20)),
    ...(await rollback(bed, '45 MiB', large, 7)),
    ...(await promote(bed, '128 KiB', small, 100)),
    ...(await rollback(bed, '128 KiB', small, 50)),
  ]
  const held = [await twoTabs(bed, 5), await interrupted(bed), await damaged(bed, 5), ...(await withFullDisk(bed))]
  figures.push(...held.flatMap((one) => one.figures ?? []))
  return { figures, proofs: held.flatMap((one) => one.proofs ?? []) }
}

/** In a browser of its own, which knows no other limit yet. */
async function withFullDisk(bed) {
  if (bed.engine !== 'chromium') return []
  const { context, close } = await launch(bed.engine)
  try {
    return [await fullDisk({ ...bed, context })]
  } finally {
    await close()
  }
}

async function run(engine) {
  const host = await ModelHost.start()
  host.put('/', '<!doctype html><title>Benchmark</title><script type="module" src="/page.js"></script>', 'text/html')
  host.put('/page.js', script, 'text/javascript')
  offer(host, [...large, ...small])
  const { context, version, close } = await launch(engine)
  const fresh = async (work, argument) => {
    const page = await context.newPage()
    try {
      await page.goto(`${host.origin}/`)
      return await page.evaluate(work, argument)
    } finally {
      await page.close()
    }
  }
  const load = loadavg()[0]
  try {
    const measured = await measure({ engine, context, host, fresh, model: large[0], small: small[0] })
    return { engine, version, loadAtStart: Number(load.toFixed(1)), ...measured }
  } finally {
    await close()
    await host.stop()
  }
}

const machine = {
  cpus: `${cpus().length} x ${cpus()[0].model}`,
  memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
  node: process.version,
}
const folder = join(process.cwd(), 'test-results')
await mkdir(folder, { recursive: true })
console.log(
  `${machine.cpus}, ${machine.memoryGiB} GiB, Node ${machine.node}; model of ${modelBytes} bytes in pieces of ${chunkBytes}\n`,
)
for (const engine of (process.env.ENGINES ?? 'chromium,firefox').split(',')) {
  const report = {
    schema: 'registry-benchmark/1',
    at: new Date().toISOString(),
    machine,
    modelBytes,
    chunkBytes,
    ...(await run(engine)),
  }
  await writeFile(join(folder, `registry-${engine}.json`), `${JSON.stringify(report, undefined, 2)}\n`)
  console.log(markdown(report))
  if (report.proofs.some(({ passed }) => !passed)) process.exitCode = 1
}
