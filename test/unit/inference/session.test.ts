import { afterEach, describe, expect, it, vi } from 'vitest'

import { type ErrorCode, isCandlewickError } from '../../../src/core/errors.ts'
import {
  type Backend,
  ModelSession,
  type SessionOptions,
  type SessionProgress,
  wasmBackend,
  webgpuBackend,
} from '../../../src/inference/index.ts'
import { failure } from '../../failure.ts'
import { contract, elementwise, features, network, pairContract, windows } from './models.ts'

const opened: ModelSession[] = []

async function open(options: Partial<SessionOptions> = {}): Promise<ModelSession> {
  const session = await ModelSession.open({
    contract,
    model: network,
    backends: [wasmBackend()],
    warmupRuns: 0,
    ...options,
  })
  opened.push(session)
  return session
}

async function details(code: ErrorCode, work: Promise<unknown>): Promise<unknown> {
  const error = await failure(work)
  return isCandlewickError(error, code) ? error.details : error
}

const containing = (text: string): unknown => expect.stringContaining(text)

afterEach(async () => {
  vi.unstubAllGlobals()
  await Promise.all(opened.splice(0).map((session) => session.release()))
})

describe('opening a session', () => {
  it('warms up ten times on wasm and tells its progress and timings', async () => {
    const progress: SessionProgress[] = []
    const session = await open({ warmupRuns: undefined, onProgress: (step) => progress.push(step) })

    expect(session.backend).toBe('wasm')
    expect(session.tried).toEqual([])
    expect(progress.map(({ phase, completed, total }) => `${phase} ${completed}/${total}`)).toEqual([
      'load 0/1',
      'load 1/1',
      ...Array.from({ length: 2 }, (_, run) => `warmup ${run + 1}/2`),
    ])
    expect(session.timings.loadMs).toBeGreaterThan(0)
    expect(session.timings.warmupMs).toBeGreaterThan(0)
  })

  it('passes over a backend that does not exist here and says why', async () => {
    const session = await open({ backends: [webgpuBackend(), wasmBackend()] })

    expect(session.backend).toBe('wasm')
    expect(session.tried).toEqual([{ backend: 'webgpu', reason: containing('does not exist here') }])
  })

  it('fails with every reason when no backend can be used', async () => {
    expect(await details('backend/unavailable', open({ backends: [webgpuBackend()] }))).toEqual({
      tried: [{ backend: 'webgpu', reason: containing('does not exist here') }],
    })
    expect(await details('backend/unavailable', open({ backends: [] }))).toEqual({ tried: [] })
  })

  it.each([
    ['garbage', Uint8Array.from({ length: 4096 }, (_, at) => (at * 31) % 251)],
    ['no bytes at all', new Uint8Array(0)],
    ['a truncated model', network.subarray(0, network.length >> 1)],
    ['a model with a zero tail', Uint8Array.from(network, (byte, at) => (at < network.length / 2 ? byte : 0))],
  ])('refuses %s as a model, and loads a good one afterwards', async (_, model) => {
    expect(await details('model/unloadable', open({ model }))).toMatchObject({ id: contract.id, backend: 'wasm' })
    expect((await open()).backend).toBe('wasm')
  })

  it('refuses a model that contradicts its contract, without asking another backend', async () => {
    const [first, second] = [wasmBackend(), wasmBackend()]
    let asked = 0
    const counting: Backend = { ...second, probe: () => ((asked += 1), second.probe()) }
    const other = { ...contract, input: { ...contract.input, dims: ['batch', 96, 240] } }

    expect(await details('model/contract', open({ contract: other, backends: [first, counting] }))).toEqual({
      path: 'input.dims',
      expected: '[batch, 96, 240]',
      actual: `[batch, 96, ${features}]`,
    })
    expect(asked).toBe(0)
  })

  it('stops between two warm-up runs when it is aborted', async () => {
    const abort = new AbortController()
    const reason = new Error('left the page')
    let runs = 0
    const onProgress = ({ phase }: SessionProgress): void => {
      if (phase === 'warmup' && (runs += 1) === 3) abort.abort(reason)
    }

    expect(await failure(open({ warmupRuns: 50, signal: abort.signal, onProgress }))).toBe(reason)
    expect(runs).toBe(3)
  })

  it('does nothing when it is aborted before', async () => {
    const reason = new Error('never mind')
    const progress: SessionProgress[] = []

    expect(await failure(open({ signal: AbortSignal.abort(reason), onProgress: (step) => progress.push(step) }))).toBe(
      reason,
    )
    expect(progress).toEqual([])
  })

  it('refuses another number of threads once the runtime runs', async () => {
    await open()
    vi.stubGlobal('crossOriginIsolated', true)

    expect(await wasmBackend({ threads: 2 }).probe()).toContain('1 thread')
    expect(() => wasmBackend({ threads: 0 })).toThrow(TypeError)
    expect(() => wasmBackend({ threads: 1.5 })).toThrow(TypeError)
  })

  it('runs one thread where memory cannot be shared, and says why', async () => {
    const session = await open({ backends: [wasmBackend({ threads: 4 })] })

    expect(session.threads).toBe(1)
    expect(session.threadsProblem).toContain('Cross-Origin-Opener-Policy')
    expect((await open()).threadsProblem).toBeUndefined()
  })

  it('refuses contracts that it cannot serve', async () => {
    const free = { ...contract, input: { ...contract.input, dims: ['batch', 'time', 5] } }
    const half = { ...contract, input: { ...contract.input, dtype: 'float16' } }

    await expect(open({ contract: free })).rejects.toThrow(TypeError)
    await expect(open({ contract: half })).rejects.toThrow(TypeError)
    await expect(open({ warmupRuns: -1 })).rejects.toThrow(TypeError)
  })
})

describe('running a session', () => {
  it('gives each window of a large batch the row that it gets alone', async () => {
    const session = await open()
    const [count, window] = [71, 96 * features]
    const input = windows(count)
    const together = await session.run(input, count)
    const pieces = [0, 32, 64].map((from) =>
      session.run(input.slice(from * window, (from + 32) * window), from < 64 ? 32 : 7),
    )

    expect(together).toEqual(Float32Array.from((await Promise.all(pieces)).flatMap((rows) => [...rows])))
    for (let at = 0; at < count; at += 1) {
      const row = together.subarray(at * 20, (at + 1) * 20)
      const alone = await session.run(input.slice(at * window, (at + 1) * window), 1)
      // Matrix kernels add up in another order for one row than for many.
      expect(Math.max(...alone.map((value, k) => Math.abs(value - (row[k] ?? Number.NaN))))).toBeLessThan(5e-6)
    }
  })

  it('serves concurrent runs in the order of asking, each with its own numbers', async () => {
    const session = await open({ model: elementwise('Mul', 3), contract: pairContract() })
    const order: number[] = []
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const batch = at % 2 === 0 ? 40 : 1
        const answer = await session.run(new Float32Array(2 * batch).fill(at), batch)
        order.push(at)
        return answer
      }),
    )

    expect(order).toEqual(Array.from({ length: 20 }, (_, at) => at))
    answers.forEach((answer, at) => expect([...new Set(answer)]).toEqual([3 * at]))
  })

  it('serves two sessions at once', async () => {
    const [two, five] = await Promise.all([
      open({ model: elementwise('Mul', 2), contract: pairContract() }),
      open({ model: elementwise('Mul', 5), contract: pairContract() }),
    ])
    const answers = await Promise.all([two.run(Float32Array.of(1, 2), 1), five.run(Float32Array.of(1, 2), 1)])

    expect(answers.map((answer) => [...answer])).toEqual([
      [2, 4],
      [5, 10],
    ])
  })

  it('runs a model with a fixed batch in pieces of that size', async () => {
    const session = await open({ model: elementwise('Mul', 2, 3), contract: pairContract(3), warmupRuns: 1 })
    const input = Float32Array.from({ length: 12 }, (_, at) => at)

    expect([...(await session.run(input, 6))]).toEqual([...input].map((value) => 2 * value))
    await expect(session.run(input.slice(0, 8), 4)).rejects.toThrow(TypeError)
  })

  it('refuses an input of another length', async () => {
    const session = await open()

    await expect(session.run(windows(2), 1)).rejects.toThrow('960 numbers; 1 window(s) have 480')
    await expect(session.run(windows(1), 0)).rejects.toThrow(TypeError)
  })

  it.each([Number.NaN, Infinity])('refuses an input that holds %d', async (value) => {
    const session = await open()
    const input = windows(2)
    input[500] = value

    expect(await details('inference/input', session.run(input, 2))).toEqual({ index: 500, value })
  })

  it('refuses an output that is not a number', async () => {
    const session = await open({ model: elementwise('Div', 0), contract: pairContract() })

    expect(await details('inference/non-finite', session.run(Float32Array.of(1, 0), 1))).toEqual({
      index: 0,
      value: Infinity,
    })
  })

  it('gives up a waiting run when its signal aborts, and serves the others', async () => {
    const session = await open()
    const abort = new AbortController()
    const reason = new Error('too late')
    const first = session.run(windows(1), 1)
    const second = session.run(windows(1), 1, { signal: abort.signal })
    const third = session.run(windows(1), 1)
    abort.abort(reason)

    expect(await failure(second)).toBe(reason)
    expect(await third).toEqual(await first)
    expect(await failure(session.run(windows(1), 1, { signal: abort.signal }))).toBe(reason)
  })

  it('can be aborted between the pieces of a large batch', async () => {
    const session = await open()
    const abort = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => abort.abort(reason), 1)

    expect(await failure(session.run(windows(320), 320, { signal: abort.signal }))).toBe(reason)
  })

  it('ends the runs already asked for before it is released, and refuses later ones', async () => {
    const session = await open()
    const running = session.run(windows(1), 1)
    const released = session.release()

    expect(await running).toHaveLength(20)
    expect(await details('engine/closed', session.run(windows(1), 1))).toEqual({ call: 'run' })
    await released
    await session.release()
  })
})

describe('a backend', () => {
  it('reports its tensors, and its failures with the text of the runtime', async () => {
    const session = await wasmBackend().load(network)

    expect(session.inputs).toEqual([contract.input])
    expect(session.outputs).toEqual([contract.output])
    const failed = await failure(session.run(new Float32Array(2), [1, 2], 'y'))
    expect(isCandlewickError(failed, 'inference/failed') && failed.details.reason).toContain('rank')
    await session.release()
    await session.release()
    expect(isCandlewickError(await failure(session.run(windows(1), [1, 96, features], 'y')), 'inference/failed')).toBe(
      true,
    )
  })

  it('says in a sentence why WebGPU is missing here', async () => {
    expect(await webgpuBackend().probe()).toMatch(/does not exist here$/)
  })
})
