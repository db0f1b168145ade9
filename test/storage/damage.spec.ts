/** Bytes that change or vanish on the disk: they are never served, and good ones take their place where they can. */
import { makeModel, offer } from './models.ts'
import { blobIn, expect, faultsOf, load, serve, test } from './tabs.ts'

const earlier = makeModel('1.0.0')
const current = makeModel('2.0.0')

const damage = (sha256: string) => ({ sha256, chunk: 1, byte: 65_535 })

test('a changed bit in a stored chunk is found at the next load, and the bytes are fetched anew', async ({
  host,
  openTab,
}) => {
  offer(host, [earlier])
  const tab = await openTab()
  await load(tab)
  await tab.evaluate(({ sha256, chunk, byte }) => window.tab.raw.flipBit(sha256, chunk, byte), damage(earlier.sha256))
  host.forget()

  expect(await load(tab)).toMatchObject({ value: { source: 'network', sha256: earlier.sha256, persisted: true } })
  expect(host.requests(/onnx/)).toHaveLength(1)
  const events = await tab.evaluate(async () => (await window.tab.registry.history()).map(({ type }) => type))
  expect(events.filter((type) => type === 'blob-corrupted')).toHaveLength(1)
  expect(await load(tab)).toMatchObject({ value: { source: 'store', sha256: earlier.sha256 } })
  expect(await faultsOf(tab)).toEqual([])
})

test('without a network an earlier version stands in for spoiled bytes and says so, until they can be fetched', async ({
  host,
  openTab,
}) => {
  offer(host, [current, earlier])
  const tab = await openTab()
  await serve(tab, earlier.id, current.id)
  await tab.evaluate(({ sha256, chunk, byte }) => window.tab.raw.flipBit(sha256, chunk, byte), damage(current.sha256))
  host.gone = true

  expect(await load(tab)).toMatchObject({
    value: { id: earlier.id, standsInFor: current.id, source: 'store', sha256: earlier.sha256 },
  })
  expect(await blobIn(tab, current.sha256)).toEqual({ state: undefined, chunks: 0 })
  host.gone = false
  expect(await load(tab)).toMatchObject({ value: { id: current.id, source: 'network', sha256: current.sha256 } })
})

test('without a network and without an earlier version, spoiled bytes are an error and not a model', async ({
  host,
  openTab,
}) => {
  offer(host, [earlier])
  const tab = await openTab()
  await load(tab)
  await tab.evaluate(({ sha256, chunk, byte }) => window.tab.raw.flipBit(sha256, chunk, byte), damage(earlier.sha256))
  host.gone = true
  expect(await load(tab)).toMatchObject({ failure: { code: 'model/download-failed' } })
})

test('a promotion of spoiled bytes is refused', async ({ host, openTab }) => {
  offer(host, [earlier])
  const tab = await openTab()
  await load(tab)
  await tab.evaluate(({ sha256, chunk, byte }) => window.tab.raw.flipBit(sha256, chunk, byte), damage(earlier.sha256))
  const answer = await tab.evaluate(
    (id) => window.tab.attempt(async ({ registry }) => void (await registry.promote(id))),
    earlier.id,
  )
  expect(answer).toMatchObject({ failure: { code: 'registry/not-installed' } })
  expect(await tab.evaluate(() => window.tab.registry.getChannel())).toMatchObject({ epoch: 0 })
})
