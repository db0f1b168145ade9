/** Windows that look like scaled features: each column a walk with noise. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { shape } from './state-dict.ts'

/** The same windows for the same count. */
export function walks(count: number): Float32Array<ArrayBuffer> {
  const { window, features } = shape
  const random = xoroshiro128plus(16)
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random))
  const data = new Float32Array(count * window * features)
  for (let at = 0; at < count; at++)
    for (let feature = 0; feature < features; feature++) {
      let value = normal()
      for (let step = 0; step < window; step++) {
        value += 0.2 * normal()
        data[(at * window + step) * features + feature] = Math.max(-10, Math.min(10, value + 0.5 * normal()))
      }
    }
  return data
}
