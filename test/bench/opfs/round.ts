/** One round, in the thread that calls it: reads what the round before has stored, then stores it anew. */
import { openIndexedDbStore } from 'candlewick/registry'

/** Where bytes lie. */
export type Place = 'indexeddb' | 'opfs'

/** What one round takes, in ms; the first one has nothing to read. */
export interface Timing {
  readonly place: Place
  readonly getMs: number | undefined
  readonly putMs: number
}

export const megabytes = 45
const size = megabytes * 1_048_576
const chunkBytes = 4_194_304
const sha256 = 'a'.repeat(64)

/** Bytes that no storage can compress. */
function noise(): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4)
  let state = 7
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    words[i] = state ^ (state >>> 15)
  }
  return new Uint8Array(words.buffer)
}

const same = (a: Uint8Array<ArrayBuffer> | undefined, b: Uint8Array<ArrayBuffer>): boolean => {
  if (a?.byteLength !== b.byteLength) return false
  const [left, right] = [a, b].map((bytes) => new Uint32Array(bytes.buffer))
  return left!.every((word, i) => word === right![i])
}

/** Measures one place. */
export async function measure(place: Place): Promise<Timing> {
  const bytes = noise()
  const store = await openIndexedDbStore({ name: `bench-${place}`, bytesIn: place })
  if (store.bytesIn !== place) throw new Error(store.bytesProblem)
  const chunkCount = Math.ceil(size / chunkBytes)
  const record = { sha256, size, state: 'ready', chunkBytes, chunkCount, url: '', storedAt: 0 } as const
  const { blobs } = await store.read({ blobs: [sha256] })
  let getMs: number | undefined
  if (blobs.has(sha256)) {
    const began = performance.now()
    const back = await store.getBytes(sha256)
    getMs = performance.now() - began
    if (!same(back, bytes)) throw new Error(`${place} gave back other bytes`)
  }
  await store.update({}, () => ({ changes: { droppedBlobs: [sha256] }, result: undefined }))
  const began = performance.now()
  for (let i = 0; i < chunkCount; i++)
    await store.putChunk(sha256, i, bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes))
  await store.update({}, () => ({ changes: { blobs: [record] }, result: undefined }))
  const putMs = performance.now() - began
  await store.close()
  return { place, getMs, putMs }
}
