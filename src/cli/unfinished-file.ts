/** A file that has its name only when it is whole. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { CandlewickError, reasonOf } from '../core/errors.ts'

/** A file being written beside the place where it will stand. */
export class UnfinishedFile {
  readonly #path: string
  readonly #present: string
  readonly #handle: FileHandle

  private constructor(path: string, present: string, handle: FileHandle) {
    this.#path = path
    this.#present = present
    this.#handle = handle
  }

  /** @throws `file/unwritable`, as all methods do */
  static async create(path: string): Promise<UnfinishedFile> {
    const present = `${path}.${process.pid}.part`
    return new UnfinishedFile(path, present, await writing(path, open(present, 'wx')))
  }

  /** Adds bytes; wait for it before the next. */
  async write(bytes: Uint8Array): Promise<void> {
    await writing(this.#path, this.#handle.writeFile(bytes))
  }

  /** Puts the whole file in its place; one that stood there is replaced. */
  async complete(): Promise<void> {
    await writing(this.#path, this.#handle.sync())
    await writing(this.#path, this.#handle.close())
    await writing(this.#path, rename(this.#present, this.#path))
  }

  /** Removes the file. Does nothing once it is complete. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    await rm(this.#present, { force: true })
  }
}

async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new CandlewickError('file/unwritable', { path, reason: reasonOf(cause) }, { cause })
  }
}
