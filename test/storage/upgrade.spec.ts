/** Tabs of different versions of the package beside each other, and a database that an earlier one left. */
import type { Page } from '@playwright/test'
import { chunkBytes, makeModel, manifestOf, offer, scalerFile } from './models.ts'
import { expect, faultsOf, load, open, test } from './tabs.ts'

const model = makeModel('1.0.0', 3)

async function holdFirstVersion(page: Page, origin: string): Promise<void> {
  await page.evaluate((rows) => window.tab.raw.holdFirstVersion(rows), {
    manifest: { url: `${origin}/manifest.json`, text: JSON.stringify(manifestOf([model])) },
    files: [
      { url: `${origin}${model.path}`, sha256: model.sha256, chunkBytes },
      { url: `${origin}${scalerFile.path}`, sha256: scalerFile.sha256, chunkBytes },
    ],
  })
}

for (const network of ['with', 'without'])
  test(`a database of the first version serves its model after the upgrade, ${network} a network`, async ({
    host,
    openTab,
  }) => {
    offer(host, [model])
    const old = await openTab(false)
    await holdFirstVersion(old, host.origin)
    await old.evaluate(() => window.tab.raw.release())
    const tab = await openTab(false)
    host.gone = network === 'without'
    host.forget()
    await open(tab)

    expect(await load(tab)).toMatchObject({ value: { id: model.id, source: 'store', sha256: model.sha256 } })
    expect(host.requests(/files/)).toEqual([])
    expect(await faultsOf(tab)).toEqual([])
  })

test('a tab that holds the first version open is named, and the upgrade follows when it is gone', async ({
  host,
  openTab,
}) => {
  offer(host, [model])
  const old = await openTab(false)
  await holdFirstVersion(old, host.origin)
  const tab = await openTab(false)
  const refused = await tab.evaluate(() => window.tab.attempt((self) => self.open({ openTimeoutMs: 400 })))
  expect(refused).toMatchObject({ failure: { code: 'store/unavailable', message: /another tab/ } })

  await old.close()
  await open(tab)
  expect(await load(tab)).toMatchObject({ value: { source: 'store', sha256: model.sha256 } })
})

test('a tab gives way to a later version of the package, and goes on beside it', async ({ host, openTab }) => {
  offer(host, [model])
  const [a, b] = [await openTab(), await openTab()]
  await load(a)
  await b.evaluate(() => window.tab.raw.upgrade(7))

  for (const page of [a, b])
    expect(await load(page)).toMatchObject({ value: { source: 'store', sha256: model.sha256, persisted: true } })
  await a.evaluate((id) => window.tab.registry.promote(id, { force: true, reason: 'test' }), model.id)
  expect(await b.evaluate(() => window.tab.registry.getChannel())).toMatchObject({ production: '1.0.0' })
})
