/** The sample's weights under the names that PyTorch gives them, and the sizes of the network. */
import type { NamedTensor } from '../../../src/onnx/index.ts'
import { initialWeights, patchTstShape } from '../../../src/onnx/index.ts'

/** Weights by their names in PyTorch. */
export type StateDict = ReadonlyMap<string, Pick<NamedTensor, 'dims' | 'data'>>

/** The reference network. */
export const shape = patchTstShape({ features: 240 })

/** Our names, and theirs. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/^revin\./, 'revin.affine_'],
  [/^patch\./, 'patch_embedding.'],
  [/^encoder\.(\d+)\.attention\.in\./, 'encoder.encoder_layers.$1.self_attention.in_proj_'],
  [/^encoder\.(\d+)\.attention\.out\./, 'encoder.encoder_layers.$1.self_attention.out_proj.'],
  [/^encoder\.(\d+)\.ff1\./, 'encoder.encoder_layers.$1.ff.0.'],
  [/^encoder\.(\d+)\.ff2\./, 'encoder.encoder_layers.$1.ff.3.'],
  [/^encoder\.(\d+)\./, 'encoder.encoder_layers.$1.'],
  [/^pooled\.norm\./, 'ln.'],
  [/^pooled\.linear\./, 'output_projection.'],
  [/^returns\.hidden\./, 'future_returns_head.0.'],
  [/^returns\.out\./, 'future_returns_head.3.'],
  [/^directions\.hidden\./, 'direction_head.0.'],
  [/^directions\.out\./, 'direction_head.3.'],
  [/^risk\.hidden\./, 'risk_metrics_head.0.'],
  [/^risk\.out\./, 'risk_metrics_head.3.'],
]

function positions(count: number, width: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count * width }, (_, at) => {
    const column = at % width
    const angle = Math.floor(at / width) * Math.exp((-Math.log(10_000) * (column - (column % 2))) / width)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })
}

/** The weights of the sample model. */
export function sampleWeights(seed = 16): StateDict {
  const { window, patch, stride, dModel } = shape
  const patches = (window - patch) / stride + 1
  const weights = [...initialWeights(shape, seed)].map(([name, weight]) => {
    const rule = renamed.find(([pattern]) => pattern.test(name))
    return [rule === undefined ? name : name.replace(...rule), weight] as const
  })
  const table = { dims: [1, patches, dModel], data: positions(patches, dModel) }
  return new Map([...weights, ['positional_encoding.pe', table]])
}

/** A weight that must be there. */
export function weightOf(weights: StateDict, name: string): Pick<NamedTensor, 'dims' | 'data'> {
  const weight = weights.get(name)
  if (weight === undefined) throw new TypeError(`There is no weight "${name}".`)
  return weight
}

/** `[rows, columns]` as `[columns, rows]`. */
export function transposed({ dims, data }: Pick<NamedTensor, 'dims' | 'data'>): Float32Array<ArrayBuffer> {
  const [rows = 0, columns = 0] = dims
  const result = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column]!
  return result
}
