/**
 * The bytes of a store in IndexedDB: pieces in its table, or in files whose names the table keeps. A piece is there from
 * the moment its row is committed, wherever it lies, so nothing can be half written, and both kinds mix.
 */
import { isCandlewickError, reasonOf } from '../../core/errors.ts'
import { areWhole, exactCopy } from './chunks.ts'
import { type Connection, isNoRoom, nameOf, settle } from './connection.ts'
import {
  type FoundPiece,
  putPiece,
  readFileNames,
  readPiece,
  readPieces,
  type ScatteredBlob,
} from './indexeddb-pieces.ts'
import type { Database, Reading, TableName } from './indexeddb-schema.ts'
import type { ChunkFiles } from './opfs-chunks.ts'

const noRoom = (): number => 0

/** Keeps pieces. Until {@link IndexedDbBytes.useFiles} is called, new ones go into the table. */
export class IndexedDbBytes {
  readonly #connection: Connection<Database>
  readonly #files: ChunkFiles
  /** Where new pieces go. */
  place: 'indexeddb' | 'opfs' = 'indexeddb'
  /** Why they do not go into files, where they should. */
  problem: string | undefined

  constructor(connection: Connection<Database>, files: ChunkFiles) {
    this.#connection = connection
    this.#files = files
  }

  /** Puts new pieces into files from now on, if that can be, and begins to remove files that nothing knows. */
  async useFiles(): Promise<void> {
    this.problem = await this.#files.obstacle()
    if (this.problem !== undefined) return
    this.place = 'opfs'
    // Nobody waits for it, and what it cannot do now is done at the next opening.
    this.#files.clean(() => this.#read(['chunks'], readFileNames)).catch(() => undefined)
  }

  async put(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const copy = exactCopy(bytes)
    const filed = this.place === 'opfs' && (await this.#putFile(sha256, index, copy))
    if (!filed) await this.#putRow(sha256, index, copy.buffer)
  }

  async get(sha256: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#twice(async () => {
      const piece = await this.#read(['chunks'], (reading) => readPiece(reading, sha256, index))
      if (typeof piece !== 'string') return piece && new Uint8Array(piece)
      const [file] = await this.#files.open([piece])
      return file && new Uint8Array(await file.arrayBuffer())
    })
  }

  async getAll(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#twice(async () => {
      const found = await this.#read(['blobs', 'chunks'], (reading) => readPieces(reading, sha256))
      return found === undefined || found instanceof Uint8Array ? found : this.#join(found)
    })
  }

  /** Removes files of which no row speaks any more. */
  removeFiles(names: readonly string[]): Promise<void> {
    return this.#files.remove(names)
  }

  /** @returns whether it is done; otherwise the table is to take the piece */
  async #putFile(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.#files.keep(async () => {
        const name = await this.#files.write(bytes)
        try {
          await this.#putRow(sha256, index, name)
        } catch (error) {
          await this.#files.remove([name])
          throw error
        }
      })
      return true
    } catch (error) {
      if (isCandlewickError(error) || isNoRoom(error)) throw await this.#connection.failure(error, bytes.byteLength)
      this.place = 'indexeddb'
      this.problem = reasonOf(error)
      return false
    }
  }

  async #putRow(sha256: string, index: number, piece: FoundPiece): Promise<void> {
    const files = await this.#connection.run(
      () => (typeof piece === 'string' ? 0 : piece.byteLength),
      (database) => {
        const writing = database.write(['chunks'], 'relaxed')
        return settle(writing, () => putPiece(writing, sha256, index, piece))
      },
    )
    await this.#files.remove(files)
  }

  /** The browser joins files faster than we can: one read, one buffer. */
  async #join({ record, pieces }: ScatteredBlob): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const files = await this.#files.open(pieces.filter((piece) => typeof piece === 'string'))
    const parts = pieces.map((piece) => (typeof piece === 'string' ? files.shift()! : new Blob([piece])))
    const lengths = parts.map(({ size }) => size)
    if (!areWhole(lengths, record)) return undefined
    return new Uint8Array(await new Blob(parts).arrayBuffer())
  }

  /**
   * Reads from files, once more where it fails: between the row and its file another tab may have dropped the blob, and
   * may be storing it anew. A file that is gone while its row is not is a missing piece.
   */
  async #twice<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      if (isCandlewickError(error)) throw error
    }
    try {
      return await read()
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return undefined
      throw await this.#connection.failure(error)
    }
  }

  #read<T>(tables: readonly TableName[], work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#connection.run(noRoom, (database) => {
      const reading = database.read(tables)
      return settle(reading, () => work(reading))
    })
  }
}
