/** Pointwise arithmetic. Each kernel has its own loop so that the compiler sees one operation in it. */
import { type Kernel, pointwise } from './kernel.ts'

/** a + b */
export const add: Kernel = pointwise('add', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! + values[b + i]!
})

/** a - b */
export const sub: Kernel = pointwise('sub', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! - values[b + i]!
})

/** a x b */
export const mul: Kernel = pointwise('mul', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! * values[b + i]!
})

/** a / b, for divisors that cannot be zero: prices. */
export const div: Kernel = pointwise('div', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! / values[b + i]!
})

/** a / b, and the third input where b is zero. */
export const ratio: Kernel = pointwise('ratio', 3, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  const fallback = inputs[2]!
  for (let i = 0; i < count; i++) {
    const divisor = values[b + i]!
    values[output + i] = divisor === 0 ? values[fallback + i]! : values[a + i]! / divisor
  }
})

/** The smaller of a and b. */
export const min: Kernel = pointwise('min', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) {
    const left = values[a + i]!
    const right = values[b + i]!
    values[output + i] = left < right ? left : right
  }
})

/** The larger of a and b. */
export const max: Kernel = pointwise('max', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) {
    const left = values[a + i]!
    const right = values[b + i]!
    values[output + i] = left > right ? left : right
  }
})

/** -x, without negative zero. */
export const neg: Kernel = pointwise('neg', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = 0 - values[x + i]!
})

/** |x| */
export const abs: Kernel = pointwise('abs', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.abs(values[x + i]!)
})

/** x held between the two parameters. */
export const clip: Kernel = pointwise('clip', 1, (_state, _at, parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  const low = parameters[0]!
  const high = parameters[1]!
  for (let i = 0; i < count; i++) {
    const value = values[x + i]!
    values[output + i] = value < low ? low : value > high ? high : value
  }
})
