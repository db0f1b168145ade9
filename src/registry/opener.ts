/** Opens models, and lets none into use that fails its reference runs. */
import { CandlewickError } from '../core/errors.ts'
import { checkGolden } from './golden.ts'
import type { Loader, LoadOptions } from './loader.ts'
import type { ModelRuntime } from './model-handle.ts'
import type { ModelRecord } from './records.ts'
import type { Lease, ModelSessionLike, SessionCache } from './sessions.ts'

/** Sessions by model; each is held to the reference runs when it is opened. */
export class ModelOpener {
  readonly #runtime: ModelRuntime | undefined
  readonly #sessions: SessionCache
  readonly #loader: Loader

  constructor(runtime: ModelRuntime | undefined, sessions: SessionCache, loader: Loader) {
    this.#runtime = runtime
    this.#sessions = sessions
    this.#loader = loader
  }

  /**
   * Takes a model into use.
   *
   * @throws `platform/unsupported` without a runtime, `model/golden-mismatch`, and what loading and opening throw
   */
  async lease(record: ModelRecord, options: LoadOptions = {}): Promise<Lease> {
    const runtime = this.#runtime
    if (runtime === undefined) {
      const remedy = 'Open the registry with a runtime, or load() the bytes and run them yourself.'
      throw new CandlewickError('platform/unsupported', { what: 'a runtime for models', remedy })
    }
    const open = async (signal: AbortSignal): Promise<ModelSessionLike> => {
      const loaded = await this.#loader.load(record, { ...options, signal })
      const session = await runtime.open(loaded, { signal })
      try {
        const model = { id: record.id, backend: session.backend }
        await checkGolden(model, loaded.golden, (input) => session.predict(input, 1))
        return session
      } catch (error) {
        await session.release()
        throw error
      }
    }
    const { sha256, size } = record.artifact
    return this.#sessions.lease(`${record.id} ${sha256}`, size, open, options.signal)
  }

  /** Whether a model passes its reference runs. Without a runtime, or without runs, nothing is said against it. */
  async check(record: ModelRecord, signal: AbortSignal | undefined): Promise<undefined> {
    if (this.#runtime === undefined || (record.metadata.golden ?? []).length === 0) return
    const lease = await this.lease(record, { signal })
    await lease.end()
  }
}
