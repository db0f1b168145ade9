import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../src/core/errors.ts'
import { checkContract, type TensorSpec } from '../../../src/inference/contract.ts'
import { contract } from './models.ts'

const { input, output } = contract
const difference = (inputs: readonly TensorSpec[], outputs: readonly TensorSpec[] = [output]): unknown => {
  try {
    checkContract(contract, { inputs, outputs })
  } catch (error) {
    return isCandlewickError(error, 'model/contract') ? error.details : error
  }
  return 'none'
}

describe('checkContract', () => {
  it('accepts the promised tensors, whatever the name of the free dimension', () => {
    expect(difference([input])).toBe('none')
    expect(difference([{ ...input, dims: ['N', 96, 5] }], [{ ...output, dims: ['', 20] }])).toBe('none')
  })

  it.each([
    ['another name', { ...input, name: 'X' }, { path: 'input.name', expected: '"x"', actual: '"X"' }],
    [
      'another element type',
      { ...input, dtype: 'float16' },
      { path: 'input.dtype', expected: 'float32', actual: 'float16' },
    ],
    [
      'another number of features',
      { ...input, dims: ['batch', 96, 6] },
      { path: 'input.dims', expected: '[batch, 96, 5]', actual: '[batch, 96, 6]' },
    ],
    [
      'a fixed batch where a free one is promised',
      { ...input, dims: [1, 96, 5] },
      { path: 'input.dims', expected: '[batch, 96, 5]', actual: '[1, 96, 5]' },
    ],
    [
      'a free size where a fixed one is promised',
      { ...input, dims: ['batch', 'time', 5] },
      { path: 'input.dims', expected: '[batch, 96, 5]', actual: '[batch, time, 5]' },
    ],
    [
      'another rank',
      { ...input, dims: ['batch', 96] },
      { path: 'input.dims', expected: '[batch, 96, 5]', actual: '[batch, 96]' },
    ],
  ])('names the difference: %s', (_, actual, details) => {
    expect(difference([actual])).toEqual(details)
  })

  it('refuses a second input and a missing output', () => {
    expect(difference([input, { ...input, name: 'mask' }])).toEqual({
      path: 'inputs',
      expected: 'one, "x"',
      actual: '"x", "mask"',
    })
    expect(difference([input], [])).toEqual({ path: 'outputs', expected: '"y" among them', actual: 'none' })
  })

  it('finds the declared output among others, and leaves those alone', () => {
    const label = { name: 'label', dtype: 'int64', dims: ['n'] }
    const maps = { name: 'probabilities', dtype: 'not a tensor', dims: [] }
    expect(difference([input], [label, maps, output])).toBe('none')
    expect(difference([input], [label])).toEqual({ path: 'outputs', expected: '"y" among them', actual: '"label"' })
  })

  it('tells how to export a classifier whose probabilities are maps, and which output to declare instead of labels', () => {
    expect(difference([input], [{ ...output, dtype: 'not a tensor', dims: [] }])).toEqual({
      path: 'output.dtype',
      expected: 'a tensor of float32 (export the classifier with zipmap off)',
      actual: 'a sequence of maps',
    })
    expect(difference([input], [{ ...output, dtype: 'int64' }])).toEqual({
      path: 'output.dtype',
      expected: 'float32 (declare the output of numbers, not of labels)',
      actual: 'int64',
    })
  })
})
