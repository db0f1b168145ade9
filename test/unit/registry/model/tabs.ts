/** Two tabs of one site: what the platform gives them in common, and when each of their steps happens. */
import { onTestFinished } from 'vitest'

import type { ReadResource } from '../../../../src/registry/download.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'

interface Waiting {
  readonly grant: () => void
}

/** Web Locks as the platform promises them: in order of asking, given up while waiting where the signal says so. */
export class LocksInProcess {
  /** Names that were ever asked for. */
  readonly asked = new Set<string>()
  readonly #queues = new Map<string, Waiting[]>()

  readonly request = async <T>(
    name: string,
    { signal }: { readonly signal?: AbortSignal },
    held: () => Promise<T>,
  ): Promise<T> => {
    this.asked.add(name)
    signal?.throwIfAborted()
    await this.#turn(name, signal)
    try {
      return await held()
    } finally {
      this.#leave(name)
    }
  }

  async #turn(name: string, signal: AbortSignal | undefined): Promise<void> {
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    await new Promise<void>((resolve, reject) => {
      const waiting = { grant: resolve }
      queue.push(waiting)
      if (queue.length === 1) resolve()
      const leave = (): void => {
        // Whoever holds the lock keeps it, whatever the signal says.
        if (queue.indexOf(waiting) < 1) return
        queue.splice(queue.indexOf(waiting), 1)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  #leave(name: string): void {
    const queue = this.#queues.get(name)
    queue?.shift()
    queue?.[0]?.grant()
  }
}

/** Gives this process locks for the time of a test: Node 20 has none. */
export function provideLocks(): LocksInProcess {
  const locks = new LocksInProcess()
  const kept = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  onTestFinished(() => {
    if (kept === undefined) Reflect.deleteProperty(globalThis, 'navigator')
    else Object.defineProperty(globalThis, 'navigator', kept)
  })
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
  return locks
}

/** Waits until a step may happen. */
export type Moment = (step: string) => Promise<void>

/** A store whose every call begins, and is answered, when its moment has come. */
export function scheduledStore(store: RegistryStore, moment: Moment): RegistryStore {
  const through = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    await moment(`${call} begins`)
    const result = await work()
    await moment(`${call} is answered`)
    return result
  }
  return {
    kind: store.kind,
    read: (scope) => through('read', () => store.read(scope)),
    update: (scope, decide) => through('update', () => store.update(scope, decide)),
    putChunk: (sha256, index, bytes) => through('putChunk', () => store.putChunk(sha256, index, bytes)),
    getChunk: (sha256, index) => through('getChunk', () => store.getChunk(sha256, index)),
    getBytes: (sha256) => through('getBytes', () => store.getBytes(sha256)),
    listEvents: (query) => through('listEvents', () => store.listEvents(query)),
    close: () => store.close(),
  }
}

/** A network that answers when its moment has come. */
export function scheduledRead(read: ReadResource, moment: Moment): ReadResource {
  return async (url, signal, from) => {
    await moment(`${url} is asked for`)
    const body = await read(url, signal, from)
    await moment(`${url} answers`)
    return body
  }
}
