import { describe, expect, it, onTestFinished } from 'vitest'

import { type LogStore, openIndexedDbLogStore, openPredictionLog, type PredictionLog } from '../../src/monitor/index.ts'
import { barMs, row, start } from '../contract/prediction-rows.ts'
import { predictionStoreContract, readAll } from '../contract/prediction-store-contract.ts'
import { freshName } from '../contract/store-fixtures.ts'
import type { Errand } from './prediction-log.worker.ts'

predictionStoreContract('IndexedDB', (name) => openIndexedDbLogStore({ name }))

async function openStore(name: string): Promise<LogStore> {
  const store = await openIndexedDbLogStore({ name })
  onTestFinished(() => store.close())
  return store
}

async function openLog(name: string): Promise<PredictionLog> {
  const log = await openPredictionLog({ name, store: 'indexeddb', onProblem: ({ kind }) => expect.fail(kind) })
  onTestFinished(() => log.close())
  return log
}

const now = (bar: number): ReturnType<typeof row> => row(bar, { predictedAt: Date.now() })

describe('A log whose thread is killed', () => {
  const batchRows = 50

  it.each([0, 1, 49, 120, 333])('has every batch that it had told of, and whole batches only (%i)', async (wanted) => {
    const name = freshName()
    const worker = new Worker(new URL('./prediction-log.worker.ts', import.meta.url), { type: 'module' })
    let told = 0
    await new Promise<void>((resolve, reject) => {
      worker.addEventListener('error', ({ message }) => reject(new Error(message)))
      worker.addEventListener('message', ({ data }: MessageEvent<number>) => {
        told = data
        if (told >= wanted) resolve()
      })
      worker.postMessage({ name, batchRows } satisfies Errand)
    })
    worker.terminate()

    const rows = await readAll(await openStore(name))
    expect(rows.length).toBeGreaterThanOrEqual(told)
    expect(rows.length % batchRows).toBe(0)
    expect(rows.map(({ barTime }) => barTime)).toEqual(rows.map((_, bar) => start + bar * barMs))
  })
})

describe('A page that may be about to end', () => {
  it('has its rows stored when it is left', async () => {
    const log = await openLog(freshName())
    log.append(now(0))
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    await expect.poll(() => log.status.stored).toBe(1)
  })

  it('has its rows stored when it goes out of sight', async () => {
    const log = await openLog(freshName())
    log.append(now(0))
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    onTestFinished(() => void Reflect.deleteProperty(document, 'visibilityState'))
    document.dispatchEvent(new Event('visibilitychange'))
    await expect.poll(() => log.status.stored).toBe(1)
  })
})

describe('Two logs on one database', () => {
  it('lose nothing and have nothing twice', async () => {
    const name = freshName()
    const ids: string[] = []
    const logs = await Promise.all(
      [0, 1].map((half) =>
        openPredictionLog({
          name,
          batchRows: 7,
          store: 'indexeddb',
          onProblem: (problem) => (problem.kind === 'duplicate' ? ids.push(...problem.ids) : expect.fail(problem.kind)),
        }).then((log) => ({ log, half })),
      ),
    )
    await Promise.all(
      logs.map(async ({ log, half }) => {
        for (let bar = half * 100; bar < half * 100 + 200; bar++) {
          log.append(now(bar))
          if (bar % 30 === 0) await log.flush()
        }
        await log.flush()
      }),
    )
    const stored = await readAll(await openStore(name))
    expect(stored.map(({ barTime }) => (barTime - start) / barMs)).toEqual(Array.from({ length: 300 }, (_, bar) => bar))
    expect(ids).toHaveLength(100)
    for (const { log } of logs) await log.close()
  })
})
