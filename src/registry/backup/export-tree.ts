/** Writes the classic folder of models as a zip, a piece at a time. */
import { Zip, ZipPassThrough } from 'fflate'

import { CandlewickError } from '../../core/errors.ts'
import type { BlobRecord, ModelRecord } from '../records.ts'
import { allRecords } from '../resolve.ts'
import type { RegistryStore } from '../store.ts'
import { type Inventory, provenPieces, takeInventory } from './stored-bytes.ts'
import { foldersOf, indexEntryOf, indexName, metadataFileOf, treeFiles } from './tree-form.ts'
import type { BackupOptions } from './write-backup.ts'

interface TreeFile {
  readonly path: string
  readonly content: Uint8Array | BlobRecord
}

// A zip counts bytes in 32 bits and files in 16.
const largestZip = 4_000_000_000
const mostFiles = 65_000
// A zip has no dates before 1980.
const earliest = Date.UTC(1980, 0, 2)

/**
 * The pieces of the zip, in order.
 *
 * @throws `store/unavailable`, `backup/invalid` where bytes are lost while it is written, `platform/unsupported` for what no
 * zip can hold; the signal's reason when aborted
 */
export async function* treePieces(
  { store, now }: { readonly store: RegistryStore; readonly now: () => number },
  { scope = 'all', signal, onProgress }: BackupOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const snapshot = await store.read({ families: 'all', blobs: 'all' })
  const inventory = await takeInventory(store, snapshot, scope, {
    signal,
    onProgress: (loaded, total) => onProgress?.({ phase: 'check', loaded, total }),
  })
  const files = treeOf(allRecords(snapshot.families), inventory)
  const total = files.reduce((sum, { content }) => sum + sizeOf(content), 0)
  if (total > largestZip || files.length > mostFiles)
    throw new CandlewickError('platform/unsupported', {
      what: `a zip of ${files.length} files with ${total} bytes`,
      remedy: 'Make a backup instead, or export what is in production only.',
    })
  const zip = new Zipper(Math.max(earliest, now()))
  let loaded = 0
  for (const { path, content } of files) {
    yield* zip.begin(path)
    for await (const piece of contentOf(store, content)) {
      signal?.throwIfAborted()
      onProgress?.({ phase: 'write', loaded: (loaded += piece.byteLength), total })
      yield* zip.add(piece)
    }
    yield* zip.finish()
  }
  yield* zip.end()
}

function treeOf(records: readonly ModelRecord[], { blobs }: Inventory): TreeFile[] {
  const here = new Map(blobs.map((blob) => [blob.sha256, blob]))
  const folders = foldersOf(records.map(({ id }) => id))
  const models = records.map((record) => {
    const folder = folders.get(record.id) ?? record.id
    const paths = {
      model_path: here.has(record.artifact.sha256) ? `${folder}/${treeFiles.model}` : null,
      metadata_path: `${folder}/${treeFiles.metadata}`,
    }
    return { record, folder, entry: indexEntryOf(record, paths) }
  })
  const index = Object.fromEntries(models.map(({ entry }) => [entry.model_id, entry]))
  return [
    { path: indexName, content: jsonBytes(index) },
    ...models.flatMap(({ record, folder, entry }) => [
      ...storedFiles(record, folder, here),
      { path: `${folder}/${treeFiles.metadata}`, content: jsonBytes(metadataFileOf(record, entry)) },
    ]),
  ]
}

function storedFiles(record: ModelRecord, folder: string, here: ReadonlyMap<string, BlobRecord>): TreeFile[] {
  const { artifact, scaler, metadata } = record
  const named: readonly (readonly [string, string | undefined])[] = [
    [treeFiles.model, artifact.sha256],
    [treeFiles.scaler, scaler?.sha256],
    ...(metadata.golden ?? []).map(({ input }, run) => [treeFiles.golden(run), input.sha256] as const),
  ]
  return named.flatMap(([file, sha256]) => {
    const content = here.get(sha256 ?? '')
    return content === undefined ? [] : [{ path: `${folder}/${file}`, content }]
  })
}

const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`)

const sizeOf = (content: TreeFile['content']): number =>
  content instanceof Uint8Array ? content.byteLength : content.size

function contentOf(
  store: RegistryStore,
  content: TreeFile['content'],
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return content instanceof Uint8Array ? [content] : provenPieces(store, content)
}

/** A zip that is taken away piece by piece. Models hardly shrink, so nothing is packed. */
class Zipper {
  readonly #out: Uint8Array[] = []
  readonly #time: number
  readonly #zip = new Zip((error, data) => {
    if (error !== null) throw error
    this.#out.push(data)
  })
  #file: ZipPassThrough | undefined

  constructor(time: number) {
    this.#time = time
  }

  begin(path: string): Uint8Array[] {
    this.#file = new ZipPassThrough(path)
    this.#file.mtime = this.#time
    this.#zip.add(this.#file)
    return this.#out.splice(0)
  }

  add(piece: Uint8Array): Uint8Array[] {
    this.#file?.push(piece)
    return this.#out.splice(0)
  }

  finish(): Uint8Array[] {
    this.#file?.push(new Uint8Array(0), true)
    return this.#out.splice(0)
  }

  end(): Uint8Array[] {
    this.#zip.end()
    return this.#out.splice(0)
  }
}
