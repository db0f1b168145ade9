/** A model that was loaded for direct use: arrays in, arrays out, by the shapes of its entry. */
import { CandlewickError } from '../core/errors.ts'
import type { LoadedModel } from './loader.ts'
import type { ModelInfo } from './queries.ts'
import type { Lease, ModelSessionLike } from './sessions.ts'

/** What runs models. Hosts bring it; in Node the package does. */
export interface ModelRuntime {
  /** Opens a session for a model whose bytes were verified. */
  open(model: LoadedModel, options: { readonly signal?: AbortSignal | undefined }): Promise<ModelSessionLike>
}

/** A model in use. It stays open until it is released. */
export interface ModelHandle extends AsyncDisposable {
  readonly id: string
  readonly info: ModelInfo
  /** What runs it, such as `wasm`. */
  readonly backend: string
  /**
   * Runs the model.
   *
   * @param input one or more inputs behind each other, scaled as the model expects them
   * @param dims shape of `input`; default: the model's input shape with as many rows as fit
   * @returns the outputs behind each other
   * @throws `model/contract` where the shape is not the model's, `inference/…`
   */
  predict(input: Float32Array<ArrayBuffer>, dims?: readonly number[]): Promise<Float32Array>
  /** Ends the use. The session may stay open for the next one who asks. */
  release(): Promise<void>
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

/** Checks a shape against the declared one and counts the inputs in it. */
function countInputs(
  declared: readonly (number | string)[],
  length: number,
  dims: readonly number[] | undefined,
): number {
  const sizes = declared.slice(1).map((size) => (typeof size === 'number' ? size : 1))
  const one = product(sizes)
  const shape = dims ?? [length / one, ...sizes]
  const refuse = (expected: string, actual: string): never => {
    throw new CandlewickError('model/contract', { path: 'io.inputs[0].dims', expected, actual })
  }
  if (shape.length !== declared.length || sizes.some((size, i) => shape[i + 1] !== size))
    return refuse(`[n, ${sizes.join(', ')}]`, `[${shape.join(', ')}]`)
  const [count = 0] = shape
  if (!Number.isInteger(count) || count < 1 || product(shape) !== length)
    return refuse(`${one} values for each input`, `${length} values`)
  return count
}

/** Binds a lease to the shapes of its model. */
export function modelHandle(info: ModelInfo, declared: readonly (number | string)[], lease: Lease): ModelHandle {
  return {
    id: info.modelId,
    info,
    backend: lease.session.backend,
    async predict(input, dims) {
      return lease.session.predict(input, countInputs(declared, input.length, dims))
    },
    release: () => lease.end(),
    [Symbol.asyncDispose]: () => lease.end(),
  }
}
