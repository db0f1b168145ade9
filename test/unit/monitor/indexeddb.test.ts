import * as fakeIndexedDb from 'fake-indexeddb'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { type LogProblem, type LogStore, openIndexedDbLogStore, openPredictionLog } from '../../../src/monitor/index.ts'
import { openRaw, settled, watchConnections } from '../../contract/indexeddb-contract.ts'
import { horizon, row, settledRow } from '../../contract/prediction-rows.ts'
import { keepAll, readAll } from '../../contract/prediction-store-contract.ts'
import { freshName } from '../../contract/store-fixtures.ts'

Object.assign(globalThis, fakeIndexedDb)

let name: string
beforeEach(() => {
  name = freshName()
})

async function openStore(): Promise<LogStore> {
  const store = await openIndexedDbLogStore({ name })
  onTestFinished(() => store.close())
  return store
}

const put = Reflect.get(IDBObjectStore.prototype, 'put') as (
  this: IDBObjectStore,
  ...args: unknown[]
) => IDBRequest<IDBValidKey>

/** Lets the platform refuse a row. */
function refusePut(number: number, reason: string): () => void {
  let count = 0
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function through(
    this: IDBObjectStore,
    ...args
  ) {
    if (++count === number) throw new DOMException('refused', reason)
    return put.apply(this, args)
  })
  onTestFinished(() => spy.mockRestore())
  return () => spy.mockRestore()
}

/** How many rows were looked at, keys aside. */
function countReads(): () => number {
  let rows = 0
  for (const prototype of [IDBObjectStore.prototype, IDBIndex.prototype]) {
    const getAll = Reflect.get(prototype, 'getAll') as (...args: unknown[]) => IDBRequest<unknown[]>
    const spy = vi.spyOn(prototype, 'getAll').mockImplementation(function through(this: IDBIndex, ...args) {
      const request = getAll.apply(this, args)
      request.addEventListener('success', () => (rows += request.result.length))
      return request
    })
    onTestFinished(() => spy.mockRestore())
  }
  return () => rows
}

describe('The store of the log in IndexedDB', () => {
  it.each([1, 2, 3])('writes a batch whole or not at all, wherever the platform refuses', async (number) => {
    const store = await openStore()
    await store.append([row(0)], keepAll)
    const allow = refusePut(number, 'ConstraintError')
    const batch = [row(1), row(2), row(3)]
    await expect(store.append(batch, { ...keepAll, maxRows: 1 })).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await readAll(store)).toStrictEqual([row(0)])
    allow()
    expect(await store.append(batch, keepAll)).toMatchObject({ stored: 3 })
  })

  it('says that there is no room by its own code, and keeps the rows until there is', async () => {
    const problems: LogProblem[] = []
    const log = await openPredictionLog({ name, onProblem: (problem) => void problems.push(problem) })
    onTestFinished(() => log.close())
    log.append(row(0))
    const allow = refusePut(1, 'QuotaExceededError')
    const full = { code: 'store/quota-exceeded', details: { neededBytes: expect.any(Number) as number } }
    await expect(log.flush()).rejects.toMatchObject(full)
    expect(problems).toMatchObject([{ kind: 'not-written', error: full, waiting: 1 }])
    allow()
    expect(await log.count()).toBe(1)
  })

  it('goes on where its connection was closed under its feet', async () => {
    const opened = watchConnections()
    const store = await openStore()
    await store.append([row(0)], keepAll)
    for (const connection of opened) connection.close()
    expect(await store.append([row(1)], keepAll)).toMatchObject({ stored: 1, duplicates: [] })
    expect(await store.count({})).toBe(2)
  })

  it('gives way to a tab that deletes or upgrades the database, and reads one that newer code has upgraded', async () => {
    const store = await openStore()
    await store.append([row(0)], keepAll)
    await settled(indexedDB.deleteDatabase(name))
    expect(await store.count({})).toBe(0)
    await store.append([row(0)], keepAll)
    ;(await openRaw(name, 9)).close()
    expect(await readAll(store)).toStrictEqual([row(0)])
  })

  it('looks at the rows that are asked for, and not at the log', async () => {
    const store = await openStore()
    const bars = Array.from({ length: 300 }, (_, bar) => bar)
    for (const symbol of ['A', 'B', 'C'])
      await store.append(
        bars.map((bar) => row(bar, { symbol, side: bar === 7 ? 'SHORT' : 'NEUTRAL' })),
        keepAll,
      )
    const reads = countReads()
    const cost = async (call: () => Promise<unknown>): Promise<number> => {
      const before = reads()
      await call()
      return reads() - before
    }
    const { barTime } = row(100)
    expect(await cost(() => readAll(store, { symbol: 'B', from: barTime, to: barTime + 1 }))).toBe(1)
    expect(await cost(() => readAll(store, { side: 'SHORT' }))).toBe(3)
    expect(await cost(() => store.count({ symbol: 'A' }))).toBe(0)
    expect(await cost(() => store.waitingSymbols())).toBe(0)
    const due = { symbol: 'C', dueBy: row(2).horizons[0]!.dueAt, limit: 128 }
    expect(await cost(() => store.settle(due, (given) => given))).toBe(3)
    expect(await cost(() => store.append([row(500)], keepAll)), 'age of the oldest').toBe(1)
  })

  it('keeps waiting rows alone in the index of those that wait', async () => {
    const store = await openStore()
    await store.append([row(0), settledRow(1), row(2, { horizons: [horizon(5, { outcome: 'known' })] })], keepAll)
    const database = await openRaw(name)
    const waiting = database.transaction('predictions').objectStore('predictions').index('waiting')
    expect(await settled(waiting.count())).toBe(1)
  })
})
