/** Open models: the least recently used ones make way for others, and never one that is at work. */
import { abortable } from '../core/abort.ts'

/** A model that is ready to run. */
export interface ModelSessionLike {
  /** What runs it, such as `wasm`. */
  readonly backend: string
  /**
   * Runs the model.
   *
   * @param input `count` inputs behind each other, each in the order of the model's input
   * @returns `count` outputs behind each other; the caller's own
   */
  predict(input: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array>
  release(): Promise<void>
  /** Whether what ran it is gone, such as a worker that died: it is not handed out again. */
  readonly lost?: boolean | undefined
}

/** How many models stay open. */
export interface SessionLimits {
  /** Default 5. */
  readonly count: number
  /** Sum of the sizes of the ONNX files. Default 512 MiB. */
  readonly bytes: number
}

/** The default limits. */
export const defaultSessionLimits: SessionLimits = { count: 5, bytes: 536_870_912 }

interface Entry {
  readonly key: string
  readonly bytes: number
  readonly opening: Promise<ModelSessionLike>
  /** Ends the opening when nobody waits for it any more. */
  readonly controller: AbortController
  /** Set once it is open. */
  session?: ModelSessionLike
  users: number
  /** It is open only for those who use it now. */
  doomed: boolean
}

/** A session in use; it stays open until every lease of it has ended. */
export interface Lease {
  readonly session: ModelSessionLike
  /** Ends the use. Calling it again does nothing. */
  end(): Promise<void>
}

/** Keeps sessions open by key, the most recently used last. */
export class SessionCache {
  readonly #limits: SessionLimits
  readonly #entries = new Map<string, Entry>()

  constructor(limits: SessionLimits = defaultSessionLimits) {
    this.#limits = limits
  }

  /** Keys of the sessions that are open, the least recently used first. */
  get open(): readonly string[] {
    return [...this.#entries.keys()]
  }

  /**
   * Takes the session of this key into use, opening it where it is not open. A failure to open is forgotten. Whoever leaves
   * while it is being opened leaves alone; with the last of them the opening ends.
   *
   * @throws what `open` throws; the signal's reason when aborted
   */
  async lease(
    key: string,
    bytes: number,
    open: (signal: AbortSignal) => Promise<ModelSessionLike>,
    signal?: AbortSignal,
  ): Promise<Lease> {
    const entry = this.#living(key) ?? start(key, bytes, open)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.users += 1
    try {
      const session = await abortable(entry.opening, signal)
      entry.session = session
      await this.#evict()
      let ended = false
      const end = async (): Promise<void> => {
        if (ended) return
        ended = true
        await this.#leave(entry)
      }
      return { session, end }
    } catch (error) {
      entry.users -= 1
      if (signal?.aborted !== true || entry.users === 0) this.#giveUp(entry, error)
      throw error
    }
  }

  /** Closes every session that nobody uses; the others close when their last user ends. Stored bytes stay. */
  async clear(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const entry of entries) entry.doomed = true
    await Promise.all(entries.filter(({ users }) => users === 0).map(close))
  }

  /** The entry of this key, unless what ran it is gone, and with that all that it held. */
  #living(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry?.session?.lost !== true) return entry
    this.#entries.delete(key)
    entry.doomed = true
    return undefined
  }

  /** Forgets a session that failed to open, or that nobody waits for any more. */
  #giveUp(entry: Entry, reason: unknown): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
    entry.controller.abort(reason)
    // It may have been open already when the last one left; nobody is there to hear that its end failed.
    if (entry.users === 0) close(entry).catch(() => undefined)
  }

  async #leave(entry: Entry): Promise<void> {
    entry.users -= 1
    if (entry.users > 0) return
    if (entry.doomed) await close(entry)
    else await this.#evict()
  }

  async #evict(): Promise<void> {
    const closing: Promise<void>[] = []
    for (const entry of this.#entries.values()) {
      if (!this.#overLimit()) break
      if (entry.users > 0) continue
      this.#entries.delete(entry.key)
      closing.push(close(entry))
    }
    await Promise.all(closing)
  }

  #overLimit(): boolean {
    let bytes = 0
    for (const entry of this.#entries.values()) bytes += entry.bytes
    return this.#entries.size > this.#limits.count || bytes > this.#limits.bytes
  }
}

function start(key: string, bytes: number, open: (signal: AbortSignal) => Promise<ModelSessionLike>): Entry {
  const controller = new AbortController()
  return { key, bytes, opening: open(controller.signal), controller, users: 0, doomed: false }
}

async function close({ opening }: Entry): Promise<void> {
  const session = await opening.catch(() => undefined)
  await session?.release()
}
