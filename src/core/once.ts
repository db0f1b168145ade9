/** One flight per key: callers that ask while it is under way share it; a failure is forgotten, so the next call tries again. */
export class Flights<T> {
  readonly #flights = new Map<string, Promise<T>>()

  /** Joins the flight of this key, or starts it. */
  run(key: string, start: () => Promise<T>): Promise<T> {
    const running = this.#flights.get(key)
    if (running !== undefined) return running
    const flight = start().finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }
}
