import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { summarizeWindow } from '../../../src/monitor/index.ts'

const close = (a: number | null, b: number): boolean => a !== null && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b))

describe('The summary of a window', () => {
  it('has the statistics that a plain computation gives', async () => {
    const windows = fc.array(fc.float({ noNaN: false }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(windows, fc.integer({ min: 1, max: 5 }), async (list, count) => {
        const window = Float32Array.from(list.slice(0, list.length - (list.length % count)))
        if (window.length === 0) return
        const { nonFinite, mean, std, min, max, constant, bars, last } = await summarizeWindow(window, count, {
          keepLast: true,
        })
        const finite = [...window].filter(Number.isFinite)
        expect({ nonFinite, bars }).toEqual({ nonFinite: window.length - finite.length, bars: window.length / count })
        expect(last).toEqual(window.slice(-count))
        const columns = Array.from({ length: count }, (_, k) => [...window].filter((__, i) => i % count === k))
        expect(constant).toBe(columns.filter((column) => column.every((value) => value === column[0])).length)
        if (finite.length === 0) {
          expect([mean, std, min, max]).toEqual([null, null, null, null])
          return
        }
        expect([min, max]).toEqual([Math.min(...finite), Math.max(...finite)])
        const sum = finite.reduce((a, b) => a + b, 0)
        expect(close(mean, sum / finite.length)).toBe(true)
        const squares = finite.reduce((a, b) => a + (b - sum / finite.length) ** 2, 0)
        expect(close(std, Math.sqrt(squares / finite.length))).toBe(true)
      }),
    )
  })

  it('has the SHA-256 of the float32 values as they lie in files', async () => {
    const window = Float32Array.from([0.1, -0, 3e38, 1e-45])
    const expected = createHash('sha256').update(new Uint8Array(window.buffer)).digest('hex')
    expect((await summarizeWindow(window, 2)).sha256).toBe(expected)
    expect((await summarizeWindow(window.subarray(2), 2)).sha256).not.toBe(expected)
  })

  it('has read everything when the call returns', async () => {
    const window = Float32Array.from([1, 2, 3, 4])
    const expected = await summarizeWindow(window, 2, { keepLast: true })
    const promise = summarizeWindow(window, 2, { keepLast: true })
    window.fill(9)
    expect(await promise).toEqual(expected)
  })

  it('keeps chosen features of the newest bar by their names, wherever they stand', async () => {
    const window = Float32Array.from([1, 2, 3, 4, 5, 6])
    const { named, last, dissimilarity } = await summarizeWindow(window, 3, {
      names: ['a', 'b', 'c'],
      keep: ['c', 'a'],
      dissimilarity: 0.5,
    })
    expect([named, last, dissimilarity]).toEqual([{ c: 6, a: 4 }, null, 0.5])
  })

  it('is refused for parts of bars and for features that the model has not', async () => {
    await expect(summarizeWindow(new Float32Array(5), 2)).rejects.toThrow(TypeError)
    await expect(summarizeWindow(new Float32Array(0), 2)).rejects.toThrow(TypeError)
    await expect(summarizeWindow(new Float32Array(4), 2, { names: ['a', 'b'], keep: ['rsi'] })).rejects.toThrow(/"rsi"/)
  })
})
