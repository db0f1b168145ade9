import { expect, it } from 'vitest'
import { referenceTime } from '../../../src/registry/clock.ts'

const day = 86_400_000
const wall = Date.parse('2026-03-01T00:00:00Z')

it('goes by the clock of the device where nothing later is known', () => {
  expect(referenceTime(wall)).toEqual({ now: wall, behindMs: 0, suspect: false })
  expect(referenceTime(wall, undefined, wall - day)).toEqual({ now: wall, behindMs: 0, suspect: false })
})

it('goes by the latest time that was seen or signed', () => {
  expect(referenceTime(wall, wall + 5, wall + 9)).toEqual({ now: wall + 9, behindMs: 9, suspect: false })
})

it('suspects a clock that is more than a day behind', () => {
  expect(referenceTime(wall, wall + day).suspect).toBe(false)
  expect(referenceTime(wall, wall + day + 1)).toMatchObject({ suspect: true, behindMs: day + 1 })
  expect(referenceTime(wall - 365 * day, undefined, wall)).toMatchObject({ suspect: true, now: wall })
})
