/** Pointwise functions of one number. */
import { type Kernel, pointwise } from './kernel.ts'

/** Natural logarithm of a positive number. */
export const log: Kernel = pointwise('log', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.log(values[x + i]!)
})

/** ln(1 + x) for x > -1, exact near zero. */
export const log1p: Kernel = pointwise('log1p', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.log1p(values[x + i]!)
})

/** Square root of a number that is not negative. */
export const sqrt: Kernel = pointwise('sqrt', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.sqrt(values[x + i]!)
})

/** e to the power of x. */
export const exp: Kernel = pointwise('exp', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.exp(values[x + i]!)
})

/** Sine of x in radians. */
export const sin: Kernel = pointwise('sin', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.sin(values[x + i]!)
})

/** Cosine of x in radians. */
export const cos: Kernel = pointwise('cos', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.cos(values[x + i]!)
})

/** -1, 0 or 1; never negative zero. */
export const sign: Kernel = pointwise('sign', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) {
    const value = values[x + i]!
    // Signs of returns are a coin toss, which a branch loses every other time.
    values[output + i] = Number(value > 0) - Number(value < 0)
  }
})

/** The largest whole number not above x. */
export const floor: Kernel = pointwise('floor', 1, (_state, _at, _parameters, values, inputs, output, count) => {
  const x = inputs[0]!
  for (let i = 0; i < count; i++) values[output + i] = Math.floor(values[x + i]!)
})
