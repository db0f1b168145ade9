/** A tab that ends while a model is coming: what is half there is never served, and what is good is not fetched again. */
import type { Page } from '@playwright/test'
import type { ModelHost } from './host.ts'
import { chunkBytes, makeModel, offer } from './models.ts'
import { blobIn, expect, load, soon, test } from './tabs.ts'

const chunks = 8
const model = makeModel('1.0.0', chunks)

/** Begins a download that stands still after so many chunks. */
async function beginDownload(page: Page, host: ModelHost, sentChunks: number): Promise<void> {
  await page.evaluate((sha256) => window.tab.raw.forget(sha256), model.sha256)
  host.forget()
  host.pause(model.path, sentChunks * chunkBytes)
  await page.evaluate((id) => void window.tab.load(id).catch(() => undefined), model.id)
  await soon(() => host.requests(/onnx/).length).toBe(1)
}

/** What the host must have been asked for by a tab that found so many chunks. */
function expectedRequests(found: number): readonly object[] {
  const path = model.path
  if (found === 0) return [{ path, status: 200, from: undefined, sent: chunks * chunkBytes }]
  if (found === chunks) return []
  return [{ path, status: 206, from: found * chunkBytes, sent: (chunks - found) * chunkBytes }]
}

test('a tab that ends at any boundary of chunks leaves those, and the next tab fetches only the others', async ({
  host,
  openTab,
}) => {
  offer(host, [model])
  let tab = await openTab()
  for (let sent = 0; sent <= chunks; sent++)
    await test.step(`${sent} of ${chunks} chunks`, async () => {
      await beginDownload(tab, host, sent)
      await soon(async () => (await blobIn(tab, model.sha256)).chunks).toBe(sent)
      await tab.close()
      host.abandon(model.path)
      host.forget()

      tab = await openTab()
      const { state, chunks: found } = await blobIn(tab, model.sha256)
      expect(state, 'nothing is ready').not.toBe('ready')
      expect(found).toBe(sent)
      const source = sent === chunks ? 'store' : 'network'
      expect(await load(tab, model.id)).toMatchObject({ value: { source, sha256: model.sha256, persisted: true } })
      expect(await blobIn(tab, model.sha256)).toEqual({ state: 'ready', chunks })
      expect(host.requests(/onnx/)).toEqual(expectedRequests(sent))
    })
})

test('a tab that ends while pieces are being written leaves a store in order', async ({ host, openTab }) => {
  offer(host, [model])
  let tab = await openTab()
  for (const sent of [1, 4, chunks])
    await test.step(`${sent} of ${chunks} chunks`, async () => {
      await beginDownload(tab, host, sent)
      await tab.close()
      host.abandon(model.path)
      host.forget()

      tab = await openTab()
      const { state, chunks: found } = await blobIn(tab, model.sha256)
      expect(state).not.toBe('ready')
      expect(found).toBeLessThanOrEqual(sent)
      expect(await load(tab, model.id)).toMatchObject({ value: { sha256: model.sha256, persisted: true } })
      expect(host.requests(/onnx/)).toEqual(expectedRequests(found))
    })
})

test('chunks of one edition are not mixed with those of another', async ({ host, openTab }) => {
  offer(host, [model])
  const before = await openTab()
  await beginDownload(before, host, 4)
  await soon(async () => (await blobIn(before, model.sha256)).chunks).toBe(4)
  await before.close()
  host.abandon(model.path)
  // Other bytes under the same address have another mark, so the whole file comes, and is refused.
  host.put(model.path, makeModel('9.9.9', chunks).bytes)
  host.forget()

  const after = await openTab()
  expect(await load(after, model.id)).toMatchObject({ failure: { code: 'model/integrity' } })
  expect(host.requests(/onnx/)[0]).toMatchObject({ from: 4 * chunkBytes, status: 200 })
  expect(await blobIn(after, model.sha256), 'nothing of it is kept').toEqual({ state: undefined, chunks: 0 })
  host.put(model.path, model.bytes)
  expect(await load(after, model.id)).toMatchObject({ value: { sha256: model.sha256, source: 'network' } })
})
