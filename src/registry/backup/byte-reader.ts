/** Reads a backup from its beginning to its end, a piece at a time, and hashes everything that was taken. */
import { sha256 } from '@noble/hashes/sha2.js'

import { abortable } from '../../core/abort.ts'
import { CandlewickError, reasonOf } from '../../core/errors.ts'

/** Where the bytes of a backup or of a bundle come from. */
export type ByteSource = ReadableStream<Uint8Array> | Blob | Uint8Array<ArrayBuffer>

/** The error for what is no backup, or no longer one. `offset` is in bytes. */
export function invalidBackup(
  reason: string,
  offset?: number,
  options?: ErrorOptions,
): CandlewickError<'backup/invalid'> {
  return new CandlewickError('backup/invalid', { reason, offset }, options)
}

const empty = new Uint8Array(0)

/** So that an abort is heard in the middle of a source that is one piece. */
const longestPiece = 4_194_304

/** Takes bytes off a source in order. Every method throws `backup/invalid` where the source ends too early or fails. */
export class ByteReader {
  readonly #signal: AbortSignal | undefined
  readonly #hash = sha256.create()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #rest: Uint8Array = empty
  #offset = 0

  constructor(source: ByteSource, signal: AbortSignal | undefined) {
    this.#signal = signal
    if (source instanceof Uint8Array) {
      this.#rest = source
      return
    }
    try {
      this.#reader = (source instanceof Blob ? source.stream() : source).getReader()
    } catch (cause) {
      throw invalidBackup(`it cannot be read: ${reasonOf(cause)}`, 0, { cause })
    }
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset
  }

  /** The hash of the bytes taken so far. */
  digest(): Uint8Array {
    return this.#hash.clone().digest()
  }

  /** One line, without its end. */
  async line(limit: number): Promise<string> {
    const bytes: number[] = []
    while (bytes.length <= limit) {
      const [byte] = await this.#take(1)
      if (byte === 0x0a) return String.fromCharCode(...bytes)
      bytes.push(byte!)
    }
    throw invalidBackup(`its first line has more than ${limit} bytes`, 0)
  }

  /** The next bytes, as the caller's own. */
  async exactly(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count)
    let at = 0
    for await (const piece of this.pieces(count)) {
      bytes.set(piece, at)
      at += piece.byteLength
    }
    return bytes
  }

  /** The next bytes as they come; each piece holds until the next one is asked for. */
  async *pieces(count: number): AsyncGenerator<Uint8Array, void, void> {
    let due = count
    while (due > 0) {
      const piece = await this.#take(Math.min(due, longestPiece))
      due -= piece.byteLength
      yield piece
    }
  }

  /** Refuses a source that goes on. */
  async end(): Promise<void> {
    const at = this.#offset
    if (await this.#fill()) throw invalidBackup('it goes on after its end', at)
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    // What the source says to that changes nothing any more.
    await this.#reader?.cancel().catch(() => undefined)
  }

  async #take(most: number): Promise<Uint8Array> {
    if (!(await this.#fill())) throw invalidBackup('it ends too early', this.#offset)
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.byteLength)
    this.#offset += piece.byteLength
    this.#hash.update(piece)
    return piece
  }

  /** Whether there is at least one more byte. */
  async #fill(): Promise<boolean> {
    this.#signal?.throwIfAborted()
    while (this.#rest.byteLength === 0) {
      const chunk = await this.#read()
      if (chunk === undefined) return false
      this.#rest = chunk
    }
    return true
  }

  async #read(): Promise<Uint8Array | undefined> {
    if (this.#reader === undefined) return undefined
    let chunk: unknown
    try {
      const { done, value } = await abortable(this.#reader.read(), this.#signal)
      if (done) return undefined
      chunk = value
    } catch (cause) {
      this.#signal?.throwIfAborted()
      throw invalidBackup(`it cannot be read on: ${reasonOf(cause)}`, this.#offset, { cause })
    }
    if (chunk instanceof Uint8Array) return chunk
    throw invalidBackup('its stream gives something else than bytes', this.#offset)
  }
}
