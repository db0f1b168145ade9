/** The browser itself ends and starts again: models, production and the log are still there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeModel, offer } from './models.ts'
import { expect, faultsOf, load, open, openTab as openTabIn, test } from './tabs.ts'

const model = makeModel('1.0.0')

test('models and production outlive the browser, also without a network', async ({
  host,
  playwright,
  browserName,
  launchOptions,
  channel,
}) => {
  offer(host, [model])
  const profile = await mkdtemp(join(tmpdir(), 'candlewick-profile-'))
  const launch = () =>
    playwright[browserName].launchPersistentContext(profile, { ...launchOptions, ...(channel && { channel }) })
  try {
    const before = await launch()
    const first = await openTabIn(before, host)
    await load(first)
    await first.evaluate((id) => window.tab.registry.promote(id, { force: true, reason: 'test' }), model.id)
    await before.close()

    const after = await launch()
    const second = await openTabIn(after, host, false)
    host.gone = true
    await open(second)
    expect(await load(second)).toMatchObject({
      value: { id: model.id, source: 'store', sha256: model.sha256, epoch: 1 },
    })
    expect(await faultsOf(second)).toEqual([])
    await after.close()
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
})
