import fc from 'fast-check'
import { expect, it } from 'vitest'
import { explainWindow } from '../../../src/engine/explain.ts'
import { features, unified240 } from '../../../src/features/index.ts'
import { type Prediction, readPrediction } from '../../../src/signals/index.ts'

const spec = { id: 'classification', horizons: [{ name: '1h', bars: 4 }], classOrder: ['LONG', 'SHORT'] } as const
const ids = ['rsi_14', ...unified240.filter((id) => features.get(id)!.family !== 'momentum').slice(0, 6)]
const rows = 3

/** A model that looks at one feature in the last row alone. */
const looksAt =
  (place: number) =>
  async (windows: Float32Array, count: number): Promise<Prediction[]> =>
    Array.from({ length: count }, (_, i) => {
      const value = windows[(i * rows + rows - 1) * ids.length + place]!
      const long = 1 / (1 + Math.exp(-value))
      return readPrediction(Float32Array.of(long, 1 - long), spec)
    })

const bar = { symbol: 'A', time: 0 }

it('gives all the credit to the family of the one feature that the model looks at', async () => {
  const window = Float32Array.from({ length: rows * ids.length }, (_, i) => (i % 5) - 2)
  for (const [place, id] of ids.entries()) {
    const value = window[(rows - 1) * ids.length + place]!
    const { groups, support, direction } = await explainWindow(bar, window, ids, looksAt(place))
    const family = features.get(id)!.family
    const expected = value === 0 ? 0 : support - 0.5
    expect(groups.find(({ group }) => group === family)!.effect).toBeCloseTo(expected, 6)
    for (const other of groups) if (other.group !== family) expect(other.effect).toBe(0)
    expect(direction).toBe(value > 0 ? 'LONG' : value < 0 ? 'SHORT' : 'NEUTRAL')
  }
})

it('counts every feature once, sorts by size, and leaves the window as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.float32Array({ minLength: rows * ids.length, maxLength: rows * ids.length, noNaN: true, min: -5, max: 5 }),
      fc.nat(ids.length - 1),
      async (window, place) => {
        const before = window.slice()
        const { groups, windows } = await explainWindow(bar, window, ids, looksAt(place))
        expect(window).toEqual(before)
        expect(groups.reduce((sum, group) => sum + group.features, 0)).toBe(ids.length)
        expect(windows).toBe(groups.length + 1)
        const sizes = groups.map(({ effect }) => Math.abs(effect))
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
      },
    ),
  )
})
