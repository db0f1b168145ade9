import { describe, expect, it } from 'vitest'

import { CandlewickError } from '../../../src/core/errors.ts'
import { DeviceWatch } from '../../../src/inference/backends/device-watch.ts'
import { failure } from '../../failure.ts'

interface Loss {
  readonly reason: string
  readonly message: string
}

const never = (): Promise<never> => new Promise(() => undefined)
function watched(): { readonly watch: DeviceWatch; readonly lose: (loss: Loss) => void } {
  const watch = new DeviceWatch()
  let lose: (loss: Loss) => void = () => undefined
  watch.over('webgpu', new Promise((resolve) => (lose = resolve)))
  return { watch, lose: (loss) => lose(loss) }
}

describe('the watch over a device', () => {
  it('lets work through while the device is there', async () => {
    const { watch } = watched()

    expect(await watch.guard(() => Promise.resolve(3))).toBe(3)
    expect(await failure(watch.guard(() => Promise.reject(new Error('its own'))))).toMatchObject({ message: 'its own' })
    expect(watch.loss).toBeUndefined()
  })

  it('rejects what would never end, and all that comes later, with the reason of the loss', async () => {
    const { watch, lose } = watched()
    const pending = [failure(watch.guard(never)), failure(watch.guard(never))]
    lose({ reason: 'unknown', message: 'The driver was reset. ' })
    const later = async (): Promise<unknown> => failure(watch.guard(() => Promise.resolve(1)))

    for (const error of [...(await Promise.all(pending)), await later()])
      expect(error).toMatchObject({
        code: 'backend/lost',
        details: { backend: 'webgpu', reason: 'unknown: The driver was reset' },
      })
  })

  it('counts a destroyed device as lost: nothing here destroys it', async () => {
    const { watch, lose } = watched()
    lose({ reason: 'destroyed', message: '' })

    await watch.settle()
    expect(watch.loss?.details).toEqual({ backend: 'webgpu', reason: 'destroyed' })
  })

  it('frees what lived on the device, and minds no failure of that', async () => {
    const { watch, lose } = watched()
    const freed: string[] = []
    watch.sessions.add({ free: async () => void freed.push('first') })
    watch.sessions.add({ free: () => Promise.reject(new Error('already gone')) })
    watch.sessions.add({ free: async () => void freed.push('third') })
    lose({ reason: 'unknown', message: '' })

    await watch.settle()
    expect(freed).toEqual(['first', 'third'])
  })

  it('gives a loss the time to be reported after a failure, and does not wait without a device', async () => {
    const { watch, lose } = watched()
    const settled = watch.settle()
    lose({ reason: 'unknown', message: '' })
    await settled
    expect(watch.loss).toBeInstanceOf(CandlewickError)

    await new DeviceWatch().settle()
  })
})
