/** How steady a model's answers are when its inputs are disturbed a little. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { abortable } from '../core/abort.ts'
import type { CandleSeries } from '../core/series.ts'
import { judgedBarsOf } from './baselines/learning-bars.ts'
import { checkCount, refuseOption } from './checks.ts'
import type { RowKeys } from './panel.ts'
import { finishInTurns, type Steps } from './steps.ts'
import { noiseSensitivity, type NoiseSensitivity } from './metrics/noise.ts'

/** What a model answers for some windows. */
export interface ModelAnswers {
  /** Row-major, windows x outputs: the numbers as they come out of the model. */
  readonly outputs: ArrayLike<number>
  /** By horizon name; row-major, windows x classes. */
  readonly probabilities: Readonly<Record<string, ArrayLike<number>>>
}

/** Asks a model. Windows come one after another, each `[rows][features]`. */
export type AskModel = (windows: Float32Array<ArrayBuffer>, count: number) => Promise<ModelAnswers>

/** Which noise is added, and to what. */
export interface NoiseCheckOptions {
  /** Windows, one after another. */
  readonly windows: Float32Array
  readonly count: number
  /** Features of a row: each has a deviation of its own. */
  readonly features: number
  readonly ask: AskModel
  /** Deviation of the noise by that of the feature over all windows. Default 0.05. */
  readonly share?: number | undefined
  /** Whole number from 0 to 4,294,967,295. Default 1. */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number) => void) | undefined
}

/** What became of the class probabilities of a horizon; `flips` is the share of windows whose side changes. */
export interface NoiseOfHorizon extends NoiseSensitivity {
  readonly name: string
}

/** How a model's answers changed; JSON. */
export interface NoiseReport {
  readonly share: number
  readonly seed: number
  /** Windows. */
  readonly n: number
  /** Of the numbers as they come out of the model, all together. */
  readonly outputs: Omit<NoiseSensitivity, 'flips'>
  /** Of the probabilities of each horizon. */
  readonly horizons: readonly NoiseOfHorizon[]
}

/** Windows that a model is asked for in one call. */
const piece = 32

/** Numbers of a normal distribution (Box and Muller 1958), two from each pair of uniform ones. */
function normals(seed: number): () => number {
  const random = xoroshiro128plus(seed)
  let second: number | undefined
  return () => {
    if (second !== undefined) {
      const kept = second
      second = undefined
      return kept
    }
    const size = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)))
    const angle = 2 * Math.PI * uniformFloat64(random)
    second = size * Math.sin(angle)
    return size * Math.cos(angle)
  }
}

/** Sums a function of every value by feature, a window at a time. */
function* sumsByFeature(
  windows: Float32Array,
  features: number,
  size: number,
  of: (value: number, feature: number) => number,
): Steps<Float64Array> {
  const sums = new Float64Array(features)
  for (let start = 0; start < windows.length; start += size) {
    for (let i = 0; i < size; i++) sums[i % features]! += of(windows[start + i]!, i % features)
    yield start / windows.length
  }
  return sums
}

/** The deviation of each feature over all rows of all windows. */
function* deviationsOf(windows: Float32Array, features: number, size: number): Steps<Float64Array> {
  const rows = windows.length / features
  const means = (yield* sumsByFeature(windows, features, size, (value) => value)).map((sum) => sum / rows)
  const squares = yield* sumsByFeature(windows, features, size, (value, i) => (value - means[i]!) ** 2)
  return squares.map((sum) => Math.sqrt(sum / rows))
}

/** A copy of windows with noise. */
function* disturbed(
  windows: Float32Array,
  sizes: Float64Array,
  size: number,
  normal: () => number,
): Steps<Float32Array<ArrayBuffer>> {
  const noisy = new Float32Array(windows)
  for (let start = 0; start < noisy.length; start += size) {
    for (let i = 0; i < size; i++) noisy[start + i]! += sizes[i % sizes.length]! * normal()
    yield start / noisy.length
  }
  return noisy
}

/** All answers of a model, piece after piece. */
class Answers {
  readonly #outputs: number[] = []
  readonly #probabilities = new Map<string, number[]>()

  add({ outputs, probabilities }: ModelAnswers): void {
    for (let i = 0; i < outputs.length; i++) this.#outputs.push(outputs[i]!)
    for (const [name, values] of Object.entries(probabilities)) {
      const column = this.#probabilities.get(name) ?? []
      for (let i = 0; i < values.length; i++) column.push(values[i]!)
      this.#probabilities.set(name, column)
    }
  }

  /** How far others are from these. */
  against(others: Answers, count: number): Pick<NoiseReport, 'outputs' | 'horizons'> {
    const compare = (clean: readonly number[], noisy: readonly number[] = []): NoiseSensitivity =>
      noiseSensitivity(clean, noisy, clean.length / count)
    const { n, meanAbsolute, rootMeanSquare, largest, relative } = compare(this.#outputs, others.#outputs)
    return {
      // Returns and logits side by side: which of them is the largest says nothing.
      outputs: { n, meanAbsolute, rootMeanSquare, largest, relative },
      horizons: [...this.#probabilities].map(([name, clean]) => ({
        name,
        ...compare(clean, others.#probabilities.get(name)),
      })),
    }
  }
}

function checkOptions({ windows, count, features, share = 0.05, seed = 1 }: NoiseCheckOptions): void {
  checkCount('count', count)
  checkCount('features', features)
  if (windows.length === 0 || windows.length % (count * features) !== 0)
    refuseOption('windows', `${windows.length} values long`, `whole rows of ${features} features in ${count} windows`)
  if (!(share > 0 && share <= 1)) refuseOption('share', share, 'above 0 and at most 1')
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff))
    refuseOption('seed', seed, 'a whole number from 0 to 4294967295')
}

/**
 * Asks a model for windows as they are, and with normally distributed noise added to every value, and tells how far the answers
 * are apart. A model whose side changes with noise that nobody would see in a chart has learnt something that is not there. The
 * same windows, seed and model give the same report. The thread is free between the questions.
 *
 * @param options `windows` of `windowsAt`, scaled as the model wants them; `ask`: `modelAnswers` of `candlewick/monitor`
 * @throws `evaluate/option`, `evaluate/row` for an answer that is not finite; what the model throws; the signal's reason when it aborts
 * @example
 * ```ts
 * await using model = await registry.getModel(id)
 * const { entry } = await registry.load(id)
 * const features = entry.features.names.length
 * const noise = await noiseCheck({ windows, count: 512, features, ask: modelAnswers(model, entry) })
 * console.log(noise.horizons.map(({ name, flips }) => [name, flips]))
 * ```
 */
export async function noiseCheck(options: NoiseCheckOptions): Promise<NoiseReport> {
  checkOptions(options)
  const { windows, count, features, ask, share = 0.05, seed = 1, signal, onProgress } = options
  const size = windows.length / count
  const deviations = await finishInTurns(deviationsOf(windows, features, size), signal)
  const sizes = deviations.map((deviation) => share * deviation)
  const normal = normals(seed)
  const [clean, noisy] = [new Answers(), new Answers()]
  for (let first = 0; first < count; first += piece) {
    const some = Math.min(piece, count - first)
    const part = windows.slice(first * size, (first + some) * size)
    const moved = await finishInTurns(disturbed(part, sizes, size, normal), signal)
    clean.add(await abortable(ask(part, some), signal))
    noisy.add(await abortable(ask(moved, some), signal))
    onProgress?.((first + some) / count)
  }
  return { share, seed, n: count, ...clean.against(noisy, count) }
}

/**
 * Bars of judged rows, spread evenly over them: market by market, at most `most` in all.
 *
 * @param rows times and symbols, such as `outcomes.rows()`
 * @returns for each market that has some, rows of its series, rising
 * @throws `evaluate/option` for a row of a market that is not among the histories, `evaluate/row` for one of no bar
 * @example
 * ```ts
 * for (const { series, bars } of spreadBars([btc, eth], outcomes.rows(), 512))
 *   parts.push(await windowsAt(series.columns, pipeline, bars))
 * ```
 */
export function spreadBars(
  histories: readonly CandleSeries[],
  rows: RowKeys,
  most: number,
): readonly { readonly series: CandleSeries; readonly bars: Int32Array }[] {
  checkCount('most', most)
  const markets = judgedBarsOf(histories, rows)
  const total = rows.times.length
  const count = Math.min(most, total)
  // In the middle of each of so many equal parts.
  const chosen = new Set(Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * total) / count)))
  let before = 0
  return markets.flatMap(({ series, bars }) => {
    const own = bars.filter((_, i) => chosen.has(before + i))
    before += bars.length
    return own.length === 0 ? [] : [{ series, bars: own }]
  })
}
