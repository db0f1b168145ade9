/** The network in plain double precision, written from its description in the layouts of PyTorch. Shares no code with the graph. */
import type { PatchTstShape, PatchTstWeights } from '../../../src/onnx/weights.ts'

type Matrix = number[][]

const normalise = (row: number[], weight: Float32Array, bias: Float32Array): number[] => {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
  return row.map((value, at) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[at]! + bias[at]!)
}

/** Error function by its Maclaurin series near 0 and its continued fraction far out; both to double precision. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  if (size < 2.5) {
    let [term, sum] = [x, x]
    for (let n = 1; n < 100; n += 1) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = size
  for (let n = 120; n > 0; n -= 1) fraction = size + n / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-size * size) / (fraction * Math.sqrt(Math.PI)))
}

/** The 20 outputs of one window, given as `window` rows of `features` numbers. */
export function referenceForward(shape: PatchTstShape, weights: PatchTstWeights, x: Float32Array): number[] {
  const { features, window, patch, stride, dModel, heads } = shape
  const data = (name: string): Float32Array => weights.get(name)!.data
  const linear = (name: string, row: number[]): number[] => {
    const [weight, bias] = [data(`${name}.weight`), data(`${name}.bias`)]
    return Array.from(bias, (start, out) =>
      row.reduce((sum, value, at) => sum + value * weight[out * row.length + at]!, start),
    )
  }
  const norm = (name: string, row: number[]): number[] => normalise(row, data(`${name}.weight`), data(`${name}.bias`))
  const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, at) => row.map((value, k) => value + b[at]![k]!))

  const steps: Matrix = Array.from({ length: window }, (_, t) => [...x.subarray(t * features, (t + 1) * features)])
  for (let f = 0; f < features; f += 1) {
    const mean = steps.reduce((sum, step) => sum + step[f]!, 0) / window
    const variance = steps.reduce((sum, step) => sum + (step[f]! - mean) ** 2, 0) / (window - 1)
    for (const step of steps)
      step[f] = ((step[f]! - mean) / Math.sqrt(variance + 1e-5)) * data('revin.weight')[f]! + data('revin.bias')[f]!
  }

  const kernel = data('patch.weight')
  let hidden: Matrix = []
  for (let start = 0; start + patch <= window; start += stride) {
    const position = start / stride
    hidden.push(
      Array.from({ length: dModel }, (_, out) => {
        let sum = 0
        for (let f = 0; f < features; f += 1)
          for (let k = 0; k < patch; k += 1) sum += kernel[(out * features + f) * patch + k]! * steps[start + k]![f]!
        const angle = position / 10_000 ** ((2 * Math.floor(out / 2)) / dModel)
        return sum + (out % 2 === 0 ? Math.sin(angle) : Math.cos(angle))
      }),
    )
  }

  const width = dModel / heads
  const attend = (name: string, rows: Matrix): Matrix => {
    const joined = rows.map((row) => linear(`${name}.in`, row))
    const mixed = rows.map(() => Array.from({ length: dModel }, () => 0))
    for (let head = 0; head < heads; head += 1) {
      const part = (row: number[], which: number): number[] => row.slice(which * dModel + head * width).slice(0, width)
      for (const [at, row] of joined.entries()) {
        const query = part(row, 0)
        const scores = joined.map(
          (other) => part(other, 1).reduce((sum, k, i) => sum + k * query[i]!, 0) / Math.sqrt(width),
        )
        const top = Math.max(...scores)
        const powers = scores.map((score) => Math.exp(score - top))
        const total = powers.reduce((sum, power) => sum + power, 0)
        for (const [other, power] of powers.entries())
          part(joined[other]!, 2).forEach((value, i) => (mixed[at]![head * width + i]! += (power / total) * value))
      }
    }
    return mixed.map((row) => linear(`${name}.out`, row))
  }

  for (let layer = 0; layer < shape.layers; layer += 1) {
    const name = `encoder.${layer}`
    hidden = plus(hidden, attend(`${name}.attention`, hidden)).map((row) => norm(`${name}.norm1`, row))
    const fed = hidden.map((row) => {
      const inner = linear(`${name}.ff1`, row).map((value) => (value / 2) * (1 + erf(value / Math.SQRT2)))
      return linear(`${name}.ff2`, inner)
    })
    hidden = plus(hidden, fed).map((row) => norm(`${name}.norm2`, row))
  }
  hidden = hidden.map((row) => norm('encoder.norm', row))
  const mean = Array.from({ length: dModel }, (_, at) => hidden.reduce((sum, row) => sum + row[at]!, 0) / hidden.length)
  const pooled = linear('pooled.linear', norm('pooled.norm', mean))
  const head = (name: string): number[] =>
    linear(
      `${name}.out`,
      linear(`${name}.hidden`, pooled).map((value) => Math.max(0, value)),
    )
  const temperature = data('temperature')[0]!
  const outputs = [
    ...head('returns').map(Math.tanh),
    ...head('directions').map((z) => z / temperature),
    ...head('risk'),
  ]
  return outputs.map((value) => Math.min(10, Math.max(-10, value)))
}
