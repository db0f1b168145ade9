/**
 * Pieces of blobs as files in the Origin Private File System. No name is used twice, so whoever removes a file can hit
 * nobody else's; which files count is said by whoever keeps their names.
 */
import { reasonOf } from '../../core/errors.ts'

const folderName = 'candlewick-chunks'

/** The files that belong to one database. */
export class ChunkFiles {
  readonly #database: string
  readonly #lock: string

  /** @param database its name */
  constructor(database: string) {
    // Encoded, because a folder may not have every name; not by itself, because "." stays as it is.
    this.#database = `of-${encodeURIComponent(database)}`
    this.#lock = `${folderName}:${database}`
  }

  /** Why no files can be written here; `undefined` where they can. */
  async obstacle(): Promise<string | undefined> {
    if (globalThis.navigator?.storage?.getDirectory === undefined) return 'there is no Origin Private File System'
    if (globalThis.navigator.locks === undefined) return 'there are no Web Locks'
    if (!('createWritable' in FileSystemFileHandle.prototype)) return 'files cannot be written from every thread'
    try {
      await this.#folder(true)
      return undefined
    } catch (error) {
      return `the Origin Private File System refuses: ${reasonOf(error)}`
    }
  }

  /**
   * Writes a file that is whole or not there at all. Call it inside {@link keep}, and keep its name there too.
   *
   * @returns its name
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const folder = await this.#folder(true)
    const name = crypto.randomUUID()
    try {
      const handle = await folder.getFileHandle(name, { create: true })
      // A synchronous handle would be no faster, exists in workers only, and locks all others out while it is open.
      const stream = await handle.createWritable()
      try {
        await stream.write(bytes)
      } catch (error) {
        await stream.abort().catch(() => undefined)
        throw error
      }
      await stream.close()
      return name
    } catch (error) {
      await this.remove([name])
      throw error
    }
  }

  /** Opens files for reading; throws `NotFoundError` where one is gone. */
  async open(names: readonly string[]): Promise<File[]> {
    const folder = await this.#folder(false)
    return Promise.all(names.map(async (name) => (await folder.getFileHandle(name)).getFile()))
  }

  /** Removes files. One that cannot be removed now is found by {@link clean} later. */
  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    const folder = await this.#folder(false).catch(() => undefined)
    if (folder !== undefined) await Promise.allSettled(names.map((name) => folder.removeEntry(name)))
  }

  /** Runs work that writes files and keeps their names: meanwhile none of them is taken for an orphan, in no tab. */
  async keep<T>(work: () => Promise<T>): Promise<T> {
    return await navigator.locks.request(this.#lock, { mode: 'shared' }, work)
  }

  /**
   * Removes files that nobody knows, such as a crash leaves. Where a tab is just writing, it is left for another time.
   *
   * @param known asks for the names that are kept
   */
  async clean(known: () => Promise<ReadonlySet<string>>): Promise<void> {
    await navigator.locks.request(this.#lock, { ifAvailable: true }, async (lock) => {
      if (lock === null) return
      const folder = await this.#folder(false)
      const kept = await known()
      const orphans: string[] = []
      for await (const name of folder.keys()) if (!kept.has(name)) orphans.push(name)
      await this.remove(orphans)
    })
  }

  /** Looked up anew each time: one that was held would be of no use after the site's data were cleared. */
  async #folder(create: boolean): Promise<FileSystemDirectoryHandle> {
    const root = await navigator.storage.getDirectory()
    const all = await root.getDirectoryHandle(folderName, { create })
    return all.getDirectoryHandle(this.#database, { create })
  }
}
