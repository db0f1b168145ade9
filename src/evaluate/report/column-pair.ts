/** Two columns of which many samples are correlated: nothing is allocated anew, and nothing sorted twice. */
import { correlationOf, RankedColumn } from '../metrics/correlation.ts'
import type { Coefficients } from '../metrics/information-coefficient.ts'

/** The values of some places, in their order. */
export function valuesAt(
  values: Float64Array,
  places: Int32Array,
  into: Float64Array = new Float64Array(places.length),
): Float64Array {
  for (let i = 0; i < places.length; i++) into[i] = values[places[i]!]!
  return into
}

/** A pair of columns of one length. */
export class ColumnPair {
  readonly #x: Float64Array
  readonly #y: Float64Array
  readonly #rankedX: RankedColumn
  readonly #rankedY: RankedColumn
  #ofX: Float64Array = new Float64Array()
  #ofY: Float64Array = new Float64Array()

  constructor(x: Float64Array, y: Float64Array) {
    this.#x = x
    this.#y = y
    this.#rankedX = new RankedColumn(x)
    this.#rankedY = new RankedColumn(y)
  }

  /** Both coefficients of a sample, in which a place may be several times. */
  at(places: Int32Array): Omit<Coefficients, 'n'> {
    if (this.#ofX.length < places.length) {
      this.#ofX = new Float64Array(places.length)
      this.#ofY = new Float64Array(places.length)
    }
    const [x, y] = [this.#ofX.subarray(0, places.length), this.#ofY.subarray(0, places.length)]
    return {
      ic: correlationOf(valuesAt(this.#x, places, x), valuesAt(this.#y, places, y)),
      rankIc: correlationOf(this.#rankedX.ranksOf(places, x), this.#rankedY.ranksOf(places, y)),
    }
  }
}
