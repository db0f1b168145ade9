import { expect, it } from 'vitest'
import { openTiny } from '../tiny-engine.ts'

it('takes threads into account where a page may have them', async () => {
  const engine = await openTiny({ backends: ['wasm'], calibration: 'off' })
  const { choice } = await engine.calibrate()
  // What a busy machine has no time for is tried all the same.
  const threads = [...choice.measured, ...choice.tried].map((one) => one.threads)
  expect(threads.toSorted((a, b) => a - b).slice(0, 2)).toEqual([1, 2])
  expect(choice.how).not.toBe('only-candidate')
  engine.forgetCalibration()
})
