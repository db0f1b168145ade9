/** What only Chromium's protocol can do to a page: end its process, and end the whole browser. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chunkBytes, makeModel, offer } from './models.ts'
import { blobIn, expect, load, open, openTab as openTabIn, soon, test } from './tabs.ts'

const chunks = 8
const model = makeModel('1.0.0', chunks)

test('a process that crashes in the middle of a download leaves whole chunks, and no more are fetched than are missing', async ({
  host,
  context,
  openTab,
}) => {
  offer(host, [model])
  const crashing = await openTab()
  host.pause(model.path, 5 * chunkBytes)
  await crashing.evaluate((id) => void window.tab.load(id).catch(() => undefined), model.id)
  await soon(async () => (await blobIn(crashing, model.sha256)).chunks).toBe(5)
  const crashed = crashing.waitForEvent('crash')
  const protocol = await context.newCDPSession(crashing)
  protocol.send('Page.crash').catch(() => undefined)
  await crashed
  host.abandon(model.path)
  host.forget()

  const tab = await openTab()
  expect(await blobIn(tab, model.sha256)).toEqual({ state: 'downloading', chunks: 5 })
  expect(await load(tab)).toMatchObject({ value: { sha256: model.sha256, source: 'network', persisted: true } })
  expect(host.requests(/onnx/)).toEqual([expect.objectContaining({ status: 206, from: 5 * chunkBytes })])
})

test('models and production outlive the browser', async ({ host, playwright, launchOptions }) => {
  offer(host, [model])
  const profile = await mkdtemp(join(tmpdir(), 'candlewick-profile-'))
  try {
    const before = await playwright.chromium.launchPersistentContext(profile, launchOptions)
    const first = await openTabIn(before, host)
    await load(first)
    await first.evaluate((id) => window.tab.registry.promote(id, { force: true, reason: 'test' }), model.id)
    await before.close()

    const after = await playwright.chromium.launchPersistentContext(profile, launchOptions)
    const second = await openTabIn(after, host, false)
    host.gone = true
    await open(second)
    expect(await load(second)).toMatchObject({
      value: { id: model.id, source: 'store', sha256: model.sha256, epoch: 1 },
    })
    await after.close()
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
})
