/** Bytes in pieces: how long each must be, and how they become one again. */
import type { BlobRecord } from '../records.ts'

/**
 * A copy with a buffer of its own and of exact length. A view would be stored with the whole buffer behind it, and
 * `slice` gives no copy on every subclass.
 */
export function exactCopy(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes)
  if (copy.byteOffset !== 0 || copy.buffer.byteLength !== bytes.byteLength)
    throw new RangeError(`A copy of ${bytes.byteLength} bytes has a buffer of ${copy.buffer.byteLength}.`)
  return copy
}

/** Into what pieces a blob is cut. */
export type BlobShape = Pick<BlobRecord, 'size' | 'chunkBytes' | 'chunkCount'>

/** Whether pieces of these lengths, in this order, are a whole blob. */
export function areWhole(lengths: readonly number[], { size, chunkBytes, chunkCount }: BlobShape): boolean {
  const due = (index: number): number => Math.min(chunkBytes, size - index * chunkBytes)
  return (
    lengths.length === chunkCount &&
    lengths.every((length, index) => length === due(index)) &&
    lengths.reduce((sum, length) => sum + length, 0) === size
  )
}

/** Makes one buffer of the pieces of a blob, which are taken in their order. */
export class Joiner {
  readonly #record: BlobShape
  readonly #bytes: Uint8Array<ArrayBuffer>
  #at = 0

  constructor(record: BlobShape) {
    this.#record = record
    this.#bytes = new Uint8Array(record.size)
  }

  /** Takes the next piece; `false` where it is missing or not as long as it must be. */
  take(piece: ArrayBuffer | Uint8Array<ArrayBuffer> | undefined): boolean {
    const { size, chunkBytes: full } = this.#record
    if (piece === undefined || piece.byteLength !== Math.min(full, size - this.#at)) return false
    this.#bytes.set(piece instanceof Uint8Array ? piece : new Uint8Array(piece), this.#at)
    this.#at += piece.byteLength
    return true
  }

  /** All bytes; `undefined` where some have not come. */
  get bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.#at === this.#record.size ? this.#bytes : undefined
  }
}
