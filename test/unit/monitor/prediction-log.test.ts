import { describe, expect, it } from 'vitest'

import type { PredictionRow } from '../../../src/monitor/index.ts'
import { barMs, row, start } from '../../contract/prediction-rows.ts'
import { idsOf, range, useDesk } from './log-desk.ts'

const desk = useDesk()

describe('A log', () => {
  it('writes when a batch is full, in batches of that size and in the order of coming', async () => {
    const log = desk().open({ batchRows: 3 })
    for (const bar of range(0, 8)) expect(log.append(row(bar))).toBe('taken')
    expect([log.status.waiting, await desk().stored()]).toEqual([8, 0])
    await desk().pass(0)
    expect(desk().store.batches).toEqual([3, 3, 2])
    expect(log.status).toMatchObject({ waiting: 0, stored: 8, lost: 0, duplicates: 0, persistent: false })
    expect(await idsOf(log)).toEqual(range(0, 8).map((bar) => row(bar).id))
  })

  it('writes what is there when the first row has waited long enough', async () => {
    const log = desk().open()
    log.append(row(0))
    await desk().pass(4000)
    log.append(row(1))
    await desk().pass(999)
    expect(await desk().stored()).toBe(0)
    await desk().pass(1)
    expect(await desk().stored()).toBe(2)
    expect(desk().clock.waiting, 'no timer without rows').toBe(0)
  })

  it('writes when the page goes out of sight', async () => {
    const log = desk().open()
    log.append(row(0))
    desk().hide()
    await desk().pass(0)
    expect(await desk().stored()).toBe(1)
    await log.close()
    expect(desk().watching, 'of no interest any more').toBe(0)
  })

  it('takes a copy: what happens to the row afterwards is nothing to it', async () => {
    const log = desk().open()
    const given = row(0)
    log.append(given)
    given.outputs!.fill(9)
    for await (const kept of log.query()) expect(kept).toStrictEqual(row(0))
  })

  it('keeps no more of an array than the row shows of it', async () => {
    const log = desk().open()
    const window = new Float32Array(23_040).fill(0.5)
    const features = { ...row(0).features!, last: window.subarray(-2) }
    log.append(row(0, { outputs: window.subarray(3, 6), features }))
    for await (const kept of log.query()) {
      expect(kept).toMatchObject({ outputs: window.slice(0, 3), features: { last: window.slice(0, 2) } })
      expect([kept.outputs!.buffer.byteLength, kept.features!.last!.buffer.byteLength]).toEqual([12, 8])
    }
  })

  it('refuses a prediction that was logged before, whether it waits or is stored, and says so', async () => {
    const log = desk().open()
    expect(log.append(row(0))).toBe('taken')
    expect(log.append(row(0, { closePrice: 1 }))).toBe('duplicate')
    await log.flush()
    expect(log.append(row(0, { closePrice: 2 }))).toBe('taken')
    await log.flush()
    for await (const { closePrice } of log.query()) expect(closePrice).toBe(100)
    const duplicate = { kind: 'duplicate', ids: [row(0).id] }
    expect([desk().problems, log.status.duplicates]).toEqual([[duplicate, duplicate], 2])
  })

  it.each<[string, Partial<PredictionRow>]>([
    ['symbol', { symbol: '' }],
    ['modelId', { modelId: 'a|b' }],
    ['barTime', { barTime: NaN }],
    ['predictedAt', { predictedAt: 1.5 }],
    ['id', { id: 'other' }],
    ['closePrice', { closePrice: 0 }],
    ['status', { status: 'fine' as 'ok' }],
    ['assignment', { assignment: 'live' as 'test' }],
    ['horizons', { horizons: [{ ...row(0).horizons[0]!, dueAt: Infinity }] }],
  ])('refuses a row with a wrong %s at once, so that it holds up no other', async (field, wrong) => {
    const log = desk().open()
    log.append(row(1))
    expect(() => log.append({ ...row(0, wrong), ...wrong })).toThrow(new RegExp(`has ${field}`))
    expect(() => log.append({ ...row(0), risk: { odd: (() => 1) as unknown as number } })).toThrow(/clone/)
    await log.flush()
    expect(await idsOf(log)).toEqual([row(1).id])
  })

  it('refuses limits that make no sense', () => {
    expect(() => desk().open({ batchRows: 0 })).toThrow(/batchRows/)
    expect(() => desk().open({ maxAgeMs: NaN })).toThrow(/maxAgeMs/)
  })
})

describe('A log that is written and read at the same time', () => {
  it('loses nothing that comes while a batch is being written', async () => {
    const log = desk().open({ batchRows: 2 })
    let open = (): void => undefined
    desk().store.gate = new Promise((resolve) => (open = resolve))
    for (const bar of range(0, 3)) log.append(row(bar))
    await desk().pass(0)
    expect(log.append(row(0)), 'being written, not stored').toBe('duplicate')
    for (const bar of range(3, 6)) log.append(row(bar))
    open()
    await log.flush()
    expect(await idsOf(log)).toEqual(range(0, 6).map((bar) => row(bar).id))
    expect(desk().store.batches.every((size) => size <= 2)).toBe(true)
  })

  it('shows a reader the rows from before the first one was read, and all of them', async () => {
    const log = desk().open()
    for (const bar of range(0, 300)) log.append(row(bar))
    const ids: string[] = []
    for await (const { id } of log.query({ limit: 1000 })) {
      if (ids.length === 0) log.append(row(999))
      if (ids.length === 100) await log.flush()
      ids.push(id)
    }
    expect(ids).toEqual(range(0, 300).map((bar) => row(bar).id))
  })

  it('gives as many rows as are wanted, from either end', async () => {
    const log = desk().open()
    for (const bar of range(0, 600)) log.append(row(bar))
    expect(await idsOf(log, { limit: 2, order: 'desc' })).toEqual([row(599).id, row(598).id])
    expect(await idsOf(log, { limit: 0 })).toEqual([])
    expect(await idsOf(log, { limit: 300 })).toHaveLength(300)
    expect(await log.count({ from: start + 10 * barMs })).toBe(590)
  })

  it('ends with the reason of the signal', async () => {
    const log = desk().open()
    for (const bar of range(0, 10)) log.append(row(bar))
    const controller = new AbortController()
    const reason = new Error('enough')
    const reading = (async () => {
      for await (const { barTime } of log.query({ signal: controller.signal }))
        if (barTime === row(3).barTime) controller.abort(reason)
    })()
    await expect(reading).rejects.toBe(reason)
  })

  it('keeps no more than it is told to, by number and by age', async () => {
    const log = desk().open({ maxRows: 20, maxAgeMs: 10 * barMs, batchRows: 5 })
    for (const bar of range(0, 30)) {
      await desk().pass(barMs)
      log.append(row(bar, { predictedAt: desk().clock.now() }))
    }
    const ids = await idsOf(log)
    expect(ids.at(-1)).toBe(row(29).id)
    expect(ids).toHaveLength(11)
  })

  it('is empty after it was cleared, the rows that wait included', async () => {
    const log = desk().open()
    log.append(row(0))
    await log.flush()
    log.append(row(1))
    await log.clear()
    expect([await idsOf(log), log.status.waiting, desk().clock.waiting]).toEqual([[], 0, 0])
  })
})
