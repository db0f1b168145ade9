import { describe, expect, it } from 'vitest'

import { CandlewickError } from '../../../src/core/errors.ts'
import { openPredictionLog } from '../../../src/monitor/index.ts'
import { row } from '../../contract/prediction-rows.ts'
import { idsOf, range, useDesk } from './log-desk.ts'

const desk = useDesk()
const full = new CandlewickError('store/quota-exceeded', { neededBytes: 5, freeBytes: 0 })

describe('A log whose store fails', () => {
  it('keeps the rows, says so, and tries again, less and less often', async () => {
    const log = desk().open({ batchRows: 2 })
    desk().store.failure = full
    for (const bar of range(0, 5)) log.append(row(bar))
    await desk().pass(0)
    expect(desk().problems).toEqual([{ kind: 'not-written', error: full, waiting: 5 }])
    expect(desk().store.batches, 'not once for every row').toEqual([2])
    await desk().pass(10_000)
    expect(desk().store.batches).toHaveLength(2)
    await desk().pass(10_000)
    expect(desk().store.batches).toHaveLength(2)
    await desk().pass(10_000)
    expect(desk().store.batches).toHaveLength(3)
    expect(log.status).toMatchObject({ waiting: 5, stored: 0, lastError: full })
    desk().store.failure = undefined
    await desk().pass(300_000)
    expect(log.status).toMatchObject({ waiting: 0, stored: 5, lastError: undefined })
    expect(await idsOf(log)).toEqual(range(0, 5).map((bar) => row(bar).id))
  })

  it('tells whoever asks for it to write now', async () => {
    const log = desk().open()
    desk().store.failure = full
    log.append(row(0))
    await expect(log.flush()).rejects.toBe(full)
    expect(await idsOf(log), 'what is stored can still be read').toEqual([])
    desk().store.failure = undefined
    await log.flush()
    expect(await idsOf(log)).toEqual([row(0).id])
  })

  it('takes no more than it can hold, and keeps what it has', async () => {
    const log = desk().open({ bufferRows: 3 })
    desk().store.failure = full
    log.append(row(0))
    await expect(log.flush()).rejects.toBe(full)
    expect(range(1, 5).map((bar) => log.append(row(bar)))).toEqual(['taken', 'taken', 'full', 'full'])
    await desk().pass(0)
    expect(desk().problems.slice(1)).toEqual([
      { kind: 'lost', rows: 1, error: full },
      { kind: 'lost', rows: 1, error: full },
    ])
    desk().store.failure = undefined
    expect(await idsOf(log)).toEqual(range(0, 3).map((bar) => row(bar).id))
    expect(log.status).toMatchObject({ lost: 2, stored: 3 })
  })

  it('writes in time where it can hold less than a batch', async () => {
    const log = desk().open({ bufferRows: 3 })
    for (const bar of range(0, 9)) {
      expect(log.append(row(bar))).toBe('taken')
      await desk().pass(0)
    }
    expect(desk().store.batches).toEqual([3, 3, 3])
  })

  it('says what is lost when it is closed like that, and is closed', async () => {
    const log = desk().open()
    log.append(row(0))
    desk().store.failure = full
    await expect(log.close()).rejects.toBe(full)
    await log.close()
    expect(desk().problems.at(-1)).toEqual({ kind: 'lost', rows: 1, error: full })
    expect(() => log.append(row(1))).toThrow(TypeError)
    await expect(desk().store.count({})).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(desk().clock.waiting).toBe(0)
  })
})

describe('Opening a log', () => {
  it('without a database gives one in memory, and says so', async () => {
    await using log = await openPredictionLog({ onProblem: (problem) => void desk().problems.push(problem) })
    expect(log.status.persistent).toBe(false)
    expect(desk().problems).toMatchObject([{ kind: 'not-persistent', error: { code: 'store/unavailable' } }])
    const wanted = openPredictionLog({ onProblem: () => undefined, store: 'indexeddb' })
    await expect(wanted).rejects.toMatchObject({ code: 'store/unavailable' })
    await using quiet = await openPredictionLog({ onProblem: () => expect.fail(), store: 'memory' })
    expect(quiet.append(row(0))).toBe('taken')
  })
})
