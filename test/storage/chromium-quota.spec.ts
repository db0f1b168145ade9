/** A full disk, as Chromium's protocol can pretend: what serves keeps its bytes, and all works again when there is room. */
import type { CDPSession } from '@playwright/test'
import { makeModel, offer } from './models.ts'
import { blobIn, expect, faultsOf, load, open, serve, test } from './tabs.ts'

const serving = makeModel('1.0.0', 4)
const wanted = makeModel('2.0.0', 64)

const limit = (protocol: CDPSession, origin: string, quotaSize?: number): Promise<unknown> =>
  protocol.send('Storage.overrideQuotaForOrigin', { origin, ...(quotaSize !== undefined && { quotaSize }) })

test('a model for which there is no room is not installed, runs from memory, and takes nothing from the one that serves', async ({
  host,
  context,
  openTab,
}) => {
  offer(host, [wanted, serving])
  const tab = await openTab(false)
  const protocol = await context.newCDPSession(tab)
  // Before the database is opened, because Chromium asks only now and then how much room there is.
  await limit(protocol, host.origin, 1_500_000)
  await open(tab)
  await serve(tab, serving.id)

  const install = (): Promise<unknown> =>
    tab.evaluate((id) => window.tab.attempt(async ({ registry }) => (await registry.install(id)).modelId), wanted.id)
  expect(await install()).toMatchObject({
    failure: { code: 'store/quota-exceeded', message: expect.stringMatching(/space/i) },
  })
  expect(await load(tab, wanted.id)).toMatchObject({
    value: { sha256: wanted.sha256, persisted: false, storeProblem: expect.stringMatching(/room|quota|space/i) },
  })
  expect(await blobIn(tab, wanted.sha256), 'nothing half there').toEqual({ state: undefined, chunks: 0 })
  expect(await load(tab)).toMatchObject({ value: { id: serving.id, source: 'store', sha256: serving.sha256 } })
  expect(await faultsOf(tab)).toEqual([])

  await limit(protocol, host.origin)
  expect(await install()).toEqual({ value: wanted.id })
  expect(await load(tab, wanted.id)).toMatchObject({ value: { source: 'store', persisted: true } })
  expect(await load(tab)).toMatchObject({ value: { id: serving.id, source: 'store', sha256: serving.sha256 } })
})
