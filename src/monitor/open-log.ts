/** Opens a log where there is a database, and in memory where there is none. */
import { PredictionLog, type PredictionLogOptions } from './prediction-log.ts'
import type { LogStore } from './store.ts'
import { type IndexedDbLogOptions, openIndexedDbLogStore } from './stores/indexeddb.ts'
import { MemoryLogStore } from './stores/memory.ts'

/** Where a log is kept, and how. */
export interface OpenLogOptions extends PredictionLogOptions, IndexedDbLogOptions {
  /** Default: `indexeddb`, and `memory` where it cannot be had. */
  readonly store?: 'indexeddb' | 'memory' | undefined
}

/**
 * Opens the log of predictions.
 *
 * Without a wish for a store, a place that has no IndexedDB gets a log in memory, and `onProblem` hears `not-persistent`.
 *
 * @example
 * ```ts
 * await using log = await openPredictionLog({ onProblem: (problem) => console.warn(problem) })
 * log.append(rowOf(timed, context, Date.now()))
 * ```
 *
 * @throws `store/unavailable` where IndexedDB was asked for by name
 */
export async function openPredictionLog(options: OpenLogOptions): Promise<PredictionLog> {
  return new PredictionLog(await openStore(options), options)
}

async function openStore(options: OpenLogOptions): Promise<LogStore> {
  if (options.store === 'memory') return new MemoryLogStore()
  try {
    return await openIndexedDbLogStore(options)
  } catch (error) {
    if (options.store === 'indexeddb') throw error
    options.onProblem({ kind: 'not-persistent', error })
    return new MemoryLogStore()
  }
}
