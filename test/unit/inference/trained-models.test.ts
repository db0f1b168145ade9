import { describe, expect, it } from 'vitest'
import { type ModelContract, ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { answers, modelBytes, tensorsOf, trainedModels } from '../engine/trained-models.ts'

const contractOf = (name: string): ModelContract => {
  const { inputs, outputs } = tensorsOf(name)
  return { id: name, input: inputs[0]!, output: outputs[0]! }
}

const open = (file: string, contract: ModelContract): Promise<ModelSession> =>
  ModelSession.open({ contract, model: modelBytes(file), backends: [wasmBackend()], warmupRuns: 1 })

describe('a model of another library', () => {
  it.each(Object.keys(trainedModels))('answers as the library does: %s', async (name) => {
    const { dims, inputs, outputs } = answers[name]!
    const count = inputs.length / dims.reduce((product, size) => product * size, 1)
    await using session = await open(name, contractOf(name))
    const answered = await session.run(Float32Array.from(inputs), count)

    expect(answered).toHaveLength(outputs.length)
    // Single against double precision; a wrong branch of one tree would be a hundred times further off.
    for (const [i, value] of outputs.entries()) expect(Math.abs(answered[i]! - value)).toBeLessThan(1e-6)
  })

  it('is refused with advice where its probabilities are a sequence of maps', async () => {
    const contract = contractOf('forest-classifier')
    const declared = { ...contract, output: { ...contract.output, name: 'maps' } }
    await expect(open('forest-classifier-zipmap', declared)).rejects.toMatchObject({
      code: 'model/contract',
      details: { path: 'output.dtype', expected: 'a tensor of float32 (export the classifier with zipmap off)' },
    })
  })

  it('is refused where its labels are declared in place of its numbers', async () => {
    const contract = contractOf('forest-classifier')
    const declared = { ...contract, output: { ...contract.output, name: 'label', dims: ['batch'] } }
    await expect(open('forest-classifier', declared)).rejects.toMatchObject({
      code: 'model/contract',
      details: { path: 'output.dtype', actual: 'int64' },
    })
  })
})
