/** How far the answers of a converted model are from those of its source. */
import {
  directionOf,
  type OutputPart,
  outputParts,
  type OutputSpec,
  type Prediction,
  readPrediction,
  type Side,
} from '../../signals/index.ts'

/** A group of outputs and how far it is off. */
export interface GroupError {
  readonly name: string
  readonly maxAbsolute: number
  /** Against the expected number, which counts as at least 0.001. */
  readonly maxRelative: number
  readonly meanAbsolute: number
}

/** How many answers lead to another side. */
export interface SideChanges {
  /** Windows whose signal has another side. */
  readonly signals: number
  /** Horizons with another most probable side, of `horizonCount`. */
  readonly horizons: number
  readonly horizonCount: number
}

/** Everything that two models' answers to the same windows differ by. */
export interface Comparison {
  readonly windows: number
  readonly groups: readonly GroupError[]
  readonly maxAbsolute: number
  /** Undefined where nothing says what the outputs mean. */
  readonly sides: SideChanges | undefined
}

const leastExpected = 1e-3

const partsOf = (outputs: number, layout: OutputSpec | undefined): readonly OutputPart[] =>
  layout === undefined ? [{ name: 'outputs', from: 0, to: outputs }] : outputParts(layout)

/** Collects differences, number by number. */
class ErrorCount {
  #count = 0
  #sum = 0
  #absolute = 0
  #relative = 0

  add(expected: number, actual: number): void {
    const difference = Math.abs(actual - expected)
    // NaN must win over every number, and Math.max lets it.
    this.#absolute = Math.max(this.#absolute, difference)
    this.#relative = Math.max(this.#relative, difference / Math.max(leastExpected, Math.abs(expected)))
    this.#sum += difference
    this.#count += 1
  }

  result(name: string): GroupError {
    const meanAbsolute = this.#sum / this.#count
    return { name, maxAbsolute: this.#absolute, maxRelative: this.#relative, meanAbsolute }
  }
}

const sides: readonly Side[] = ['LONG', 'SHORT', 'NEUTRAL']

/** Compares answers, `outputs` numbers for each window. */
export function compare(
  expected: Float32Array | Float64Array,
  actual: Float32Array | Float64Array,
  outputs: number,
  layout: OutputSpec | undefined,
): Comparison {
  const windows = expected.length / outputs
  const groups = partsOf(outputs, layout).map(({ name, from, to }) => {
    const errors = new ErrorCount()
    for (let row = 0; row < windows; row += 1)
      for (let at = row * outputs + from; at < row * outputs + to; at += 1) errors.add(expected[at]!, actual[at]!)
    return errors.result(name)
  })
  const maxAbsolute = Math.max(...groups.map((group) => group.maxAbsolute))
  if (layout === undefined) return { windows, groups, maxAbsolute, sides: undefined }
  const { changes, probabilities } = compareSides(
    Float32Array.from(expected),
    Float32Array.from(actual),
    windows,
    layout,
  )
  return { windows, groups: [...groups, probabilities], maxAbsolute, sides: changes }
}

function compareSides(
  expected: Float32Array,
  actual: Float32Array,
  windows: number,
  layout: OutputSpec,
): { readonly changes: SideChanges; readonly probabilities: GroupError } {
  const errors = new ErrorCount()
  let [signals, horizons] = [0, 0]
  for (let row = 0; row < windows; row += 1) {
    const [before, after] = [expected, actual].map((raw) => readPrediction(raw, layout, row)) as [
      Prediction,
      Prediction,
    ]
    if (directionOf(before) !== directionOf(after)) signals += 1
    for (const [at, horizon] of before.horizons.entries()) {
      const other = after.horizons[at]!
      if (horizon.direction !== other.direction) horizons += 1
      for (const side of sides) errors.add(horizon.probabilities[side], other.probabilities[side])
    }
  }
  const changes = { signals, horizons, horizonCount: windows * layout.horizons.length }
  return { changes, probabilities: errors.result('probabilities') }
}
