import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Manifest } from '../../../../src/registry/manifest.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryOptions } from '../../../../src/registry/registry-parts.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import type { PrivateKey } from '../../../../src/registry/signing.ts'
import { bytes, FileServer } from '../file-server.ts'
import { sampleManifest } from '../sample-manifest.ts'
import { makeKeys, signed } from '../signed-manifest.ts'
import { allOf, collect, keptIn, register, WatchedStore } from './kept.ts'

let server: FileServer
let url: string
let keys: Awaited<ReturnType<typeof makeKeys>>

beforeEach(async () => {
  ;[server, keys] = [await FileServer.start(), await makeKeys()]
  url = `${server.origin}/manifest.json`
})
afterEach(() => server.stop())

const trusting = (...trusted: readonly PrivateKey[]): Partial<RegistryOptions> => ({
  trust: { keys: trusted.map(({ kid, kty, crv, x, y }) => ({ kid, kty, crv, x, ...(y !== undefined && { y }) })) },
})
const publish = (text: string): void => void server.answers.set('/manifest.json', bytes(text))
const plain = (changes: Partial<Manifest> = {}): string => JSON.stringify(sampleManifest(changes))
const open = (store: RegistryStore, options: Partial<RegistryOptions> = {}): Promise<ModelRegistry> =>
  ModelRegistry.open({ store, manifest: url, namespace: `m${Math.random()}`, ...options })
const manifestsOf = async (store: RegistryStore): Promise<unknown[]> => (await keptIn(store)).manifests

/** A backup of a registry that took over these manifests, one after the other. */
async function backupOf(texts: readonly string[], options: Partial<RegistryOptions> = {}) {
  const store = new WatchedStore()
  publish(texts[0]!)
  const registry = await open(store, options)
  for (const text of texts.slice(1)) {
    publish(text)
    await registry.refresh()
  }
  return { backup: await collect(registry.backup()), store }
}

/** Refused with the store as it was, for real and in rehearsal. */
async function refuses(store: WatchedStore, registry: ModelRegistry, backup: Uint8Array<ArrayBuffer>, told: RegExp) {
  const before = await allOf(store)
  for (const dryRun of [true, false]) {
    const restoring = registry.restore(backup, { mode: 'replace', dryRun })
    await expect(restoring).rejects.toMatchObject({ code: 'backup/conflict' })
    await expect(registry.restore(backup, { mode: 'replace', dryRun })).rejects.toThrow(told)
  }
  expect(await allOf(store)).toBe(before)
}

describe('manifests in a backup', () => {
  it('come back as they were, with the rules of the registry whole', async () => {
    const { backup, store: from } = await backupOf([plain(), plain({ version: 2 })])
    const store = new WatchedStore()
    publish(plain())
    const registry = await open(store)
    await registry.restore(backup, { mode: 'replace' })
    expect(await manifestsOf(store)).toEqual(await manifestsOf(from))
    expect((await registry.verify()).faults).toEqual([])
    publish(plain())
    await expect(registry.refresh()).rejects.toMatchObject({ code: 'manifest/rollback' })
    publish(plain({ version: 3 }))
    expect(await registry.refresh()).toBe(true)
    expect((await registry.verify()).faults).toEqual([])
    await collect(registry.backup())
  })

  it('never fall below the edition that is in force here, nor change what an edition says', async () => {
    const { backup } = await backupOf([plain({ version: 3 })])
    for (const [text, told] of [
      [plain({ version: 4 }), /would fall back: it is of edition 3, and edition 4 is in force/u],
      [plain({ version: 3, expires: '2030-01-01T00:00:00Z' }), /edition 3 has other contents/u],
    ] as const) {
      const store = new WatchedStore()
      publish(text)
      await refuses(store, await open(store), backup, told)
    }
  })

  it('are not forgotten because a backup does not know them', async () => {
    const other = await ModelRegistry.open({ store: new WatchedStore() })
    await register(other, 'lstm', '1.0.0')
    const store = new WatchedStore()
    publish(plain())
    await refuses(
      store,
      await open(store),
      await collect(other.backup()),
      /knows nothing of the manifest .* merge it instead/u,
    )
  })

  it('join those that are here, and leave these alone', async () => {
    const { backup } = await backupOf([plain({ version: 7 })])
    const store = new WatchedStore()
    publish(plain())
    const registry = await open(store)
    const before = await manifestsOf(store)
    expect((await registry.restore(backup)).manifests).toEqual([
      { url, taken: false, reason: 'there is one here already' },
    ])
    expect(await manifestsOf(store)).toEqual(before)
    const empty = new WatchedStore()
    const without = await ModelRegistry.open({ store: empty })
    expect((await without.restore(backup)).manifests).toEqual([{ url, taken: true }])
    expect((await without.verify()).faults).toEqual([])
    const visit = await open(empty)
    expect(visit.manifestProblem).toMatchObject({ code: 'manifest/rollback' })
  })

  it('are checked by the keys of the application, as if they came from the network', async () => {
    const { ann, bob } = keys
    const { backup, store: from } = await backupOf([await signed({}, [ann])], trusting(ann))
    const [good, forged] = [new WatchedStore(), new WatchedStore()]
    publish(await signed({}, [ann]))
    const registry = await open(good, trusting(ann))
    await registry.restore(backup, { mode: 'replace' })
    expect(await manifestsOf(good)).toMatchObject(
      (await manifestsOf(from)).map((record) => ({ ...(record as object), text: expect.any(String) as string })),
    )
    publish(await signed({}, [bob]))
    const stranger = await open(forged, trusting(bob))
    await refuses(forged, stranger, backup, /not taken from it: .*signature/iu)
    expect((await stranger.restore(backup)).manifests[0]).toMatchObject({ taken: false })
  })

  it('bring no keys with them: those of a forged backup are worth nothing', async () => {
    const { ann, bob } = keys
    const rotated = { version: 1, keysVersion: 9, threshold: 1 }
    const { kid, kty, crv, x, y } = bob
    const own = [{ kid, kty, crv, x, ...(y !== undefined && { y }) }]
    const forged = await signed({ ...rotated, keys: own }, [bob])
    const trust = { keys: own, keysVersion: 9 }
    const { backup } = await backupOf([forged], { trust })
    const store = new WatchedStore()
    publish(await signed({}, [ann]))
    const registry = await open(store, trusting(ann))
    await refuses(store, registry, backup, /not taken from it/u)
    await registry.restore(backup)
    publish(await signed({ version: 2 }, [ann]))
    expect(await registry.refresh()).toBe(true)
  })

  it('that were signed do not open a registry without keys to unsigned ones', async () => {
    const { backup } = await backupOf([plain({ version: 2 })])
    const store = new WatchedStore()
    publish(await signed({}, [keys.ann]))
    await (await open(store, trusting(keys.ann))).close()
    const careless = await ModelRegistry.open({ store })
    await refuses(store, careless, backup, /not taken from it/u)
  })
})
