/** Opens the store in a worker, stores a piece and reads a blob. */
import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'

/** What it is asked to do. */
export interface Errand {
  readonly name: string
  readonly put: { readonly sha256: string; readonly index: number; readonly bytes: Uint8Array<ArrayBuffer> }
  readonly read: string
}

async function run({ name, put, read }: Errand): Promise<unknown> {
  const store = await openIndexedDbStore({ name, bytesIn: 'opfs' })
  await store.putChunk(put.sha256, put.index, put.bytes)
  const bytes = await store.getBytes(read)
  await store.close()
  return { bytesIn: store.bytesIn, bytes }
}

addEventListener('message', ({ data }: MessageEvent<Errand>) => {
  run(data).then(postMessage, reportError)
})
