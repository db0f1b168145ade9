/** Without a network: what is stored serves, and the way back needs nothing else. */
import { makeModel, offer } from './models.ts'
import { expect, faultsOf, load, open, serve, test } from './tabs.ts'

const earlier = makeModel('1.0.0')
const current = makeModel('2.0.0')

test('a rollback without a network asks for nothing and serves the earlier version', async ({ host, openTab }) => {
  offer(host, [current, earlier])
  const tab = await openTab()
  await serve(tab, earlier.id, current.id)
  host.gone = true
  host.forget()

  const { modelId } = await tab.evaluate(() => window.tab.registry.rollback())
  expect(modelId).toBe(earlier.id)
  expect(await load(tab)).toMatchObject({
    value: { id: earlier.id, source: 'store', standsInFor: undefined, sha256: earlier.sha256, epoch: 3 },
  })
  expect(host.requests(), 'requests').toEqual([])
  expect(await faultsOf(tab)).toEqual([])
})

test('a registry that opens without a network serves what is stored and says what is in force', async ({
  host,
  openTab,
}) => {
  offer(host, [earlier])
  const first = await openTab()
  await load(first)
  const second = await openTab(false)
  host.gone = true
  await open(second)

  expect(await load(second)).toMatchObject({ value: { source: 'store', sha256: earlier.sha256 } })
  const { source, problem } = await second.evaluate(() => {
    const { manifestSource, manifestProblem } = window.tab.registry
    return { source: manifestSource, problem: manifestProblem?.code }
  })
  expect({ source, problem }).toEqual({ source: 'store', problem: 'model/download-failed' })
})
