/** The last rows of scaled features of one symbol, always in one piece, so that the model reads them without copying. */

/** The state of a window: plain data that survives structured cloning. */
export interface WindowSnapshot {
  /** Complete rows, oldest first. */
  readonly rows: Float32Array
}

/** Writes one row at an offset of the array it is given. */
export type WriteRow = (out: Float32Array, at: number) => void

/**
 * A ring in which every row stands twice, one window apart: whatever row is the oldest, the window that starts there is
 * contiguous.
 */
export class FeatureWindow {
  /** Rows of a window. */
  readonly length: number
  /** Values of a row. */
  readonly width: number
  readonly #rows: Float32Array
  /** Slot of the oldest row, which the next one replaces. */
  #oldest = 0
  #filled = 0

  constructor(length: number, width: number) {
    this.length = length
    this.width = width
    this.#rows = new Float32Array(2 * length * width)
  }

  /** True once every row of the window has been written. */
  get complete(): boolean {
    return this.#filled === this.length
  }

  /**
   * Adds a row. Where `write` throws, the row is missing and the window starts over: it must never hold a hole.
   */
  push(write: WriteRow): void {
    const at = this.#oldest * this.width
    try {
      write(this.#rows, at)
    } catch (error) {
      this.#filled = 0
      throw error
    }
    this.#rows.copyWithin(at + this.length * this.width, at, at + this.width)
    this.#oldest = (this.#oldest + 1) % this.length
    this.#filled = Math.min(this.#filled + 1, this.length)
  }

  /** The window, oldest row first: a view that the next {@link push} changes. */
  view(): Float32Array {
    const start = this.#oldest * this.width
    return this.#rows.subarray(start, start + this.length * this.width)
  }

  /** True once a forming row would complete the window. */
  get completeWithNext(): boolean {
    return this.#filled >= this.length - 1
  }

  /**
   * The window as it would be after one more row. The second copy of the oldest row makes room for it: the next
   * {@link push} overwrites that copy before anything reads it.
   */
  preview(write: WriteRow): Float32Array {
    const start = (this.#oldest + 1) * this.width
    write(this.#rows, start + (this.length - 1) * this.width)
    return this.#rows.subarray(start, start + this.length * this.width)
  }

  /** A copy of the rows it holds. */
  snapshot(): WindowSnapshot {
    // The rows written last stand at the end of the window, whether it is full or not.
    return { rows: this.view().slice((this.length - this.#filled) * this.width) }
  }

  /**
   * Takes up saved rows; the present ones are lost.
   *
   * @returns false, and changes nothing, where they do not fit
   */
  restore({ rows }: WindowSnapshot): boolean {
    const count = rows.length / this.width
    if (!Number.isSafeInteger(count) || count > this.length) return false
    this.#filled = 0
    for (let row = 0; row < count; row++)
      this.push((out, at) => out.set(rows.subarray(row * this.width, (row + 1) * this.width), at))
    return true
  }
}
