/** Registries to back up, and everything a store holds, to be compared. */
import * as fc from 'fast-check'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import type { BlobRecord, Family, ModelRecord, RegistryEvent } from '../../../../src/registry/records.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { sampleEntry, sha256 } from '../sample-manifest.ts'

/** Remembers what pieces were ever put under, so that nothing is left unseen. */
export class WatchedStore extends MemoryStore {
  readonly touched = new Set<string>()

  override async putChunk(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.touched.add(sha256)
    await super.putChunk(sha256, index, bytes)
  }
}

export const open = (store: RegistryStore, namespace = 'kept'): Promise<ModelRegistry> =>
  ModelRegistry.open({ store, namespace })

const {
  name: _name,
  version: _version,
  artifact: _artifact,
  scaler: _scaler,
  golden: _golden,
  ...contract
} = sampleEntry()

/** Bytes that belong to a text. */
export const bytesOf = (text: string, length = 300): Uint8Array<ArrayBuffer> => {
  const seed = new TextEncoder().encode(text)
  return Uint8Array.from({ length }, (_, i) => (seed[i % seed.length]! * (i + 7)) & 255)
}

/** Registers a version that could serve. */
export const register = (
  registry: ModelRegistry,
  modelName: string,
  version: string,
  {
    ic = 0.1,
    length = 300,
    content = '',
    ...more
  }: Record<string, unknown> & { ic?: number; length?: number; content?: string } = {},
): Promise<string> =>
  registry.registerModel(
    bytesOf(`${modelName} ${version} ${content}`, length),
    { ...contract, modelName, version, performanceMetrics: { ic_mean: ic }, ...more },
    { scaler: new TextEncoder().encode(`{"mean":[0],"scale":[1],"of":"${modelName}"}`) },
  )

/** A registry in which everything has happened once: two names, a way back, a canary, a shadow, a grave, an archive. */
export async function lived(store: RegistryStore, namespace?: string): Promise<ModelRegistry> {
  const registry = await open(store, namespace)
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0'])
    await register(registry, 'lstm', version, { ic: Number(version.slice(0, 3)) / 10 })
  await register(registry, 'tree', '1.0.0')
  for (const id of ['lstm_v1.0.0', 'lstm_v1.1.0', 'tree_v1.0.0']) await registry.setProductionModel(id)
  await registry.startCanary('lstm_v1.2.0', { basisPoints: 500 })
  await registry.setShadow('lstm', 'lstm_v1.3.0')
  await registry.setModelStatus('lstm_v1.4.0', 'archived')
  await registry.deleteModel('lstm_v1.5.0')
  await registry.updateModelMetadata('tree_v1.0.0', { note: { by: 'me' }, 'x\u{2028}': 'ü' })
  await registry.recordEvaluation('lstm_v1.3.0', {
    evalSetId: 'spring',
    horizon: '4h',
    metrics: { ic_mean: 0.07 },
    n: 9,
  })
  await registry.holdBack('lstm_v1.2.0', 'slow').catch(() => undefined)
  return registry
}

export const collect = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(stream).arrayBuffer())

/** What a backup is to bring back. */
export interface Kept {
  readonly families: [string, { models: ModelRecord[]; tombstones: unknown[]; channel: Family['channel'] }][]
  readonly blobs: { readonly sha256: string; readonly hash: string; readonly state: string; readonly size: number }[]
  readonly manifests: unknown[]
  readonly events: RegistryEvent[]
}

const byVersion = <T extends { readonly version: string }>(rows: Iterable<T>): T[] =>
  [...rows].sort((a, b) => (a.version < b.version ? -1 : 1))

/** Ids, statuses, pointers, hashes and the log. */
export async function keptIn(store: RegistryStore): Promise<Kept> {
  const { families, blobs, manifests } = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
  const hashes = await Promise.all(
    Array.from(blobs.values(), async ({ sha256: key, state, size }) => {
      const bytes = await store.getBytes(key)
      return { sha256: key, state, size, hash: bytes === undefined ? 'none' : sha256(bytes) }
    }),
  )
  return {
    families: Array.from(families.values(), ({ name, models, tombstones, channel }) => [
      name,
      { models: byVersion(models.values()), tombstones: byVersion(tombstones.values()), channel },
    ]),
    blobs: hashes.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
    manifests: [...manifests.values()],
    events: await store.listEvents(),
  }
}

/** The hash of everything in a store to the last byte, to see that nothing was changed. */
export async function allOf(store: RegistryStore): Promise<string> {
  const { families, blobs, manifests, meta } = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
  const keys = new Set([...blobs.keys(), ...(store instanceof WatchedStore ? store.touched : [])])
  const chunks: unknown[] = []
  for (const key of [...keys].sort()) chunks.push([key, ...(await chunksOf(store, key, blobs.get(key)))])
  const rows = Array.from(families.values(), ({ models, tombstones, channel }) => [
    [...models],
    [...tombstones],
    channel,
  ])
  const there = chunks.filter((chunk) => (chunk as unknown[]).length > 1)
  const text = JSON.stringify([rows, [...blobs], [...manifests], meta, await store.listEvents(), there])
  return sha256(new TextEncoder().encode(text))
}

async function chunksOf(store: RegistryStore, key: string, record: BlobRecord | undefined): Promise<string[]> {
  const hashes: string[] = []
  for (let index = 0; index < Math.max(record?.chunkCount ?? 0, 3); index++) {
    const chunk = await store.getChunk(key, index)
    if (chunk !== undefined) hashes.push(`${index} ${chunk.byteLength} ${sha256(chunk)}`)
  }
  return hashes
}

type Act = (registry: ModelRegistry) => Promise<unknown>

const name = fc.constantFrom('lstm', 'tree')
const version = fc.constantFrom('1.0.0', '1.9.0', '1.10.0', '2.0.0-rc.1')
const id = fc.tuple(name, version).map(([name, version]) => `${name}_v${version}`)
const content = fc.constantFrom('', '', '', 'other')

/** Things that are done to a registry, sensible or not. */
export const acts: fc.Arbitrary<readonly { readonly told: string; readonly act: Act }[]> = fc.array(
  fc
    .oneof(
      fc.record({ name, version, content, ic: fc.constantFrom(-0.1, 0.1, 0.2) }).map(({ name, version, ...more }) => ({
        told: `register ${name} ${version} ${JSON.stringify(more)}`,
        act: (registry: ModelRegistry) => register(registry, name, version, more),
      })),
      id.map((id) => ({ told: `serve ${id}`, act: (registry: ModelRegistry) => registry.setProductionModel(id) })),
      id.map((id) => ({
        told: `canary ${id}`,
        act: (registry: ModelRegistry) => registry.startCanary(id, { basisPoints: 100 }),
      })),
      fc.tuple(name, id).map(([name, id]) => ({
        told: `shadow ${id}`,
        act: (registry: ModelRegistry) => registry.setShadow(name, id),
      })),
      name.map((name) => ({ told: `rollback ${name}`, act: (registry: ModelRegistry) => registry.rollback(name) })),
      name.map((name) => ({
        told: `demote ${name}`,
        act: (registry: ModelRegistry) => registry.demote(name, { allowEmpty: true }),
      })),
      fc.tuple(id, fc.constantFrom('registered', 'candidate', 'archived')).map(([id, status]) => ({
        told: `${status} ${id}`,
        act: (registry: ModelRegistry) => registry.setModelStatus(id, status),
      })),
      id.map((id) => ({
        told: `delete ${id}`,
        act: (registry: ModelRegistry) => registry.deleteModel(id, { force: true }),
      })),
      id.map((id) => ({ told: `hold ${id}`, act: (registry: ModelRegistry) => registry.holdBack(id, 'slow') })),
      id.map((id) => ({ told: `release ${id}`, act: (registry: ModelRegistry) => registry.release(id, 'better') })),
      fc.tuple(id, fc.constantFrom('a', 'b'), fc.constantFrom(0.1, 0.3, NaN)).map(([id, evalSetId, ic]) => ({
        told: `evaluate ${id} on ${evalSetId}: ${ic}`,
        act: (registry: ModelRegistry) => registry.recordEvaluation(id, { evalSetId, metrics: { ic_mean: ic } }),
      })),
      fc.tuple(id, fc.jsonValue({ maxDepth: 2 })).map(([id, note]) => ({
        told: `note ${id} ${JSON.stringify(note)}`,
        act: (registry: ModelRegistry) => registry.updateModelMetadata(id, { note }),
      })),
    )
    .map((act) => act),
  { maxLength: 30, size: 'max' },
)

/** Does them; what is refused changes nothing. */
export async function live(registry: ModelRegistry, steps: readonly { readonly act: Act }[]): Promise<ModelRegistry> {
  for (const { act } of steps)
    await act(registry).catch((error: unknown) => {
      if (!isCandlewickError(error)) throw error
    })
  return registry
}
