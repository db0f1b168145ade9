/** One at a time, in order of asking. A task that fails does not poison the ones behind it. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve()

  /** Runs the task when all earlier ones have settled. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
