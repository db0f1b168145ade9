/** Keeps one connection, opens it when it is needed and again when the platform has ended it. */
import { CandlewickError, isCandlewickError, reasonOf } from '../../core/errors.ts'

/** What is thrown inside a transaction to end it for a reason of the caller's, which is its `cause`. */
export class Refusal extends Error {}

/** The name of a thrown error; empty for anything else. */
export const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '')

/**
 * Runs work in a transaction and waits until it is committed. Near the quota a browser may report no request's failure
 * but only the transaction's, and the requests then say no more than `AbortError`.
 */
export async function settle<T>(
  transaction: { readonly done: Promise<void>; abort(): void },
  work: () => Promise<T>,
): Promise<T> {
  const ended = transaction.done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  let outcome: { readonly value: T } | { readonly thrown: unknown }
  try {
    outcome = { value: await work() }
  } catch (thrown) {
    outcome = { thrown }
    try {
      transaction.abort()
    } catch {
      // It has ended by itself.
    }
  }
  const failed = await ended
  if (failed !== undefined && nameOf(failed.error) !== 'AbortError') throw failed.error
  if ('thrown' in outcome) throw outcome.thrown
  if (failed !== undefined) throw failed.error
  return outcome.value
}

// What a connection answers that the platform has ended, and a transaction that ended with it.
const lost = new Set(['InvalidStateError', 'TransactionInactiveError', 'UnknownError', 'AbortError'])

/** Whether the platform had no room for what was written. */
export const isNoRoom = (thrown: unknown): boolean => nameOf(thrown) === 'QuotaExceededError'

async function freeBytes(): Promise<number | undefined> {
  try {
    const { quota, usage } = await navigator.storage.estimate()
    return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage)
  } catch {
    return undefined
  }
}

/** One connection to one database, shared by all calls. */
export class Connection<D extends { close(): void }> {
  readonly #label: string
  readonly #open: (onLost: () => void) => Promise<D>
  readonly #leave = (): void => void this.#disconnect(this.#opened)
  #opened: Promise<D> | undefined
  #closed = false

  /**
   * @param label names the database in errors
   * @param open opens it; `onLost` is to be called when the connection has ended by itself
   */
  constructor(label: string, open: (onLost: () => void) => Promise<D>) {
    this.#label = label
    this.#open = open
    // A page that is kept for going back must hold no connection, or other tabs wait for a page that does not run.
    if (hasPageHide()) addEventListener('pagehide', this.#leave)
  }

  /**
   * Runs work on the connection; one that the platform ended is opened again, once.
   *
   * @param neededBytes what the work needs room for, asked when there is none
   * @throws the cause of a {@link Refusal}, untouched; else `store/unavailable`, `store/quota-exceeded`
   */
  async run<T>(neededBytes: () => number, work: (database: D) => Promise<T>): Promise<T> {
    for (let retried = false; ; retried = true) {
      if (this.#closed) throw this.#unavailable('it was closed')
      const opened = this.#connect()
      try {
        return await work(await opened)
      } catch (cause) {
        if (cause instanceof Refusal) throw cause.cause
        // After a failed write a connection may answer nothing but errors, so the next call gets a new one.
        await this.#disconnect(opened)
        if (isCandlewickError(cause) || isNoRoom(cause) || retried || !lost.has(nameOf(cause)))
          throw await this.failure(cause, neededBytes())
      }
    }
  }

  /** What the store throws for a cause: `store/quota-exceeded`, or else `store/unavailable`. */
  async failure(cause: unknown, neededBytes = 0): Promise<CandlewickError> {
    if (isCandlewickError(cause)) return cause
    if (!isNoRoom(cause)) return this.#unavailable(reasonOf(cause), cause)
    return new CandlewickError('store/quota-exceeded', { neededBytes, freeBytes: await freeBytes() }, { cause })
  }

  /** Ends the connection for good. Closing twice is no error. */
  async close(): Promise<void> {
    this.#closed = true
    if (hasPageHide()) removeEventListener('pagehide', this.#leave)
    await this.#disconnect(this.#opened)
  }

  #connect(): Promise<D> {
    // The promise is kept, not the connection: of several openings that race, only the first hears of trouble.
    const opened = (this.#opened ??= this.#open(() => {
      if (this.#opened === opened) this.#opened = undefined
    }))
    return opened
  }

  async #disconnect(opened: Promise<D> | undefined): Promise<void> {
    if (this.#opened === opened) this.#opened = undefined
    const database = await opened?.catch(() => undefined)
    database?.close()
  }

  #unavailable(reason: string, cause?: unknown): CandlewickError<'store/unavailable'> {
    return new CandlewickError('store/unavailable', { store: this.#label, reason }, { cause })
  }
}

/** Pages have the event, workers and Node have not. */
const hasPageHide = (): boolean => 'onpagehide' in globalThis
