/**
 * Chains of arithmetic that formulas are full of, each in one loop. They do what the kernels of the chain do, in the same
 * order, so the bits are the chain's. An input that is called a constant is the same on all bars.
 */
import { type Kernel, pointwise } from './kernel.ts'

/** constant x (a / b), with a second constant for a / b where b is zero. Inputs: a, b, constants. */
export const scaledRatio: Kernel = pointwise(
  'scaledRatio',
  4,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const scale = values[inputs[2]!]!
    const fallback = scale * values[inputs[3]!]!
    for (let i = 0; i < count; i++) {
      const divisor = values[b + i]!
      values[output + i] = divisor === 0 ? fallback : scale * (values[a + i]! / divisor)
    }
  },
)

/** constant x (a / (a + b)), with a second constant for the quotient where a + b is zero. Inputs: a, b, constants. */
export const scaledShare: Kernel = pointwise(
  'scaledShare',
  4,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const scale = values[inputs[2]!]!
    const fallback = scale * values[inputs[3]!]!
    for (let i = 0; i < count; i++) {
      const share = values[a + i]!
      const whole = share + values[b + i]!
      values[output + i] = whole === 0 ? fallback : scale * (share / whole)
    }
  },
)

/** constant x ((a - b) / c), with a second constant for the quotient where c is zero. Inputs: a, b, c, constants. */
export const scaledPlace: Kernel = pointwise(
  'scaledPlace',
  5,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const c = inputs[2]!
    const scale = values[inputs[3]!]!
    const fallback = scale * values[inputs[4]!]!
    for (let i = 0; i < count; i++) {
      const divisor = values[c + i]!
      values[output + i] = divisor === 0 ? fallback : scale * ((values[a + i]! - values[b + i]!) / divisor)
    }
  },
)

/** constant x (|a - b| / (a + b)), with a second constant for the quotient where a + b is zero. Inputs: a, b, constants. */
export const scaledContrast: Kernel = pointwise(
  'scaledContrast',
  4,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const scale = values[inputs[2]!]!
    const fallback = scale * values[inputs[3]!]!
    for (let i = 0; i < count; i++) {
      const left = values[a + i]!
      const right = values[b + i]!
      const whole = left + right
      values[output + i] = whole === 0 ? fallback : scale * (Math.abs(left - right) / whole)
    }
  },
)

/** (a - b) / (constant x c), and a second constant where that divisor is zero. Inputs: a, b, c, constants. */
export const distanceRatio: Kernel = pointwise(
  'distanceRatio',
  5,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const c = inputs[2]!
    const scale = values[inputs[3]!]!
    const fallback = values[inputs[4]!]!
    for (let i = 0; i < count; i++) {
      const divisor = scale * values[c + i]!
      values[output + i] = divisor === 0 ? fallback : (values[a + i]! - values[b + i]!) / divisor
    }
  },
)

/** (constant x a) / b. Inputs: a, b, the constant. */
export const scaledQuotient: Kernel = pointwise(
  'scaledQuotient',
  3,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const scale = values[inputs[2]!]!
    for (let i = 0; i < count; i++) values[output + i] = (scale * values[a + i]!) / values[b + i]!
  },
)

/** (constant x (a - b)) / c. Inputs: a, b, c, the constant. */
export const scaledDistance: Kernel = pointwise(
  'scaledDistance',
  4,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const c = inputs[2]!
    const scale = values[inputs[3]!]!
    for (let i = 0; i < count; i++) values[output + i] = (scale * (values[a + i]! - values[b + i]!)) / values[c + i]!
  },
)

/** a + constant x b. Inputs: a, b, the constant. */
export const addScaled: Kernel = pointwise(
  'addScaled',
  3,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const scale = values[inputs[2]!]!
    for (let i = 0; i < count; i++) values[output + i] = values[a + i]! + scale * values[b + i]!
  },
)

/** a - constant x b. Inputs: a, b, the constant. */
export const subScaled: Kernel = pointwise(
  'subScaled',
  3,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const scale = values[inputs[2]!]!
    for (let i = 0; i < count; i++) values[output + i] = values[a + i]! - scale * values[b + i]!
  },
)

/** (a + b + c) / constant. Inputs: a, b, c, the constant. */
export const dividedSum: Kernel = pointwise(
  'dividedSum',
  4,
  (_state, _at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    const c = inputs[2]!
    const divisor = values[inputs[3]!]!
    for (let i = 0; i < count; i++) values[output + i] = (values[a + i]! + values[b + i]! + values[c + i]!) / divisor
  },
)
