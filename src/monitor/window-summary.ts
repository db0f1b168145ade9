/** The input of a prediction in a few numbers: a hash to recognise it by, and statistics to notice that it drifts. */
import { sha256Hex } from '../registry/integrity.ts'
import type { FeatureSummary } from './row.ts'

/** What is kept of a window besides its statistics. */
export interface WindowSummaryOptions {
  /** Ids of the features in their order; needed for `keep`. */
  readonly names?: readonly string[] | undefined
  /** Ids of features whose newest value is kept by name. */
  readonly keep?: readonly string[] | undefined
  /** Whether the newest bar's values are kept, 4 bytes each. Default false. */
  readonly keepLast?: boolean | undefined
  /** See {@link FeatureSummary.dissimilarity}. */
  readonly dissimilarity?: number | undefined
}

/** A window as the SHA-256 is taken of it: little-endian float32, whatever the machine. */
function littleEndian(window: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(window.byteLength)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < window.length; i++) view.setFloat32(4 * i, window[i]!, true)
  return bytes
}

/** Features with one and the same value in all bars. */
function constantColumns(window: Float32Array, count: number): number {
  let constant = 0
  for (let column = 0; column < count; column++) {
    let at = column
    while (at < window.length && window[at] === window[column]) at += count
    if (at >= window.length) constant++
  }
  return constant
}

function statisticsOf(window: Float32Array): Pick<FeatureSummary, 'nonFinite' | 'mean' | 'std' | 'min' | 'max'> {
  let [finite, sum, min, max] = [0, 0, Infinity, -Infinity]
  for (const value of window) {
    if (!Number.isFinite(value)) continue
    finite++
    sum += value
    if (value < min) min = value
    if (value > max) max = value
  }
  const nonFinite = window.length - finite
  if (finite === 0) return { nonFinite, mean: null, std: null, min: null, max: null }
  const mean = sum / finite
  // A second pass: the difference of squares would lose every digit where the mean is large.
  let squares = 0
  for (const value of window) if (Number.isFinite(value)) squares += (value - mean) ** 2
  return { nonFinite, mean, std: Math.sqrt(squares / finite), min, max }
}

/**
 * Summarises the window that is about to be run. Everything is read before the first wait, so the window may be reused as
 * soon as the call returns.
 *
 * @param window row-major, bars x features, oldest bar first, as the model sees it (scaled)
 * @param count features in one bar
 *
 * @example
 * ```ts
 * const features = await summarizeWindow(window, 240, { names, keep: ['rsi_14', 'atr_14'] })
 * ```
 *
 * @throws TypeError where the window is not whole bars, or `keep` names a feature that is not in `names`
 * @throws `platform/unsupported` in an insecure context
 */
export async function summarizeWindow(
  window: Float32Array,
  count: number,
  options: WindowSummaryOptions = {},
): Promise<FeatureSummary> {
  const { names = [], keep = [], keepLast = false, dissimilarity = null } = options
  if (!(Number.isSafeInteger(count) && count > 0 && window.length > 0 && window.length % count === 0))
    throw new TypeError(`A window of ${window.length} values is not made of bars of ${count} features.`)
  const last = window.slice(-count)
  const named = Object.fromEntries(
    keep.map((name) => {
      const value = last[names.indexOf(name)]
      if (value === undefined) throw new TypeError(`The feature "${name}" is not one of the model's.`)
      return [name, value]
    }),
  )
  const summary = {
    count,
    bars: window.length / count,
    constant: constantColumns(window, count),
    ...statisticsOf(window),
    last: keepLast ? last : null,
    named,
    dissimilarity,
  }
  return { ...summary, sha256: await sha256Hex(littleEndian(window)) }
}
