/** The first steps of a registry: the store tried out, this installation's own facts, the clock. */
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { referenceTime } from './clock.ts'
import type { EventDraft, RegistryMeta } from './records.ts'
import type { RegistryStore } from './store.ts'
import { MemoryStore } from './stores/memory.ts'

/** A store that works, and why it is not the given one, if it is not. */
export interface UsableStore {
  readonly store: RegistryStore
  readonly problem: string | undefined
}

/** Whether a store failed, and not what was asked of it. */
export const isStoreError = (error: unknown): error is CandlewickError =>
  isCandlewickError(error, 'store/unavailable') || isCandlewickError(error, 'store/quota-exceeded')

/**
 * Tries the store out. One that cannot be used is replaced by the memory of this visit: signals go on, and nothing lasts.
 * One that can only be read is used for what it holds.
 */
export async function usableStore(store: RegistryStore): Promise<UsableStore> {
  try {
    await introduce(store, Date.now())
    return { store, problem: undefined }
  } catch (error) {
    if (!isStoreError(error)) throw error
    const known = await store.read({}).catch(() => undefined)
    if (known?.meta !== undefined) return { store, problem: reasonOf(error) }
    const memory = new MemoryStore()
    await introduce(memory, Date.now())
    return { store: memory, problem: reasonOf(error) }
  }
}

// The last sight is written down at most this often.
const sightMs = 3_600_000

/** Makes this installation known to the store, and writes down where its clock stands. */
async function introduce(store: RegistryStore, wall: number): Promise<void> {
  const { meta } = await store.read({})
  const { suspect, behindMs } = referenceTime(wall, meta?.lastSeenAt)
  if (meta !== undefined && !suspect && wall - meta.lastSeenAt < sightMs) return
  const writing = store.update({}, ({ meta: current, lastEvent }) => {
    const next: RegistryMeta = {
      ...current,
      installId: current?.installId ?? crypto.randomUUID(),
      lastSeenAt: Math.max(wall, current?.lastSeenAt ?? 0),
    }
    const known = lastEvent?.type === 'clock-suspect'
    const event: EventDraft = { at: wall, actor: 'rule', type: 'clock-suspect', data: { behindMs } }
    return { changes: { meta: next, events: suspect && !known ? [event] : [] }, result: undefined }
  })
  // A full disk must not drive a returning visitor from all that is stored: only the first sight has to be written.
  if (meta === undefined) await writing
  else await writing.catch((error: unknown) => ignoreQuota(error))
}

function ignoreQuota(error: unknown): void {
  if (!isCandlewickError(error, 'store/quota-exceeded')) throw error
}
