/** Windows side by side, as a model runs them, in memory that every batch uses again. */
export class WindowBuffer {
  #values = new Float32Array(0)
  #used = 0
  #count = 0

  /** Windows in it. */
  get count(): number {
    return this.#count
  }

  /** The windows, one after another: a view that the next {@link put} may change. */
  get windows(): Float32Array {
    return this.#values.subarray(0, this.#used)
  }

  /**
   * Adds a copy of a window.
   *
   * @param most windows that will be in it at the same time; it decides how much memory is taken where there is too little
   */
  put(window: Float32Array, most: number): void {
    const used = this.#used + window.length
    if (used > this.#values.length) {
      const wider = new Float32Array(Math.max(used, most * window.length))
      wider.set(this.windows)
      this.#values = wider
    }
    this.#values.set(window, this.#used)
    this.#used = used
    this.#count += 1
  }

  /** Empties it. */
  clear(): void {
    this.#used = 0
    this.#count = 0
  }
}
