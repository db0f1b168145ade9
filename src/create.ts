/** The main door: a manifest's address in, a working engine out. */
import { openCore } from '#platform'
import { type SignalEngine, signalEngine } from './engine/signal-engine.ts'
import type { CreateOptions } from './platform/port.ts'

/**
 * Fetches, verifies, stores and loads a model, and returns an engine that turns candles into signals. In a browser it runs
 * in a Web Worker; in Node it runs in the calling thread.
 *
 * @throws `model/…` where the manifest or a file is wrong, `backend/unavailable`, `worker/…`; the signal's reason when it
 * aborts. Nothing stored is lost and nothing partial is kept.
 *
 * @example
 * ```ts
 * import { createSignalEngine } from 'candlewick'
 *
 * await using engine = await createSignalEngine({ manifest: '/models/manifest.json' })
 * await engine.prime(history)
 * const signal = await engine.push(candle)
 * ```
 */
export async function createSignalEngine(options: CreateOptions): Promise<SignalEngine> {
  return signalEngine(await openCore(options), options.symbol ?? 'UNKNOWN')
}
