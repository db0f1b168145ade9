/** Models for tests of the storage: bytes from a seed, and the entries and manifests that name them. */
import { createHash } from 'node:crypto'
import type { Manifest, ModelEntry } from 'candlewick/registry'
import { sampleEntry, sampleManifest } from '../unit/registry/sample-manifest.ts'
import type { ModelHost } from './host.ts'

export const chunkBytes = 65_536

/** A version, with the bytes of its file. */
export interface TestModel {
  readonly id: string
  readonly entry: ModelEntry
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where the host offers the bytes. */
  readonly path: string
  readonly sha256: string
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const scaler = new TextEncoder().encode('{"mean":[0,1],"scale":[1,2]}')

/** The scaler that all versions share. */
export const scalerFile = { path: '/files/scaler.json', sha256: sha256(scaler) } as const

/** Bytes that do not repeat, by xorshift32. */
export function seededBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = (seed * 2_654_435_761) >>> 0 || 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return new Uint8Array(words.buffer, 0, length).slice()
}

/** A model of so many chunks, of which the last may be a part. */
export function makeModel(version: string, chunks = 2, chunkSize: number = chunkBytes): TestModel {
  const bytes = seededBytes(
    chunks * chunkSize,
    Number.parseInt(sha256(new TextEncoder().encode(version)).slice(0, 8), 16),
  )
  const hash = sha256(bytes)
  const chunkSha256 = Array.from({ length: Math.ceil(chunks) }, (_, i) =>
    sha256(bytes.subarray(i * chunkSize, (i + 1) * chunkSize)),
  )
  const path = `/files/${version}.onnx`
  const entry = sampleEntry({
    version,
    artifact: { url: path, size: bytes.byteLength, sha256: hash, chunkSize, chunkSha256 },
    scaler: { url: scalerFile.path, size: scaler.byteLength, sha256: scalerFile.sha256 },
    golden: [],
  })
  return { id: `${entry.name}_v${version}`, entry, bytes, path, sha256: hash }
}

/** A manifest of these models. */
export function manifestOf(models: readonly TestModel[], changes: Partial<Manifest> = {}): Manifest {
  return { ...sampleManifest(), expires: '2126-01-01T00:00:00Z', models: models.map(({ entry }) => entry), ...changes }
}

/** Offers models and an unsigned manifest of them. */
export function offer(host: ModelHost, models: readonly TestModel[], changes: Partial<Manifest> = {}): void {
  offerFiles(host, models)
  host.put('/manifest.json', JSON.stringify(manifestOf(models, changes)), 'application/json')
}

/** Offers the files of models. */
export function offerFiles(host: ModelHost, models: readonly TestModel[]): void {
  host.put(scalerFile.path, scaler, 'application/json')
  for (const { path, bytes } of models) host.put(path, bytes)
}
