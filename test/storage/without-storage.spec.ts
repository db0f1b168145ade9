/** Browsers that keep nothing: models run from memory, and the registry says why. */
import { makeModel, offer } from './models.ts'
import { expect, load, open, test } from './tabs.ts'

const model = makeModel('1.0.0')

test('without IndexedDB the store is refused by name, and memory serves', async ({ host, context, openTab }) => {
  await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'indexedDB'))
  offer(host, [model])
  const tab = await openTab(false)
  expect(await tab.evaluate(() => 'indexedDB' in globalThis && globalThis.indexedDB !== undefined)).toBe(false)
  const refused = await tab.evaluate(() => window.tab.attempt((self) => self.open()))
  expect(refused).toMatchObject({ failure: { code: 'store/unavailable' } })

  await open(tab, { store: 'memory' })
  expect(await load(tab)).toMatchObject({ value: { source: 'network', persisted: false, sha256: model.sha256 } })
  expect(await load(tab)).toMatchObject({ value: { source: 'store', persisted: false, sha256: model.sha256 } })
})

test('where opening a database is denied, the reason is told', async ({ host, context, openTab }) => {
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
  })
  offer(host, [model])
  const tab = await openTab(false)
  const refused = await tab.evaluate(() => window.tab.attempt((self) => self.open()))
  expect(refused).toMatchObject({ failure: { code: 'store/unavailable', message: /The operation is insecure/ } })
})

test('a store that fails after it was opened leaves the registry in memory with the reason', async ({
  host,
  openTab,
}) => {
  offer(host, [model])
  const tab = await openTab(false)
  const problem = await tab.evaluate(async () => {
    const open = IDBFactory.prototype.open.bind(indexedDB)
    let opened = 0
    // The first opening succeeds, and its connection is closed at once.
    IDBFactory.prototype.open = (...given) => {
      if (opened++ > 0) throw new DOMException('Internal error opening backing store', 'UnknownError')
      const request = open(...given)
      request.addEventListener('success', () => setTimeout(() => request.result.close()))
      return request
    }
    await window.tab.open()
    return window.tab.registry.storeProblem
  })
  expect(problem).toContain('Internal error opening backing store')
  const answer = await load(tab)
  expect(answer).toMatchObject({ value: { source: 'network', persisted: false, sha256: model.sha256 } })
})
