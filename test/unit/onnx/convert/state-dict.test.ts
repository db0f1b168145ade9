import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../../src/core/errors.ts'
import {
  evaluate,
  fastForm,
  type NamedTensor,
  type NetworkConfig,
  networkOfWeights,
  readSafetensors,
} from '../../../../src/onnx/index.ts'
import { distance, exportsFolder, readExport, runtimeAnswers } from './exports.ts'

const known = readExport(exportsFolder, 'state-dict')
const weights = readSafetensors(new Uint8Array(readFileSync(join(exportsFolder, 'state-dict.safetensors'))))
const config: NetworkConfig = {
  window: known.sizes.window,
  stride: known.sizes.stride,
  heads: known.sizes.heads,
  activation: 'gelu',
}

const complaintOf = (tensors: ReadonlyMap<string, NamedTensor>, changes: Partial<NetworkConfig> = {}): string => {
  try {
    networkOfWeights(tensors, { ...config, ...changes })
  } catch (error) {
    if (isCandlewickError(error, 'convert/weights')) return `${error.details.name}: ${error.details.actual}`
    throw error
  }
  return 'none'
}

const changed = (name: string, tensor: NamedTensor | undefined): ReadonlyMap<string, NamedTensor> => {
  const result = new Map(weights)
  if (tensor === undefined) result.delete(name)
  else result.set(name, tensor)
  return result
}

describe('trained weights', () => {
  it('answer as PyTorch does, exactly in double precision and nearly in the fast form', async () => {
    const network = networkOfWeights(weights, config)

    expect(distance(evaluate(network, known.windows), known.answers)).toBeLessThan(2e-6)
    expect(distance(await runtimeAnswers(fastForm(network, 'fp32'), known), known.answers)).toBeLessThan(2e-5)
  })

  it('answer otherwise with other heads: nothing else shows their number', () => {
    const network = networkOfWeights(weights, { ...config, heads: 4 })

    expect(distance(evaluate(network, known.windows), known.answers)).toBeGreaterThan(1e-3)
  })

  it('need no temperature', () => {
    const network = networkOfWeights(changed('temperature', undefined), config)
    const [first] = evaluate(network, known.windows).subarray(4, 5)

    expect(first! / known.answers[4]!).toBeCloseTo(1.7, 3)
  })

  it.each([...weights.keys()].filter((name) => !/^(?:long|short|confidence)|^temperature$/.test(name)))(
    'are refused without %s',
    (name) => {
      const complaint = complaintOf(changed(name, undefined))

      expect(complaint).not.toBe('none')
    },
  )

  it('are refused where something is left over, of another shape or not a number', () => {
    const bias = weights.get('ln.bias')!

    expect(complaintOf(changed('another.weight', bias))).toBe('another.weight: [8]')
    expect(complaintOf(changed('ln.bias', { dims: [4], data: bias.data.slice(0, 4) }))).toBe('ln.bias: [4]')
    expect(complaintOf(changed('ln.bias', { ...bias, data: bias.data.with(2, NaN) }))).toBe('ln.bias: NaN at 2')
    expect(complaintOf(changed('temperature', { dims: [1], data: new Float32Array(1) }))).toBe('temperature: 0')
  })

  it('are refused for a window or a number of heads that they do not fit', () => {
    expect(complaintOf(weights, { window: 4 })).toContain('patch_embedding.weight')
    expect(complaintOf(weights, { heads: 3 })).toContain('patch_embedding.weight')
    expect(complaintOf(weights, { window: 96 })).toBe('positional_encoding.pe: 5')
  })
})
