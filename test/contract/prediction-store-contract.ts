/** What every store of the log must keep. It runs in Node and in browsers alike, so it imports nothing of either. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { LogStore, PageRequest, PredictionRow, Retention, RowFilter } from '../../src/monitor/index.ts'
import { barMs, horizon, row, settledRow, start } from './prediction-rows.ts'
import { freshName } from './store-fixtures.ts'

export const keepAll: Retention = { maxRows: 1e6, keepFrom: -Infinity, step: 1000 }

/** All rows of a filter, read in pages of this size. */
export async function readAll(
  store: LogStore,
  filter: RowFilter = {},
  more: Partial<PageRequest> = {},
): Promise<PredictionRow[]> {
  const rows: PredictionRow[] = []
  let after: PageRequest['after']
  do {
    const page = await store.page({ filter, order: 'asc', limit: 100, ...more, after })
    rows.push(...page.rows)
    after = page.next
  } while (after !== undefined)
  return rows
}

const idsOf = (rows: readonly PredictionRow[]): string[] => rows.map(({ id }) => id)
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** A filter over everything that rows are found by. */
const filters: readonly RowFilter[] = [
  {},
  { symbol: 'A' },
  { symbol: 'none' },
  { modelId: 'n' },
  { side: 'LONG' },
  { side: 'NEUTRAL' },
  { status: 'ok' },
  { status: 'error' },
  { from: start + 3 * barMs },
  { to: start + 3 * barMs },
  { from: start + 3 * barMs, to: start + 3 * barMs },
  { from: start + 9 * barMs, to: start + 3 * barMs },
  { from: start + 2 * barMs, to: start + 7 * barMs, symbol: 'B' },
  { symbol: 'A', modelId: 'm', side: 'SHORT' },
  { modelId: 'm', status: 'ok', from: start + 4 * barMs },
  { side: 'SHORT', status: 'ok', to: start + 6 * barMs },
]

/** Twelve bars of two symbols and two models, with all sides and statuses, written in a wild order. */
const mixture: readonly PredictionRow[] = range(0, 48).map((i) => {
  const bar = (i * 7) % 12
  const [symbol, modelId] = [i % 24 < 12 ? 'A' : 'B', i < 24 ? 'm' : 'n']
  const side = (['LONG', 'SHORT', 'NEUTRAL', null] as const)[(bar + i) % 4]!
  return settledRow(bar, { symbol, modelId, side, status: side === null ? 'error' : 'ok', reason: null })
})

/**
 * Declares the suite for one kind of store.
 *
 * @param open opens the store of a given name; the same name twice means the same data where the store outlives a page
 */
export function predictionStoreContract(name: string, open: (database: string) => Promise<LogStore>): void {
  describe(`${name} log store`, () => {
    const stores: LogStore[] = []
    const openStore = async (database = freshName()): Promise<LogStore> => {
      const opened = await open(database)
      stores.push(opened)
      return opened
    }
    let store: LogStore
    beforeEach(async () => void (store = await openStore()))
    afterEach(async () => {
      for (const opened of stores.splice(0)) await opened.close()
    })

    it('gives back rows as they were, as the own copy of whoever asks', async () => {
      const given = row(0)
      await store.append([given], keepAll)
      const [first] = await readAll(store)
      expect(first).toStrictEqual(given)
      first!.outputs!.fill(7)
      given.features!.last!.fill(7)
      expect(await readAll(store)).toStrictEqual([row(0)])
    })

    it('says how many rows it took, and keeps the first of two with one key', async () => {
      const rows = [row(0), row(1), row(0, { closePrice: 1 }), row(0, { assignment: 'shadow' })]
      expect(await store.append(rows, keepAll)).toEqual({ stored: 3, duplicates: [row(0).id], pruned: 0 })
      const again = [row(1, { closePrice: 1 }), row(2)]
      expect(await store.append(again, keepAll)).toEqual({ stored: 1, duplicates: [row(1).id], pruned: 0 })
      expect((await readAll(store)).map(({ closePrice }) => closePrice)).toEqual([100, 100, 100, 100])
      expect(await store.lastSeq()).toBe(4)
    })

    it.each(filters)('finds the rows of %j, forward and backward, in pages of any size', async (filter) => {
      await store.append(mixture, keepAll)
      const { modelId, symbol, side, status, from = -Infinity, to = Infinity } = filter
      const expected = mixture
        .map((entry, seq) => ({ entry, seq }))
        .filter(({ entry }) => entry.barTime >= from && entry.barTime < to)
        .filter(
          ({ entry }) => (modelId ?? entry.modelId) === entry.modelId && (symbol ?? entry.symbol) === entry.symbol,
        )
        .filter(({ entry }) => (side ?? entry.side) === entry.side && (status ?? entry.status) === entry.status)
        .sort((a, b) => a.entry.barTime - b.entry.barTime || a.seq - b.seq)
        .map(({ entry }) => entry.id)
      for (const limit of [1, 5, 48, 100]) {
        expect(idsOf(await readAll(store, filter, { limit }))).toEqual(expected)
        expect(idsOf(await readAll(store, filter, { limit, order: 'desc' }))).toEqual(expected.toReversed())
      }
      expect(await store.count(filter)).toBe(expected.length)
    })

    it('shows a reader the rows up to a number only', async () => {
      await store.append([row(5), row(1), row(3)], keepAll)
      expect(idsOf(await readAll(store, {}, { lastSeq: 2 }))).toEqual([row(1).id, row(5).id])
    })

    it('keeps the newest rows in the order of writing, whatever their bars', async () => {
      for (const i of range(0, 10)) await store.append([row(20 - i)], { ...keepAll, maxRows: 4 })
      expect(idsOf(await readAll(store))).toEqual([11, 12, 13, 14].map((bar) => row(bar).id))
      expect(
        await store.append(
          range(30, 36).map((bar) => row(bar)),
          { ...keepAll, maxRows: 4 },
        ),
      ).toMatchObject({ pruned: 6 })
      expect(idsOf(await readAll(store))).toEqual([32, 33, 34, 35].map((bar) => row(bar).id))
    })

    it('lets rows go that are too old, up to the first that is not, and never the newest', async () => {
      await store.append(
        range(0, 10).map((bar) => row(bar)),
        keepAll,
      )
      const keepFrom = row(4).predictedAt
      expect(await store.append([], { ...keepAll, keepFrom })).toMatchObject({ stored: 0, pruned: 4 })
      expect(idsOf(await readAll(store))[0]).toBe(row(4).id)
      expect(await store.append([], { ...keepAll, keepFrom: Infinity })).toMatchObject({ pruned: 5 })
      expect(idsOf(await readAll(store))).toEqual([row(9).id])
      expect(await store.append([row(0)], keepAll), 'a number is not used again').toMatchObject({ stored: 1 })
      expect(await store.lastSeq()).toBe(11)
    })

    it('removes no more at once than it is told to, and the rest by and by', async () => {
      await store.append(
        range(0, 20).map((bar) => row(bar)),
        keepAll,
      )
      const tight = { maxRows: 5, keepFrom: row(18).predictedAt, step: 6 }
      expect((await store.append([], tight)).pruned).toBe(6)
      expect((await store.append([], tight)).pruned).toBe(6)
      expect((await store.append([], tight)).pruned).toBe(6)
      expect((await store.append([], tight)).pruned).toBe(0)
      expect(idsOf(await readAll(store))).toEqual([row(18).id, row(19).id])
      expect(await store.waitingSymbols()).toEqual(['BTCUSDT'])
    })

    it('forgets keys and waiting rows with the rows', async () => {
      await store.append([row(0), row(1, { symbol: 'B' }), settledRow(2)], keepAll)
      await store.append([], { ...keepAll, maxRows: 1 })
      expect(await store.waitingSymbols()).toEqual([])
      expect(await store.append([row(0)], keepAll)).toMatchObject({ stored: 1, duplicates: [] })
    })

    it('lets the waiting rows of a symbol be changed, those due first first, in steps', async () => {
      const rows = [row(3), row(1), row(2), row(1, { symbol: 'B' }), settledRow(0)]
      await store.append(rows, keepAll)
      const seen: string[] = []
      const request = { symbol: 'BTCUSDT', dueBy: start + 4 * barMs, limit: 1 }
      const settle = (given: PredictionRow): PredictionRow => {
        seen.push(given.id)
        return given.barTime === row(2).barTime ? given : { ...given, closePrice: 7, horizons: [] }
      }
      let changed = 0
      let after
      do {
        const step = await store.settle({ ...request, after }, settle)
        changed += step.changed
        after = step.next
      } while (after !== undefined)
      expect(seen, 'row 3 is due later').toEqual([row(1).id, row(2).id])
      expect(changed).toBe(1)
      const expected = [
        settledRow(0),
        { ...row(1), closePrice: 7, horizons: [] },
        row(1, { symbol: 'B' }),
        row(2),
        row(3),
      ]
      expect(await readAll(store)).toStrictEqual(expected)
      expect(await store.settle({ ...request, limit: 10 }, (given) => given)).toEqual({ changed: 0, next: undefined })
    })

    it('knows the symbols that wait, until nothing of theirs does', async () => {
      const half = row(0, { symbol: 'A', horizons: [horizon(5), horizon(9, { outcome: 'known' })] })
      await store.append(
        [row(0, { symbol: 'B' }), half, settledRow(0, { symbol: 'C' }), row(1, { symbol: 'B' })],
        keepAll,
      )
      expect(await store.waitingSymbols()).toEqual(['A', 'B'])
      await store.settle({ symbol: 'A', dueBy: 5, limit: 9 }, (given) => ({ ...given, horizons: [] }))
      expect(await store.waitingSymbols()).toEqual(['B'])
    })

    it('is empty after it was cleared, and takes the same rows again', async () => {
      await store.append([row(0), row(1)], keepAll)
      await store.clear()
      expect([await readAll(store), await store.count({}), await store.waitingSymbols()]).toEqual([[], 0, []])
      expect(await store.append([row(0)], keepAll)).toMatchObject({ stored: 1 })
    })

    it('is empty or as it was left when it is opened again, by its kind', async () => {
      const database = freshName()
      const first = await openStore(database)
      await first.append([row(0), row(1)], keepAll)
      await first.close()
      const second = await openStore(database)
      expect(await readAll(second)).toStrictEqual(second.kind === 'memory' ? [] : [row(0), row(1)])
    })

    it('answers with an error after it was closed', async () => {
      await store.close()
      await store.close()
      const calls = [
        () => store.append([row(0)], keepAll),
        () => store.page({ filter: {}, order: 'asc', limit: 1 }),
        () => store.lastSeq(),
        () => store.count({}),
        () => store.settle({ symbol: 'A', dueBy: 0, limit: 1 }, (given) => given),
        () => store.waitingSymbols(),
        () => store.clear(),
      ]
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'store/unavailable' })
    })
  })
}
