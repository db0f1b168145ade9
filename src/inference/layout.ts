/** What a contract means for a run: how many windows, and how many numbers each has. */
import type { ModelContract } from './contract.ts'

/** Windows per run of the runtime: more gain nothing and cost memory. */
export const maxBatch = 32

/** The numbers of a contract. */
export interface Layout {
  /** Windows per run of the runtime. */
  readonly chunk: number
  /** Whether a run must have exactly `chunk` windows. */
  readonly fixed: boolean
  readonly windowDims: readonly number[]
  readonly windowLength: number
  readonly outputLength: number
}

const sizes = (what: string, dims: readonly (number | string)[]): readonly number[] =>
  dims.map((dim) => {
    if (typeof dim === 'number' && Number.isSafeInteger(dim) && dim > 0) return dim
    throw new TypeError(
      `The ${what} of the contract has dimension "${dim}": only the first one, the batch, may be free.`,
    )
  })

const product = (numbers: readonly number[]): number => numbers.reduce((total, size) => total * size, 1)

/**
 * Reads the sizes of a contract.
 *
 * @throws TypeError for a contract that cannot be served
 */
export function layoutOf({ input, output }: ModelContract): Layout {
  if (input.dtype !== 'float32' || output.dtype !== 'float32')
    throw new TypeError(`The contract has ${input.dtype} and ${output.dtype}: input and output must be float32.`)
  const [batch, ...rest] = input.dims
  if (batch === undefined || output.dims[0] === undefined)
    throw new TypeError('The contract has a tensor without dimensions: the first one is the batch.')
  const fixed = typeof batch === 'number'
  if (fixed ? batch !== output.dims[0] : typeof output.dims[0] === 'number')
    throw new TypeError(`The contract has batch "${batch}" at the input and "${output.dims[0]}" at the output.`)
  const windowDims = sizes('input', rest)
  const [chunk] = sizes('input', [fixed ? batch : maxBatch])
  const outputLength = product(sizes('output', output.dims.slice(1)))
  return { chunk: chunk!, fixed, windowDims, windowLength: product(windowDims), outputLength }
}
