/** Opens the store in a worker, stores pieces one by one, telling of each, and reads a blob. */
import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'

/** What it is asked to do. */
export interface Errand {
  readonly name: string
  readonly puts: readonly { readonly sha256: string; readonly index: number; readonly bytes: Uint8Array<ArrayBuffer> }[]
  readonly read?: string
}

/** How many pieces it has stored; at the end also what it has read. */
export interface Reply {
  readonly done: number
  readonly bytesIn?: string
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined
}

const reply = (message: Reply): void => postMessage(message)

async function run({ name, puts, read }: Errand): Promise<void> {
  const store = await openIndexedDbStore({ name, bytesIn: 'opfs' })
  let done = 0
  reply({ done })
  for (const { sha256, index, bytes } of puts) {
    await store.putChunk(sha256, index, bytes)
    done += 1
    reply({ done })
  }
  const bytes = read === undefined ? undefined : await store.getBytes(read)
  reply({ done, bytesIn: store.bytesIn, bytes })
  await store.close()
}

addEventListener('message', ({ data }: MessageEvent<Errand>) => {
  run(data).catch(reportError)
})
