import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { passedThrough } from '../../../../src/cli/convert/conversion.ts'
import { undescribed } from '../../../../src/cli/convert/description.ts'
import { readSource } from '../../../../src/cli/convert/source.ts'
import { tensorsOf } from '../../engine/trained-models.ts'

const entryOf = async (name: string): Promise<unknown> => {
  const path = fileURLToPath(new URL(`../../../golden/models/${name}.onnx`, import.meta.url))
  const { entry } = await passedThrough({
    source: await readSource(path, undefined),
    description: undescribed,
    maxError: undefined,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
  return JSON.parse(new TextDecoder().decode(entry.file.bytes))
}

it('declares the probabilities of a classifier that is passed on, and not its labels', async () => {
  expect(await entryOf('lightgbm-classifier')).toMatchObject({
    io: { outputs: tensorsOf('lightgbm-classifier').outputs },
  })
})

it('makes a reference run for an LSTM that is passed on', async () => {
  const entry = await entryOf('lstm-classifier')
  expect(entry).toMatchObject({ modelType: 'onnx', io: { outputs: [{ name: 'probabilities' }] } })
  expect((entry as { golden: { output: number[] }[] }).golden[0]!.output).toHaveLength(6)
})

it('leaves the choice to its publisher where no output is the only one of numbers', async () => {
  const entry = (await entryOf('forest-classifier-zipmap')) as { io: { outputs: { name: string }[] } }
  expect(entry.io.outputs.map(({ name }) => name)).toEqual(['label', 'maps'])
})
