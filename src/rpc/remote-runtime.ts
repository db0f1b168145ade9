/** Runs the registry's models for a page: in a worker that starts with the first open model and ends with the last. */
import { transfer } from 'comlink'
import { abortable } from '../core/abort.ts'
import { CandlewickError } from '../core/errors.ts'
import { contractOf } from '../engine/servable.ts'
import type { ModelContract } from '../inference/index.ts'
import { maxBatch } from '../inference/session.ts'
import type { LoadedModel, ModelRuntime, ModelSessionLike } from '../registry/index.ts'
import { startWorker, type WorkerParts } from './open-worker.ts'
import { withDefaults, type WorkerLink } from './worker-link.ts'

/** A worker, and how many models are open or being opened in it. */
interface Workshop {
  readonly link: WorkerLink
  readonly ready: Promise<unknown>
  users: number
}

/** A runtime in a worker. A worker that died is followed by a fresh one at the next opening. */
export class RemoteRuntime implements ModelRuntime {
  readonly #parts: WorkerParts
  #workshop: Workshop | undefined

  constructor(parts: WorkerParts) {
    this.#parts = parts
  }

  /**
   * Opens a model; its bytes move to the worker.
   *
   * @throws `model/unloadable`, `model/contract`, `backend/unavailable`, `worker/…`; the signal's reason when aborted
   */
  async open(model: LoadedModel, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<ModelSessionLike> {
    const contract = contractOf(model.entry, model.id)
    const workshop = this.#enter()
    const { link } = workshop
    let opening = 0
    try {
      await abortable(workshop.ready, signal)
      const wire = { contract, bytes: model.model, wasmUrl: this.#parts.wasmUrl('wasm') }
      const timeoutMs = withDefaults(this.#parts.timeouts).openMs
      const backend = await link.call('openModel', { timeoutMs, signal }, (remote, call) => {
        opening = call
        return remote.openModel(call, transfer(wire, [wire.bytes.buffer]))
      })
      return this.#session(workshop, contract, { key: opening, backend })
    } catch (error) {
      this.#leave(workshop)
      throw error
    }
  }

  #session(workshop: Workshop, contract: ModelContract, opened: { key: number; backend: string }): ModelSessionLike {
    const { link } = workshop
    const { key, backend } = opened
    const timeoutMs = withDefaults(this.#parts.timeouts).callMs
    const run = (input: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array> =>
      link.call('predict', { timeoutMs }, (remote) => remote.runModel(key, transfer(input, [input.buffer]), count))
    let released: Promise<void> | undefined
    const release = async (): Promise<void> => {
      try {
        if (workshop.users > 1 && link.ended === undefined)
          await link.call('release', { timeoutMs }, (remote) => remote.releaseModel(key))
      } catch (error) {
        // What died with its worker holds nothing any more.
        if (link.ended === undefined) throw error
      } finally {
        this.#leave(workshop)
      }
    }
    return {
      backend,
      predict: (input, count) => inPieces(input, count, pieceOf(contract), run),
      release: () => (released ??= release()),
      get lost() {
        return link.ended !== undefined
      },
    }
  }

  /** The worker that is there, or a new one. */
  #enter(): Workshop {
    if (this.#workshop === undefined || this.#workshop.link.ended !== undefined) {
      this.#workshop = { ...startWorker(this.#parts, 'wasm'), users: 0 }
    }
    this.#workshop.users += 1
    return this.#workshop
  }

  /** Ending the realm frees all that ONNX Runtime holds. */
  #leave(workshop: Workshop): void {
    workshop.users -= 1
    if (workshop.users === 0) workshop.link.end(new CandlewickError('engine/closed', { call: 'predict' }))
  }
}

/** Inputs in one call: the watch on the worker counts anew for each. */
function pieceOf({ input }: ModelContract): number {
  const [batch] = input.dims
  return typeof batch === 'number' ? batch * Math.max(Math.floor(maxBatch / batch), 1) : maxBatch
}

/** Runs many inputs piece by piece. Each piece is a copy, because it moves to the worker. */
async function inPieces(
  input: Float32Array<ArrayBuffer>,
  count: number,
  piece: number,
  run: (input: Float32Array<ArrayBuffer>, count: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const width = input.length / count
  if (count <= piece) return run(input.slice(), count)
  const answers: Float32Array[] = []
  for (let at = 0; at < count; at += piece)
    answers.push(await run(input.slice(at * width, (at + piece) * width), Math.min(piece, count - at)))
  const outputs = new Float32Array(answers.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const answer of answers) {
    outputs.set(answer, filled)
    filled += answer.length
  }
  return outputs
}
