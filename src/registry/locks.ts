/** One tab at a time: Web Locks where the platform has them. */

/**
 * Runs work while holding a lock that all tabs of the site share. Without Web Locks, or where the platform denies them,
 * the work runs at once.
 *
 * @throws the signal's reason when aborted while waiting
 */
export async function withLock<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const locks: LockManager | undefined = globalThis.navigator?.locks
  if (locks === undefined) return work()
  let entered = false
  const held = async (): Promise<T> => {
    entered = true
    return work()
  }
  try {
    return await locks.request(name, signal === undefined ? {} : { signal }, held)
  } catch (error) {
    if (entered || signal?.aborted === true) throw error
    return work()
  }
}

/** The lock under which the records of a registry are changed. */
export const writeLock = (namespace: string): string => `registry:${namespace}:write`
