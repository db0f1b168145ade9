/** What the benchmark times inside the browser: the registry, and beside it the bare work that nobody can do without. */
import { openIndexedDbStore, sha256Hex } from 'candlewick/registry'
import '../../storage/page/page.ts'
import { readChunks, type ReadMode, writeChunks } from './raw-chunks.ts'

const timed = async <T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> => {
  const began = performance.now()
  const value = await work()
  return { ms: performance.now() - began, value }
}

/** Every function gives ms. */
const bench = {
  /** Opens the registry where its manifest is known already. */
  async open(): Promise<number> {
    return (await timed(() => window.tab.open())).ms
  },

  async install(id: string): Promise<number> {
    return (await timed(() => window.tab.registry.install(id))).ms
  },

  /** From the call to verified bytes. */
  async load(id: string): Promise<{ ms: number; source: string }> {
    const { ms, value } = await timed(() => window.tab.registry.load(id))
    return { ms, source: value.source }
  },

  /** The two halves of a warm load, by the store's own reading. */
  async readAndHash(sha256: string): Promise<{ readMs: number; hashMs: number }> {
    const store = await openIndexedDbStore()
    const { ms: readMs, value: bytes } = await timed(() => store.getBytes(sha256))
    if (bytes === undefined) throw new Error('The bytes are not in the store.')
    const { ms: hashMs, value } = await timed(() => sha256Hex(bytes))
    await store.close()
    if (value !== sha256) throw new Error('The bytes are others.')
    return { readMs, hashMs }
  },

  /** Fetch and hash, and nothing kept. */
  async fetchBare(url: string): Promise<number> {
    const work = async (): Promise<string> => {
      const response = await fetch(url, { cache: 'no-store' })
      return sha256Hex(new Uint8Array(await response.arrayBuffer()))
    }
    return (await timed(work)).ms
  },

  /** Fetch, hash, and write in pieces to a database with no rules. */
  async fetchAndWriteBare(url: string, chunkBytes: number): Promise<number> {
    const work = async (): Promise<void> => {
      const response = await fetch(url, { cache: 'no-store' })
      const buffer = await response.arrayBuffer()
      await sha256Hex(new Uint8Array(buffer))
      await writeChunks(buffer, chunkBytes)
    }
    return (await timed(work)).ms
  },

  /** The registry's own pieces, read past the registry into one buffer. */
  async readBare(sha256: string, size: number, mode: ReadMode): Promise<number> {
    return readChunks(sha256, size, mode)
  },

  async rollback(): Promise<number> {
    return (await timed(() => window.tab.registry.rollback())).ms
  },

  async promote(id: string): Promise<number> {
    return (await timed(() => window.tab.registry.promote(id, { force: true, reason: 'benchmark' }))).ms
  },
}

declare global {
  interface Window {
    readonly bench: typeof bench
  }
}

Object.defineProperty(window, 'bench', { value: bench })
