import { afterEach, expect, it, vi } from 'vitest'

import { CandlewickError } from '../../../../src/core/errors.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { Network } from './network.ts'
import { entryOf, manifestUrl, publish, trust } from './publisher.ts'

let open = 0

/** Counts the channels that are open. */
class CountedChannel extends BroadcastChannel {
  constructor(name: string) {
    super(name)
    open += 1
  }

  override close(): void {
    open -= 1
    super.close()
  }
}

afterEach(() => vi.unstubAllGlobals())

it('An opening that fails leaves no channel to other tabs behind', async () => {
  vi.stubGlobal('BroadcastChannel', CountedChannel)
  const network = new Network()
  const options = { store: new MemoryStore(), manifest: manifestUrl, trust, read: network.read }
  await expect(ModelRegistry.open(options)).rejects.toMatchObject({ code: 'manifest/signature' })
  expect(open).toBe(0)
  const [issuedAt, expires] = [Date.now(), Date.now() + 3_600_000]
  const entries = [entryOf({ name: 'lgbm', version: '1.0.0' })]
  network.manifest = await publish({ version: 1, keysVersion: 1, issuedAt, expires, entries })
  const details = { neededBytes: 10, freeBytes: 3 }
  vi.spyOn(options.store, 'update').mockRejectedValueOnce(new CandlewickError('store/quota-exceeded', details))
  const registry = await ModelRegistry.open(options)
  expect(registry.storeProblem).toMatch(/10 bytes are needed/u)
  expect(open).toBe(1)
  await registry.close()
  expect(open).toBe(0)
})
