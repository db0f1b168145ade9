/** Rows and bytes for the suites of the stores. */
import { afterEach } from 'vitest'

import type {
  BlobRecord,
  Channel,
  EventDraft,
  ManifestRecord,
  ModelRecord,
  Tombstone,
} from '../../src/registry/records.ts'
import type { Changes, RegistryStore } from '../../src/registry/store.ts'

/** Bytes in a piece that the stores are used with. */
export const chunk = 4_194_304

/** Opens the store of a given name; the same name twice means the same data where the store outlives a page. */
export type OpenStore = (database?: string) => Promise<RegistryStore>

export const hash = (digit: string): string => digit.repeat(64)
export const freshName = (): string => `contract-${Date.now()}-${Math.random().toString(36).slice(2)}`

/** Opens stores that are closed after each test of the suite that calls this. */
export function storesOf(open: (database: string) => Promise<RegistryStore>): OpenStore {
  const stores: RegistryStore[] = []
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  return async (database = freshName()) => {
    const store = await open(database)
    stores.push(store)
    return store
  }
}

/** A second user of the same data: another connection, or where there is none, the store itself. */
export async function twin(store: RegistryStore, openStore: OpenStore, database: string): Promise<RegistryStore> {
  return store.kind === 'memory' ? store : openStore(database)
}

/** Bytes that repeat nowhere near a chunk's length, so that swapped or shifted pieces show. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** As `toEqual`, which takes seconds for megabytes. */
export const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])

export const blob = (sha256: string, size: number, chunkBytes = chunk): BlobRecord => ({
  sha256,
  size,
  state: 'ready',
  chunkBytes,
  chunkCount: Math.ceil(size / chunkBytes),
  url: 'https://models.example/m.onnx',
  storedAt: 3,
})

export const write = (store: RegistryStore, changes: Changes): Promise<void> =>
  store.update({}, () => ({ changes, result: undefined }))

/** Stores bytes as a download does: piece by piece, then the record. */
export async function putBytes(
  store: RegistryStore,
  sha256: string,
  bytes: Uint8Array<ArrayBuffer>,
  chunkBytes = chunk,
): Promise<void> {
  const record = blob(sha256, bytes.byteLength, chunkBytes)
  for (let i = 0; i < record.chunkCount; i++)
    await store.putChunk(sha256, i, bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes))
  await write(store, { blobs: [record] })
}

export const model = (name: string, version: string, more: Partial<ModelRecord> = {}): ModelRecord => ({
  name,
  version,
  id: `${name}_v${version}`,
  status: 'registered',
  artifact: { url: 'https://models.example/m.onnx', size: 10, sha256: hash('a') },
  scaler: { url: 'https://models.example/s.json', size: 5, sha256: hash('b') },
  metadata: { modelType: 'patchtst', metrics: { ic_mean: 0.05 }, free: { list: [1, null, { deep: true }] } },
  revision: 1,
  registeredAt: 1,
  updatedAt: 2,
  ...more,
})

export const tombstone = (name: string, version: string): Tombstone => ({
  name,
  version,
  id: `${name}_v${version}`,
  sha256: hash('c'),
  deletedAt: 9,
})

export const channel = (name: string, more: Partial<Channel> = {}): Channel => ({
  name,
  production: '1.0.0',
  previous: ['0.9.0'],
  epoch: 4,
  ...more,
})

export const manifest = (url: string, text = '{"version":1}'): ManifestRecord => ({
  url,
  text,
  storedAt: 7,
  version: 1,
  digest: hash('d'),
  keysVersion: 1,
  keys: [{ kid: 'k', kty: 'OKP' }],
  threshold: 1,
  issuedAt: 6,
})

export const meta = { installId: 'i', lastSeenAt: 1 }

export const draft = (type: string, name?: string): EventDraft => ({
  at: 5,
  actor: 'host',
  type,
  data: { why: ['because'] },
  ...(name !== undefined && { name }),
})

/** Changes in every table. */
export const everything: Changes = {
  models: [model('a', '1.0.0'), model('a', '1.1.0')],
  tombstones: [tombstone('a', '0.1.0')],
  channels: [channel('a')],
  blobs: [blob(hash('a'), 10)],
  manifests: [manifest('https://a.example/')],
  meta,
  events: [draft('registered', 'a')],
}

/** Everything that a store tells of itself. */
export const all = { families: 'all', blobs: 'all', manifests: 'all' } as const
