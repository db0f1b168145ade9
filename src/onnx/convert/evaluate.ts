/**
 * Runs a network in plain double precision, straight from its expressions: the truth that a conversion of trained
 * weights is held against. It shares no code with the graph and is hundreds of times slower.
 */
import type { Network } from './anatomy.ts'
import type { Embedding, Expression, Linear, Mixed, Normalised } from './expression.ts'
import { isInner } from './expressions.ts'

type Rows = readonly Float64Array[]

/** Error function by its series near 0 and its continued fraction far out, both to double precision. */
function erf(x: number): number {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  if (size < 2.5) {
    let [term, sum] = [x, x]
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = size
  for (let n = 60; n > 0; n -= 1) fraction = size + n / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-size * size) / (fraction * Math.sqrt(Math.PI)))
}

const activations: Readonly<Record<string, (x: number) => number>> = {
  Relu: (x) => Math.max(0, x),
  Gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  Tanh: Math.tanh,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
}

const product = (a: Float64Array, b: Float32Array, from: number, start: number): number => {
  let sum = start
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[from + at]!
  return sum
}

class Evaluation {
  readonly #known = new Map<Expression, Rows>()

  constructor(input: Expression, window: Rows) {
    this.#known.set(input, window)
  }

  rows(expression: Expression): Rows {
    const known = this.#known.get(expression)
    if (known !== undefined) return known
    const rows = this.#computed(expression)
    this.#known.set(expression, rows)
    return rows
  }

  #computed(expression: Expression): Rows {
    if (isInner(expression)) throw new TypeError(`A network cannot hold ${expression.kind} values.`)
    switch (expression.kind) {
      case 'normalised':
        return expression.of.kind === 'input' ? this.#revin(expression) : this.#layerNorm(expression)
      case 'embedding':
        return this.#embedded(expression)
      case 'positioned':
        return this.rows(expression.of).map((row, at) =>
          row.map((value, column) => value + expression.table[at * row.length + column]!),
        )
      case 'linear':
        return this.#linear(expression)
      case 'mixed':
        return this.#mixed(expression)
      case 'scaled':
        return this.rows(expression.of).map((row) => row.map((value) => value * expression.by))
      case 'activation':
        return this.rows(expression.of).map((row) => row.map(activations[expression.operation]!))
      case 'sum': {
        const right = this.rows(expression.right)
        return this.rows(expression.left).map((row, at) => row.map((value, column) => value + right[at]![column]!))
      }
      case 'mean': {
        const rows = this.rows(expression.of)
        const mean = (_: number, at: number): number => rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length
        return [new Float64Array(rows[0]!.length).map(mean)]
      }
      case 'joined':
        return [Float64Array.from(expression.parts.flatMap((part) => [...this.rows(part)[0]!]))]
      case 'clipped':
      default:
        return this.rows(expression.of).map((row) =>
          row.map((value) => Math.min(expression.high, Math.max(expression.low, value))),
        )
    }
  }

  #revin({ of, factor, epsilon, scale, shift }: Normalised): Rows {
    const steps = this.rows(of)
    const result = steps.map((step) => new Float64Array(step.length))
    for (let f = 0; f < steps[0]!.length; f += 1) {
      const mean = steps.reduce((sum, step) => sum + step[f]!, 0) / steps.length
      const variance = (factor * steps.reduce((sum, step) => sum + (step[f]! - mean) ** 2, 0)) / steps.length
      const gain = (scale?.[f] ?? 1) / Math.sqrt(variance + epsilon)
      for (const [at, step] of steps.entries()) result[at]![f] = (step[f]! - mean) * gain + (shift?.[f] ?? 0)
    }
    return result
  }

  #layerNorm({ of, epsilon, scale, shift }: Normalised): Rows {
    return this.rows(of).map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
      const deviation = Math.sqrt(variance + epsilon)
      return row.map((value, at) => ((value - mean) / deviation) * (scale?.[at] ?? 1) + (shift?.[at] ?? 0))
    })
  }

  #embedded({ of, patch, out, stride, steps, weight, bias }: Embedding): Rows {
    const window = this.rows(of)
    const features = window[0]!.length
    return Array.from({ length: patch.size }, (_, at) => {
      const row = new Float64Array(out.size)
      for (let column = 0; column < out.size; column += 1) {
        let sum = bias?.[column] ?? 0
        for (let feature = 0; feature < features; feature += 1)
          for (let step = 0; step < steps; step += 1)
            sum += weight[(column * features + feature) * steps + step]! * window[at * stride + step]![feature]!
        row[column] = sum
      }
      return row
    })
  }

  #linear({ of, out, weight, bias }: Linear): Rows {
    return this.rows(of).map((row) =>
      new Float64Array(out.size).map((_, at) => product(row, weight, at * row.length, bias?.[at] ?? 0)),
    )
  }

  #mixed({ shares, value }: Mixed): Rows {
    const { query, key, heads, scale } = shares.of
    const [queries, keys, values] = [query, key, value].map((layer) => this.rows(layer)) as [Rows, Rows, Rows]
    const [width, own] = [query.out.size / heads, value.out.size / heads]
    const result = queries.map(() => new Float64Array(value.out.size))
    for (let head = 0; head < heads; head += 1)
      for (const [at, row] of queries.entries()) {
        const scores = keys.map((other) => {
          let sum = 0
          for (let i = head * width; i < (head + 1) * width; i += 1) sum += row[i]! * other[i]!
          return sum * scale
        })
        const top = Math.max(...scores)
        const powers = scores.map((score) => Math.exp(score - top))
        const total = powers.reduce((sum, power) => sum + power, 0)
        for (const [seen, power] of powers.entries())
          for (let i = head * own; i < (head + 1) * own; i += 1) result[at]![i]! += (power / total) * values[seen]![i]!
      }
    return result
  }
}

/** The outputs of a network for windows given one after another, [window, time, feature]. */
export function evaluate(network: Network, windows: Float32Array): Float64Array {
  const { window, features, outputs } = network.anatomy
  const size = window * features
  const count = windows.length / size
  const result = new Float64Array(count * outputs)
  for (let at = 0; at < count; at += 1) {
    const rows = Array.from({ length: window }, (_, step) =>
      Float64Array.from(windows.subarray(at * size + step * features, at * size + (step + 1) * features)),
    )
    result.set(new Evaluation(network.input, rows).rows(network.result)[0]!, at * outputs)
  }
  return result
}
