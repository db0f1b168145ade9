/** A column of numbers that grows: 8 bytes a number, and no more than twice that while it does. */

/** A growing column. */
export class GrowingColumn {
  #values: Float64Array<ArrayBuffer> = new Float64Array(256)
  #length = 0

  /** How many numbers it has. */
  get length(): number {
    return this.#length
  }

  /** The numbers so far: a view that the next {@link push} may leave behind. */
  get values(): Float64Array<ArrayBuffer> {
    return this.#values.subarray(0, this.#length)
  }

  /** Adds a number. */
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Float64Array(2 * this.#length)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[this.#length++] = value
  }
}
