/** Scaling of feature rows to what a model was trained on; the boundary from float64 to float32. */
import * as v from 'valibot'
import { CandlewickError } from '../core/errors.ts'

/** How the numbers were found; the arithmetic is the same for all: (x - center) / scale, then the clip. */
export type ScalerKind = 'standard' | 'robust' | 'minmax' | 'none'

/** A scaler as it is stored. */
export interface ScalerSpec {
  readonly kind: ScalerKind
  /** Feature ids, in the order of the model's inputs. */
  readonly order: string[]
  readonly center: number[]
  readonly scale: number[]
  readonly clip?: [low: number, high: number]
}

const schema = v.object({
  kind: v.picklist(['standard', 'robust', 'minmax', 'none'], "'standard', 'robust', 'minmax' or 'none'"),
  order: v.array(v.string('an id'), 'a list of ids'),
  center: v.array(v.pipe(v.number('a number'), v.finite('a finite number')), 'a list of numbers'),
  scale: v.array(v.pipe(v.number('a number'), v.finite('a finite number')), 'a list of numbers'),
  clip: v.optional(
    v.tuple(
      [
        v.pipe(v.number('a number'), v.finite('a finite number')),
        v.pipe(v.number('a number'), v.finite('a finite number')),
      ],
      'two numbers',
    ),
  ),
})

function refuse(path: string, expected: string, actual: unknown): never {
  throw new CandlewickError('model/contract', { path: `scaler${path}`, expected, actual: shown(actual) })
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : String(value)
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}

const pathOf = (path: readonly { readonly key: unknown }[] | undefined): string =>
  (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')

/**
 * Checks a scaler against the features it is for.
 *
 * @param json parsed JSON
 * @param names feature ids in the order of the model's inputs
 * @throws `model/contract` with a JSON path
 */
export function parseScaler(json: unknown, names: readonly string[]): ScalerSpec {
  const parsed = v.safeParse(schema, json, { abortEarly: true })
  if (!parsed.success) {
    const [problem] = parsed.issues
    refuse(pathOf(problem.path), problem.message, problem.input)
  }
  const { clip, ...spec } = parsed.output
  const { order, center, scale } = spec
  if (order.length !== names.length) refuse('.order', `${names.length} ids`, `${order.length} ids`)
  for (const [i, name] of names.entries()) if (order[i] !== name) refuse(`.order[${i}]`, `"${name}"`, order[i])
  if (center.length !== names.length) refuse('.center', `${names.length} numbers`, `${center.length} numbers`)
  if (scale.length !== names.length) refuse('.scale', `${names.length} numbers`, `${scale.length} numbers`)
  for (const [i, value] of scale.entries()) if (!(value > 0)) refuse(`.scale[${i}]`, 'a number above zero', value)
  if (spec.kind === 'none') requireIdentity(center, scale)
  if (clip !== undefined && !(clip[0] < clip[1])) refuse('.clip', 'a low and a higher bound', clip.join(', '))
  return clip === undefined ? spec : { ...spec, clip }
}

function requireIdentity(center: readonly number[], scale: readonly number[]): void {
  for (const [i, value] of center.entries()) if (value !== 0) refuse(`.center[${i}]`, "0 with kind 'none'", value)
  for (const [i, value] of scale.entries()) if (value !== 1) refuse(`.scale[${i}]`, "1 with kind 'none'", value)
}

/** Applies a scaler to rows. */
export class Scaler {
  readonly spec: ScalerSpec
  readonly #center: Float64Array
  readonly #scale: Float64Array
  readonly #low: number
  readonly #high: number

  /** @throws `model/contract` as {@link parseScaler} */
  constructor(spec: ScalerSpec) {
    this.spec = parseScaler(spec, spec.order)
    this.#center = Float64Array.from(spec.center)
    this.#scale = Float64Array.from(spec.scale)
    this.#low = spec.clip?.[0] ?? -Infinity
    this.#high = spec.clip?.[1] ?? Infinity
  }

  /** A scaler that changes nothing but the precision. */
  static identity(ids: readonly string[]): Scaler {
    return new Scaler({ kind: 'none', order: [...ids], center: ids.map(() => 0), scale: ids.map(() => 1) })
  }

  /**
   * Scales one row into float32.
   *
   * @param at place of the row's first value in `out`
   * @param time bar-open time in ms, for the error
   * @throws `feature/non-finite` where a value is NaN or infinite, before or after scaling
   */
  transform(row: Float64Array, out: Float32Array, at: number, time: number): void {
    const width = this.#center.length
    if (row.length !== width || at < 0 || at + width > out.length)
      throw new TypeError(`A row of ${row.length} values does not fit ${width} features and ${out.length} places.`)
    for (let i = 0; i < width; i++) {
      const value = row[i]!
      if (!Number.isFinite(value)) this.#refuse(i, time, value)
      const scaled = (value - this.#center[i]!) / this.#scale[i]!
      out[at + i] = scaled < this.#low ? this.#low : scaled > this.#high ? this.#high : scaled
      if (!Number.isFinite(out[at + i])) this.#refuse(i, time, scaled)
    }
  }

  #refuse(index: number, time: number, value: number): never {
    throw new CandlewickError('feature/non-finite', { id: this.spec.order[index]!, at: time, value })
  }
}

function columnOf(rows: Float64Array, width: number, column: number): Float64Array {
  const values = new Float64Array(rows.length / width)
  for (let i = 0; i < values.length; i++) values[i] = rows[i * width + column]!
  return values
}

function standard(values: Float64Array): [center: number, scale: number] {
  let center = 0
  let squares = 0
  for (const [i, value] of values.entries()) {
    const step = value - center
    center += step / (i + 1)
    squares += step * (value - center)
  }
  return [center, Math.sqrt(squares / values.length)]
}

function robust(values: Float64Array): [center: number, scale: number] {
  const sorted = values.sort()
  const at = (share: number): number => {
    const place = share * (sorted.length - 1)
    const below = Math.floor(place)
    return sorted[below]! + (sorted[Math.min(below + 1, sorted.length - 1)]! - sorted[below]!) * (place - below)
  }
  return [at(0.5), at(0.75) - at(0.25)]
}

/**
 * Fits a scaler to training rows: mean and population deviation, or median and interquartile range. A column that does not
 * move by more than rounding gets scale 1.
 *
 * @param rows row-major, complete rows of finite values
 * @throws `feature/non-finite` where a value is NaN or infinite (`at` is the row number)
 */
export function fitScaler(kind: 'standard' | 'robust', names: readonly string[], rows: Float64Array): ScalerSpec {
  const width = names.length
  if (width === 0 || rows.length === 0 || rows.length % width !== 0)
    throw new TypeError(`${rows.length} values are no rows of ${width} features.`)
  for (const [i, value] of rows.entries())
    if (!Number.isFinite(value))
      throw new CandlewickError('feature/non-finite', { id: names[i % width]!, at: Math.floor(i / width), value })
  const fitted = names.map((_name, i) => (kind === 'standard' ? standard : robust)(columnOf(rows, width, i)))
  return {
    kind,
    order: [...names],
    center: fitted.map(([center]) => center),
    scale: fitted.map(([center, scale]) => (scale > 1e-12 * Math.abs(center) ? scale : 1)),
  }
}
