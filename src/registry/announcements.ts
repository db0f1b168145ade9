/** Word to the other tabs that something changed. It is a hint only: whoever hears it reads the store again. */

/** What is said. */
export interface Announcement {
  /** The model name it concerns; absent where it may be any. */
  readonly name?: string | undefined
}

type Listener = (announcement: Announcement) => void

const canUnref = (channel: object): channel is { unref(): void } =>
  'unref' in channel && typeof channel.unref === 'function'

/** Tells listeners here and in the other tabs of the site. */
export class Announcements {
  readonly #topic: string
  readonly #listeners = new Set<Listener>()
  #channel: BroadcastChannel | undefined
  readonly #hide = (): void => this.#disconnect()
  readonly #show = (): void => this.#connect()

  constructor(namespace: string) {
    this.#topic = `candlewick:${namespace}`
    this.#connect()
    // A page in the back-forward cache must hold no channel, or the browser does not cache it.
    globalThis.addEventListener?.('pagehide', this.#hide)
    globalThis.addEventListener?.('pageshow', this.#show)
  }

  /** Listens until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  say(announcement: Announcement): void {
    this.#tell(announcement)
    this.#channel?.postMessage(announcement)
  }

  close(): void {
    this.#disconnect()
    this.#listeners.clear()
    globalThis.removeEventListener?.('pagehide', this.#hide)
    globalThis.removeEventListener?.('pageshow', this.#show)
  }

  #connect(): void {
    if (this.#channel !== undefined || typeof BroadcastChannel !== 'function') return
    const channel = new BroadcastChannel(this.#topic)
    channel.addEventListener('message', ({ data }: MessageEvent<Announcement>) => this.#tell(data))
    // In Node an open channel would keep the process alive.
    if (canUnref(channel)) channel.unref()
    this.#channel = channel
  }

  #disconnect(): void {
    this.#channel?.close()
    this.#channel = undefined
  }

  // A listener that throws is its owner's fault and must not keep the others from hearing.
  #tell(announcement: Announcement): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(announcement))
  }
}
