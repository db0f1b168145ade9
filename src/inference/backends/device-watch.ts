/** Ends the calls to a device that was taken away: a lost graphics card may leave the runtime waiting for ever. */
import { CandlewickError } from '../../core/errors.ts'

/** What is freed when its device is gone. */
export interface OnDevice {
  free(): Promise<void>
}

/** A device often fails a call a moment before it is reported as lost. */
const reportMs = 100

/** The calls under way on one device, and whether it is lost. Without a device it lets everything through. */
export class DeviceWatch {
  /** What lives on the device. */
  readonly sessions: Set<OnDevice> = new Set()
  readonly #pending = new Set<(loss: CandlewickError) => void>()
  #lost: Promise<void> | undefined
  #loss: CandlewickError<'backend/lost'> | undefined

  /** Why nothing runs any more; undefined while the device is there. */
  get loss(): CandlewickError<'backend/lost'> | undefined {
    return this.#loss
  }

  /** Watches a device that nobody here destroys: its end is a loss, whatever the reason given. */
  over(backend: string, lost: Promise<{ readonly reason: string; readonly message: string }>): void {
    this.#lost = this.#await(backend, lost)
  }

  async #await(backend: string, lost: Promise<{ readonly reason: string; readonly message: string }>): Promise<void> {
    const { reason, message } = await lost
    const text = [reason, message.trim().replace(/\.+$/, '')].filter((part) => part !== '').join(': ')
    this.#lose(new CandlewickError('backend/lost', { backend, reason: text }))
  }

  #lose(loss: CandlewickError<'backend/lost'>): void {
    this.#loss = loss
    for (const fail of this.#pending) fail(loss)
    this.#pending.clear()
    // Behind a run that never ends this waits for ever, and nobody waits for it.
    for (const session of this.sessions) session.free().catch(() => undefined)
  }

  /** Waits until a loss that is under way would have been reported. */
  async settle(): Promise<void> {
    if (this.#lost === undefined) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, reportMs)
    })
    await Promise.race([this.#lost, waited])
    clearTimeout(timer)
  }

  /**
   * Settles as the work does, unless the device is lost first.
   *
   * @throws `backend/lost`
   */
  guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#loss !== undefined) return Promise.reject(this.#loss)
    // A set, and not a race with one long-lived promise: that would keep a trace of every call ever made.
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject)
      work()
        .finally(() => this.#pending.delete(reject))
        .then(resolve, reject)
    })
  }
}
