import { describe, expect, it } from 'vitest'
import { CandlewickError } from '../../../src/core/errors.ts'
import type { RuntimeSession } from '../../../src/inference/index.ts'
import { failure } from '../../failure.ts'
import { eventually, openRemote, openUndisturbed } from './in-thread-workers.ts'
import { batchAt, candleAt, plain, plainMany, primeAll, symbols } from './live-engine.ts'

/** A session that fails from the moment it is told to. */
function failing(session: RuntimeSession, fault: () => CandlewickError | 'NaN' | undefined): RuntimeSession {
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    threads: session.threads,
    release: () => session.release(),
    run: async (...args) => {
      const output = await session.run(...args)
      const now = fault()
      if (now === 'NaN') return output.fill(NaN)
      if (now !== undefined) throw now
      return output
    },
  }
}

describe('a model that cannot be run any more', () => {
  const lost = new CandlewickError('backend/lost', { backend: 'webgpu', reason: 'the device was taken away' })
  const failed = new CandlewickError('inference/failed', { backend: 'webgpu', reason: 'out of memory' })

  it.each([
    ['backend/lost', lost, 'the device was taken away'],
    ['inference/failed', failed, 'out of memory'],
    ['inference/non-finite', 'NaN', 'is NaN'],
  ] as const)('on the graphics card goes on in another backend: %s', async (_, fault, reason) => {
    let broken = false
    const { engine, workers, recoveries } = await openRemote({
      options: { backends: ['webgpu', 'wasm'] },
      compute: (name, session) => failing(session, () => (broken && name === 'webgpu' ? fault : undefined)),
    })
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    expect(engine.info).toMatchObject({ backend: 'webgpu', tried: [] })
    broken = true
    expect(plainMany(await engine.pushMany(batchAt(0)))).toEqual(plainMany(await undisturbed.pushMany(batchAt(0))))
    expect(plain(await engine.push(candleAt('A', 1), 'A'))).toEqual(
      plain(await undisturbed.push(candleAt('A', 1), 'A')),
    )
    expect(recoveries).toMatchObject([
      { from: 'webgpu', to: 'wasm', reason: expect.stringContaining(reason) as string },
    ])
    expect(engine.info).toMatchObject({ backend: 'wasm', tried: [{ backend: 'webgpu' }] })
    expect(engine.info.tried[0]!.reason).toContain(reason)

    workers.at(-1)!.crash()
    await eventually(() => expect(recoveries).toHaveLength(2))
    expect(workers.map(({ backend }) => backend)).toEqual(['webgpu', 'wasm', 'wasm'])

    broken = false
    expect(await engine.restart(), 'a restart tries it again').toMatchObject({ backend: 'webgpu', tried: [] })
  })

  it('does not blame the worker for numbers that would be the same in the next', async () => {
    let broken = false
    const { engine, workers } = await openRemote({
      compute: (_, session) => failing(session, () => (broken ? 'NaN' : undefined)),
    })
    await primeAll(engine)
    broken = true
    expect(await failure(engine.push(candleAt('A', 0), 'A'))).toMatchObject({ code: 'inference/non-finite' })
    broken = false
    expect(plain(await engine.push(candleAt('A', 1), 'A')), 'the candle was taken').toMatchObject({ symbol: 'A' })
    expect(workers).toHaveLength(1)
  })

  it('fails its call when a fresh worker cannot run it either, and the candle counts as taken', async () => {
    let broken = false
    let runs = 0
    const { engine, workers } = await openRemote({
      compute: (_, session) => {
        runs = 0
        // Two runs to warm up and the reference run pass.
        return failing(session, () => (++runs > 3 && broken ? failed : undefined))
      },
    })
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    broken = true
    const answers = await engine.pushMany(batchAt(0))
    expect(answers.map(({ error }) => error?.code)).toEqual(symbols.map(() => 'inference/failed'))
    expect(workers).toHaveLength(2)
    broken = false
    await undisturbed.pushMany(batchAt(0))
    expect(plainMany(await engine.pushMany(batchAt(1)))).toEqual(plainMany(await undisturbed.pushMany(batchAt(1))))
  })
})
