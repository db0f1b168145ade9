/** Runs the registry's models in the calling thread: the join between what is kept and what computes. */
import { type Backend, type ModelContract, ModelSession } from '../inference/index.ts'
import type { ModelRuntime, ModelSessionLike } from '../registry/index.ts'
import { contractOf } from './servable.ts'

/** Gives a session the form that the registry knows. */
function asModel(session: ModelSession): ModelSessionLike {
  return {
    backend: session.backend,
    predict: (input, count) => session.run(input, count),
    release: () => session.release(),
  }
}

/**
 * Opens a model for direct use, as fast as can be: its first run is slower than later ones.
 *
 * @throws `model/unloadable`, `model/contract`, `backend/unavailable`; the signal's reason when aborted
 */
export function openForUse(
  model: { readonly contract: ModelContract; readonly bytes: Uint8Array },
  backends: readonly Backend[],
  signal: AbortSignal | undefined,
): Promise<ModelSession> {
  return ModelSession.open({ contract: model.contract, model: model.bytes, backends, warmupRuns: 0, signal })
}

/** A runtime for the registry of this thread. */
export function localRuntime(backends: readonly Backend[]): ModelRuntime {
  return {
    open: async ({ id, entry, model }, { signal }) =>
      asModel(await openForUse({ contract: contractOf(entry, id), bytes: model }, backends, signal)),
  }
}
