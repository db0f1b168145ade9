/** Pointwise comparisons and choices. A flag is 1 or 0. */
import { type Kernel, pointwise } from './kernel.ts'

/** 1 where a > b. */
export const gt: Kernel = pointwise('gt', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! > values[b + i]! ? 1 : 0
})

/** 1 where a < b. */
export const lt: Kernel = pointwise('lt', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! < values[b + i]! ? 1 : 0
})

/** 1 where a >= b. */
export const ge: Kernel = pointwise('ge', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! >= values[b + i]! ? 1 : 0
})

/** 1 where a <= b. */
export const le: Kernel = pointwise('le', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! <= values[b + i]! ? 1 : 0
})

/** 1 where both flags are set. */
export const and: Kernel = pointwise('and', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! !== 0 && values[b + i]! !== 0 ? 1 : 0
})

/** 1 where a flag is set. */
export const or: Kernel = pointwise('or', 2, (_state, _at, _parameters, values, inputs, output, count) => {
  const a = inputs[0]!
  const b = inputs[1]!
  for (let i = 0; i < count; i++) values[output + i] = values[a + i]! !== 0 || values[b + i]! !== 0 ? 1 : 0
})

/** The second input where the first is set, else the third. */
export const select: Kernel = pointwise('select', 3, (_state, _at, _parameters, values, inputs, output, count) => {
  const flag = inputs[0]!
  const yes = inputs[1]!
  const no = inputs[2]!
  for (let i = 0; i < count; i++) values[output + i] = values[flag + i]! !== 0 ? values[yes + i]! : values[no + i]!
})
