import { describe, expect, it } from 'vitest'
import { checkServing } from '../../../src/engine/servable.ts'
import type { ModelEntry } from '../../../src/registry/index.ts'
import { publishTrained } from './trained-models.ts'

/** What is wrong with a changed entry; undefined where nothing is. */
async function differenceOf(name: string, change: (entry: ModelEntry) => Partial<ModelEntry>): Promise<unknown> {
  const { manifest } = await publishTrained(name)
  const entry = manifest.models[0]!
  return checkServing({ ...entry, ...change(entry) }, 'changed').then(
    () => undefined,
    (error: unknown) => (error as { details?: unknown }).details,
  )
}

const input =
  (...dims: readonly (number | string)[]) =>
  ({ io }: ModelEntry): Partial<ModelEntry> => ({ io: { ...io, inputs: [{ name: 'x', dtype: 'float32', dims }] } })

const output =
  (dtype: string, ...dims: readonly (number | string)[]) =>
  ({ io }: ModelEntry): Partial<ModelEntry> => ({ io: { ...io, outputs: [{ name: 'y', dtype, dims }] } })

describe('an entry that is to be run', () => {
  it('takes windows as bars of features, or as one row of both', async () => {
    expect(await differenceOf('lstm-classifier', input('n', 8, 3))).toBeUndefined()
    expect(await differenceOf('lstm-classifier', input(1, 24))).toBeUndefined()
    expect(await differenceOf('linear-regressor', input('n', 3))).toBeUndefined()
    expect(await differenceOf('linear-regressor', input('n', 1, 3))).toBeUndefined()
  })

  it.each([
    ['features before bars', ['n', 3, 8]],
    ['the right number of values in other sizes', ['n', 4, 6]],
    ['a bar too many', ['n', 9, 3]],
    ['a feature too many', ['n', 25]],
    ['a free size', ['n', 'bars', 3]],
    ['nothing but a batch', ['n']],
  ])('is refused with %s', async (_, dims) => {
    expect(await differenceOf('lstm-classifier', input(...dims))).toEqual({
      path: 'io.inputs[0].dims',
      expected: '[batch, 8, 3] or [batch, 24], because features.lookback is 8 and there are 3 features',
      actual: `[${dims.join(', ')}]`,
    })
  })

  it('is refused with a batch that is neither free nor 1', async () => {
    expect(await differenceOf('lstm-classifier', input(4, 8, 3))).toMatchObject({
      expected: 'a free batch, or a batch of 1',
    })
  })

  it('has as many output values as its layout, in whatever sizes', async () => {
    expect(await differenceOf('lstm-classifier', output('float32', 'n', 6))).toBeUndefined()
    for (const dims of [['n', 5], ['n', 2, 2], ['n', 'classes'], []])
      expect(await differenceOf('lstm-classifier', output('float32', ...dims))).toMatchObject({
        path: 'io.outputs[0].dims',
        expected: 'a batch of 6 values, such as [batch, 6]',
      })
  })

  it('declares float32 tensors, one of them in and one out', async () => {
    expect(await differenceOf('lstm-classifier', output('int64', 'n', 6))).toMatchObject({
      path: 'io.outputs[0].dtype',
    })
    const two = ({ io }: ModelEntry): Partial<ModelEntry> => ({
      io: { ...io, outputs: [...io.outputs, ...io.outputs] },
    })
    expect(await differenceOf('lstm-classifier', two)).toEqual({
      path: 'io.outputs',
      expected: 'one output, the one that is fetched',
      actual: '2',
    })
  })

  it('has reference answers that its layout can read', async () => {
    const answer =
      (values: readonly number[]) =>
      ({ golden }: ModelEntry): Partial<ModelEntry> => ({
        golden: golden!.map((sample) => ({ ...sample, output: values })),
      })
    expect(await differenceOf('logistic-classifier', answer([0.5, 0.25, 0.25]))).toBeUndefined()
    expect(await differenceOf('logistic-classifier', answer([1.5, -0.25, 0]))).toMatchObject({
      path: 'output[0]',
      expected: expect.stringContaining('append a Softmax') as string,
    })
  })
})
