/** Two tabs of one site: they share bytes, records and locks, and neither may undo or repeat the other's work. */
import type { Page } from '@playwright/test'
import { makeModel, offer } from './models.ts'
import { expect, faultsOf, load, soon, test } from './tabs.ts'

const first = makeModel('1.0.0', 8)
const second = makeModel('2.0.0')
const third = makeModel('3.0.0')
const name = first.entry.name

async function install(page: Page, ids: readonly string[]): Promise<void> {
  await page.evaluate(async (all) => {
    for (const id of all) await window.tab.registry.install(id)
  }, ids)
}

test('two tabs that want the same version at once fetch it once, and both serve it', async ({ host, openTab }) => {
  offer(host, [first])
  const [a, b] = [await openTab(), await openTab()]
  host.forget()
  // The first download stands still in the middle, so that the other tab comes while it is under way.
  host.pause(first.path, first.bytes.byteLength / 2)
  const answers = [load(a, first.id), load(b, first.id)]
  await soon(() => host.requests(/onnx/).length).toBe(1)
  await soon(() =>
    a.evaluate(async () => {
      const { pending = [], held = [] } = await navigator.locks.query()
      return [pending, held].map((locks) => locks.filter((lock) => lock.name?.startsWith('blob:')).length)
    }),
  ).toEqual([1, 1])
  host.resume(first.path)

  const loaded = (await Promise.all(answers)).map((answer) => ('value' in answer ? answer.value : answer.failure))
  expect(loaded).toEqual([
    expect.objectContaining({ sha256: first.sha256, persisted: true }),
    expect.objectContaining({ sha256: first.sha256, persisted: true }),
  ])
  expect(loaded.map((one) => ('source' in one ? one.source : one.code)).toSorted()).toEqual(['network', 'store'])
  expect(host.requests(/files/)).toEqual([
    expect.objectContaining({ path: '/files/scaler.json' }),
    expect.objectContaining({ path: first.path, status: 200 }),
  ])
})

test('of two tabs that promote different versions in the same epoch, one wins and the other is told', async ({
  host,
  openTab,
}) => {
  offer(host, [first, second, third])
  const [a, b] = [await openTab(), await openTab()]
  await install(a, [first.id, second.id, third.id])
  await a.evaluate((id) => window.tab.registry.promote(id, { force: true, reason: 'first' }), first.id)
  const { epoch } = await a.evaluate(() => window.tab.registry.getChannel())

  const promote = (page: Page, id: string) =>
    page.evaluate(
      ([version, expectedEpoch]) =>
        window.tab.attempt(async ({ registry }) => {
          const { modelId } = await registry.promote(version, { expectedEpoch, force: true, reason: 'race' })
          return modelId
        }),
      [id, epoch] as const,
    )
  const answers = await Promise.all([promote(a, second.id), promote(b, third.id)])

  const codes = answers.map((answer) => ('value' in answer ? 'promoted' : answer.failure.code))
  expect(codes.toSorted()).toEqual(['promoted', 'registry/epoch-conflict'])
  const winner = codes[0] === 'promoted' ? '2.0.0' : '3.0.0'
  for (const page of [a, b]) {
    const channel = await page.evaluate(() => window.tab.registry.getChannel())
    expect(channel).toMatchObject({ production: winner, previous: ['1.0.0'], epoch: epoch + 1 })
    expect(await faultsOf(page)).toEqual([])
  }
})

test('a hundred changes from two tabs lose nothing, and their log has no gap', async ({ host, openTab }) => {
  offer(host, [first])
  const tabs = [await openTab(), await openTab()]
  const write = (page: Page, own: string) =>
    page.evaluate(
      async ([id, prefix]) => {
        for (let i = 0; i < 50; i++)
          await window.tab.registry.updateModelMetadata(id, { datasetInfo: { [`${prefix}${i}`]: i } })
      },
      [first.id, own] as const,
    )
  await Promise.all([write(tabs[0]!, 'a'), write(tabs[1]!, 'b')])

  for (const page of tabs) {
    const { keys, sequence } = await page.evaluate(async (id) => {
      const { datasetInfo = {} } = await window.tab.registry.getModelMetadata(id)
      const events = await window.tab.registry.history()
      return { keys: Object.keys(datasetInfo), sequence: events.map(({ seq }) => seq) }
    }, first.id)
    const expected = ['a', 'b'].flatMap((own) => Array.from({ length: 50 }, (_, i) => `${own}${i}`))
    expect(keys.toSorted()).toEqual(expected.toSorted())
    expect(sequence).toEqual(sequence.map((_, i) => i + 1))
    expect(await faultsOf(page), 'the chain of hashes is checked here too').toEqual([])
  }
})

test('a promotion in one tab is heard in the other, which then serves it', async ({ host, openTab }) => {
  offer(host, [first, second])
  const [a, b] = [await openTab(), await openTab()]
  await install(a, [first.id, second.id])
  await b.evaluate(() => window.tab.heard.splice(0))
  await a.evaluate((id) => window.tab.registry.promote(id, { force: true, reason: 'heard' }), second.id)

  await soon(() => b.evaluate(() => window.tab.heard)).toContain(name)
  expect(await load(b)).toMatchObject({ value: { id: second.id, source: 'store', sha256: second.sha256, epoch: 1 } })
})

test('a tab that ends in the middle of a download leaves it to the one that waits', async ({ host, openTab }) => {
  offer(host, [first])
  const [a, b] = [await openTab(), await openTab()]
  host.pause(first.path, first.bytes.byteLength / 2)
  await a.evaluate((id) => void window.tab.load(id).catch(() => undefined), first.id)
  await soon(() => host.requests(/onnx/).length).toBe(1)
  const waiting = load(b, first.id)
  await soon(() =>
    b.evaluate(async () => ((await navigator.locks.query()).pending ?? []).map((lock) => lock.name)),
  ).toContain(`blob:${first.sha256}`)
  await soon(() => b.evaluate((sha256) => window.tab.raw.blob(sha256), first.sha256)).toEqual({
    state: 'downloading',
    chunks: 4,
  })
  host.abandon(first.path)
  await a.close()

  expect(await waiting).toMatchObject({ value: { source: 'network', sha256: first.sha256, persisted: true } })
  expect(host.requests(/onnx/)).toEqual([
    expect.objectContaining({ status: 200 }),
    expect.objectContaining({ status: 206, from: first.bytes.byteLength / 2 }),
  ])
})
