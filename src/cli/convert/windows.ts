/** Windows on which a converted model is compared with its source. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { CandlewickError } from '../../core/errors.ts'
import { countWindows, FeatureStream, pastWindows, type PipelineOptions } from '../../features/index.ts'
import { readCsv } from '../../feeds/index.ts'
import { readFloats } from '../../registry/index.ts'
import { readBytes } from '../whole-files.ts'
import { readText } from '../read-text.ts'

/** Windows one after another, [window, time, feature]. */
export interface Windows {
  readonly count: number
  readonly data: Float32Array<ArrayBuffer>
}

/** The sizes of one window. */
export interface WindowSize {
  readonly window: number
  readonly features: number
}

/** The largest number that scaled features usually reach. */
const clip = 10

/**
 * Windows that look like scaled features: trends, noise, columns that stand still, and now and then an extreme. The same
 * sizes give the same windows.
 */
export function randomWindows({ window, features }: WindowSize, count: number): Windows {
  const random = xoroshiro128plus(20_261_121)
  const uniform = (): number => uniformFloat64(random)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const data = new Float32Array(count * window * features)
  for (let at = 0; at < count; at += 1)
    for (let feature = 0; feature < features; feature += 1) {
      const [trend, noise, still] = [uniform(), uniform(), uniform() < 0.05]
      let value = normal()
      for (let step = 0; step < window; step += 1) {
        value += 0.3 * trend * normal()
        const moved = value + noise * normal()
        const extreme = uniform() < 0.001 ? clip * Math.sign(normal()) : moved
        // What is left of a still column is rounding, unless its sum is exact, as that of ones is.
        data[(at * window + step) * features + feature] = still ? 1 : Math.max(-clip, Math.min(clip, extreme))
      }
    }
  return { count, data }
}

/**
 * Windows of a file of raw little-endian float32.
 *
 * @throws `file/unreadable`
 */
export async function readWindows(path: string, { window, features }: WindowSize): Promise<Windows> {
  const data = readFloats(await readBytes(path))
  const count = data.length / (window * features)
  if (!Number.isInteger(count) || count === 0)
    throw new CandlewickError('file/unreadable', {
      path,
      reason: `it has ${data.length} float32 numbers, and a window has ${window} x ${features}`,
    })
  const bad = data.findIndex((value) => !Number.isFinite(value))
  if (bad !== -1) throw new CandlewickError('inference/input', { index: bad, value: data[bad]! })
  return { count, data }
}

/**
 * The scaled windows of the newest bars of a CSV file.
 *
 * @throws as the reader and the features do; `dataset/empty` for a history that is too short
 */
export async function candleWindows(
  path: string,
  pipeline: PipelineOptions,
  last: number,
  signal: AbortSignal,
): Promise<Windows> {
  const parts: Float32Array[] = []
  for (const series of readCsv(await readText(path))) {
    const possible = countWindows(series.columns.length, pipeline)
    if (possible === 0) {
      const { symbol } = series
      const need = new FeatureStream(pipeline.ids).warmup + pipeline.window - 1
      throw new CandlewickError('dataset/empty', { symbol, have: series.columns.length, need })
    }
    for await (const { windows, count } of pastWindows(series.columns, pipeline, { last, signal }))
      parts.push(windows.slice(0, count * pipeline.window * pipeline.ids.length))
  }
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return { count: data.length / (pipeline.window * pipeline.ids.length), data }
}
