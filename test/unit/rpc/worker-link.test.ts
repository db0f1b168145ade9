import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { CandlewickError } from '../../../src/core/errors.ts'
import { WorkerLink } from '../../../src/rpc/worker-link.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** As much of a worker as its link touches: it takes messages and never answers. */
class MuteWorker extends EventTarget {
  postMessage(): void {}
  terminate(): void {}
}

const ended = (): CandlewickError => new CandlewickError('engine/closed', { call: 'close' })

/** The workers of links that came to an end, which nobody else holds. */
function endedWorkers(count: number): WeakRef<object>[] {
  return Array.from({ length: count }, () => {
    const worker = new MuteWorker()
    const link = new WorkerLink(worker as unknown as Worker)
    link.call('status', { timeoutMs: 60_000 }, (remote) => remote.status('A')).catch(() => undefined)
    link.end(ended())
    return new WeakRef(worker)
  })
}

async function left(workers: readonly WeakRef<object>[]): Promise<number> {
  for (let round = 0; round < 10; round += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
    collectGarbage()
  }
  return workers.filter((worker) => worker.deref() !== undefined).length
}

describe('a link to a worker', () => {
  it('leaves nothing of the worker behind when it ends', async () => {
    expect(await left(endedWorkers(20))).toBe(0)
  })

  it('rejects the calls under way with the reason of its end, and later ones as well', async () => {
    const link = new WorkerLink(new MuteWorker() as unknown as Worker)
    const call = link.call('status', { timeoutMs: 60_000 }, (remote) => remote.status('A'))
    const reason = ended()
    link.end(reason)
    await expect(call).rejects.toBe(reason)
    await expect(link.call('status', { timeoutMs: 60_000 }, (remote) => remote.status('A'))).rejects.toBe(reason)
  })
})
