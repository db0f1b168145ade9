import * as fakeIndexedDb from 'fake-indexeddb'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  type LogProblem,
  type LogStore,
  MemoryLogStore,
  openIndexedDbLogStore,
  PredictionLog,
  type PredictionRow,
} from '../../../src/monitor/index.ts'
import { barMs, row, settledRow, start } from '../../contract/prediction-rows.ts'
import { MortalStore } from './mortal-store.ts'
import { ReferenceLog } from './reference-log.ts'

Object.assign(globalThis, fakeIndexedDb)

const symbols = ['A', 'B'] as const
const limits = { batchRows: 4, maxRows: 12, maxAgeMs: 20 * barMs, outcomeGraceMs: 6 * barMs }

const anyRow: fc.Arbitrary<PredictionRow> = fc
  .record({
    bar: fc.nat(15),
    symbol: fc.constantFrom(...symbols),
    modelId: fc.constantFrom('m', 'n'),
    assignment: fc.constantFrom('production' as const, 'shadow' as const),
    side: fc.constantFrom('LONG' as const, 'SHORT' as const, 'NEUTRAL' as const),
    status: fc.constantFrom('ok' as const, 'ok' as const, 'error' as const),
    closePrice: fc.double({ min: 90, max: 110, noNaN: true }),
  })
  .map(({ bar, status, ...rest }) =>
    status === 'ok' ? row(bar, rest) : settledRow(bar, { ...rest, status, side: null, closePrice: null, reason: 'x' }),
  )

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined })
const barTime = fc.nat(15).map((bar) => start + bar * barMs)

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      rows: fc.array(anyRow, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), bars: fc.nat(10) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fill' as const),
      symbol: fc.constantFrom(...symbols),
      closes: fc.array(fc.tuple(fc.nat(25), fc.double({ min: 90, max: 110, noNaN: true })), { maxLength: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('query' as const),
      filter: fc.record({
        modelId: optional(fc.constantFrom('m', 'n')),
        symbol: optional(fc.constantFrom(...symbols)),
        side: optional(fc.constantFrom('LONG' as const, 'NEUTRAL' as const)),
        status: optional(fc.constantFrom('ok' as const, 'error' as const)),
        from: optional(barTime),
        to: optional(barTime),
      }),
      order: fc.constantFrom('asc' as const, 'desc' as const),
      limit: fc.nat(20),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Where a log lives on when its page ends. */
interface Place {
  open(): Promise<LogStore>
}

const inMemory = (): Place => {
  const store = new MemoryLogStore()
  return { open: async () => store }
}

let databases = 0
const inDatabase = (): Place => {
  const name = `log-life-${(databases += 1)}`
  return { open: () => openIndexedDbLogStore({ name }) }
}

/** One log, from page to page. */
class Life {
  readonly #place: Place
  readonly reference: ReferenceLog = new ReferenceLog(limits)
  readonly #problems: LogProblem[] = []
  #now = start
  #store: MortalStore | undefined
  #log: PredictionLog | undefined

  constructor(place: Place) {
    this.#place = place
  }

  async begin(): Promise<void> {
    this.#store = new MortalStore(await this.#place.open())
    this.#log = new PredictionLog(this.#store, {
      ...limits,
      clock: { now: () => this.#now, sleep: () => new Promise(() => undefined) },
      onProblem: (problem) => void this.#problems.push(problem),
    })
  }

  async take(taken: Step): Promise<void> {
    const [log, reference] = [this.#log!, this.reference]
    switch (taken.do) {
      case 'append':
        for (const given of taken.rows) {
          const prediction = { ...given, predictedAt: this.#now }
          log.append(prediction)
          reference.append(prediction, this.#now)
          // A batch that is due is written before the next row comes.
          if (reference.waiting.length === 0) await log.flush()
        }
        return
      case 'flush':
        await log.flush()
        return reference.flush(this.#now)
      case 'crash':
        this.#store!.die()
        reference.crash()
        return this.begin()
      case 'pass':
        this.#now += taken.bars * barMs
        return
      case 'fill': {
        const candles = taken.closes.map(([bar, close]) => ({
          time: start + bar * barMs,
          open: close,
          high: close,
          low: close,
          close,
          volume: 1,
        }))
        await log.fillOutcomes(taken.symbol, candles, { timeframe: '15m' })
        reference.flush(this.#now)
        return reference.fill(taken.symbol, new Map(candles.map(({ time, close }) => [time + barMs, close])))
      }
      case 'query': {
        const found: PredictionRow[] = []
        for await (const entry of log.query({ ...taken.filter, order: taken.order, limit: taken.limit }))
          found.push(entry)
        reference.flush(this.#now)
        expect(found).toStrictEqual(reference.query(taken.filter, taken.order, taken.limit))
        expect(await log.count(taken.filter)).toBe(reference.query(taken.filter, 'asc', Infinity).length)
      }
    }
  }

  /** Everything in the store, without writing what waits. */
  async check(): Promise<void> {
    const { rows } = await this.#store!.page({ filter: {}, order: 'asc', limit: 100 })
    expect(rows).toStrictEqual(this.reference.query({}, 'asc', Infinity))
    const waiting = this.reference.stored.filter(({ horizons }) =>
      horizons.some(({ outcome }) => outcome === 'pending'),
    )
    expect(await this.#store!.waitingSymbols()).toEqual([...new Set(waiting.map(({ symbol }) => symbol))].sort())
    expect(this.#problems.filter(({ kind }) => kind !== 'duplicate')).toEqual([])
  }
}

const lives = (place: () => Place): fc.IAsyncPropertyWithHooks<[Step[]]> =>
  fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
    const life = new Life(place())
    await life.begin()
    for (const taken of steps) {
      await life.take(taken)
      await life.check()
    }
  })

describe('A log', () => {
  it('is what plain lists say after every step of random lives in memory', async () => {
    await fc.assert(lives(inMemory), { numRuns: 60 })
  })

  it('is what plain lists say after every step of random lives in a database, through crashes', async () => {
    await fc.assert(lives(inDatabase), { numRuns: 25 })
  })

  it('of two tabs on one database loses nothing and has nothing twice', async () => {
    const rows = fc.array(fc.tuple(fc.boolean(), fc.nat(20), fc.boolean()), { maxLength: 60, size: 'max' })
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const place = inDatabase()
        const duplicates = [0, 0]
        const open = async (tab: number): Promise<PredictionLog> =>
          new PredictionLog(await place.open(), {
            batchRows: 3,
            clock: { now: () => start, sleep: () => new Promise(() => undefined) },
            onProblem: (problem) => {
              if (problem.kind === 'duplicate') duplicates[tab]! += problem.ids.length
              else expect.fail(problem.kind)
            },
          })
        const tabs = [await open(0), await open(1)] as const
        const flushes: Promise<void>[] = []
        for (const [left, bar, flush] of list) {
          const tab = tabs[left ? 0 : 1]
          tab.append(row(bar, { epoch: left ? 0 : 1 }))
          if (flush) flushes.push(tab.flush())
        }
        await Promise.all([...flushes, tabs[0].flush(), tabs[1].flush()])
        const found: string[] = []
        for await (const { id } of tabs[0].query()) found.push(id)
        expect(found).toEqual([...new Set(list.map(([, bar]) => row(bar).id))].sort())
        expect(duplicates[0]! + duplicates[1]!).toBe(list.length - found.length)
        await Promise.all(tabs.map((tab) => tab.close()))
      }),
      { numRuns: 25 },
    )
  })
})
