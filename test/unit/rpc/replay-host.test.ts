import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EngineCore } from '../../../src/engine/core.ts'
import { createReplayHost } from '../../../src/rpc/replay-host.ts'
import type { Signal } from '../../../src/signals/index.ts'
import { failure } from '../../failure.ts'
import { openUndisturbed, historyOf } from './in-thread-workers.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'

const history = historyOf('A', new SimulatedMarket({ seed: 8 }).take(400))

/** The worker's side of replays, and the controllers of its calls. */
function hostOf(engine: Pick<EngineCore, 'replay'>) {
  const running = new Map<number, AbortController>()
  const host = createReplayHost(
    () => engine,
    async (call, work) => {
      const controller = new AbortController()
      running.set(call, controller)
      return work(controller.signal)
    },
  )
  return { host, running }
}

const port = (): MessagePort => new MessageChannel().port2

describe('the replays of a worker', () => {
  it('are taken whole and in order, whatever the sizes of the takings', async () => {
    const engine = await openUndisturbed()
    const whole = await engine.replay(history)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), async (sizes) => {
        const { calls } = hostOf(engine).host
        const total = await calls.replay(7, history, undefined, port())
        const taken: Signal[] = []
        for (let i = 0; taken.length < total; i++) taken.push(...(await calls.takeSignals(7, sizes[i % sizes.length]!)))
        expect(taken).toEqual(whole)
        expect(await calls.takeSignals(7, 1), 'nothing is kept').toEqual([])
      }),
      { numRuns: 8 },
    )
  })

  it('are forgotten when nobody waits for them, also where that is known before they are decided', async () => {
    const engine = await openUndisturbed()
    const { host, running } = hostOf(engine)
    expect(await host.calls.replay(1, history, 5, port())).toBe(5)
    host.forget(1)
    expect(await host.calls.takeSignals(1, 5)).toEqual([])

    const deaf = { replay: () => engine.replay(history, { last: 5 }) }
    const late = hostOf(deaf)
    const replaying = failure(late.host.calls.replay(2, history, 5, port()))
    late.running.get(2)!.abort(new Error('enough'))
    expect(await replaying).toEqual(new Error('enough'))
    expect(await late.host.calls.takeSignals(2, 5)).toEqual([])
    expect(running.size).toBe(1)
  })
})
