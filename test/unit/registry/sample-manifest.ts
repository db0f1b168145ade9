/** A manifest that is right in every field, for tests to spoil. */
import { sha256 as digest } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

import type { Manifest, ModelEntry } from '../../../src/registry/manifest.ts'

export const sha256 = (bytes: Uint8Array): string => bytesToHex(digest(bytes))

export const modelBytes: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 3)
export const scalerBytes: Uint8Array<ArrayBuffer> = new TextEncoder().encode('{"mean":[0,1],"scale":[1,2]}')

export function sampleEntry(changes: Partial<ModelEntry> = {}): ModelEntry {
  return {
    name: 'patchtst-sample',
    version: '1.0.0',
    modelType: 'patchtst',
    taskType: 'multitask',
    notice: 'Untrained sample',
    createdAt: '2026-01-31T12:00:00Z',
    trainingDate: '2026-01-30',
    metrics: { ic_mean: 0.05 },
    artifact: {
      url: 'model.onnx',
      size: modelBytes.byteLength,
      sha256: sha256(modelBytes),
      opset: 17,
      precision: 'fp32',
    },
    scaler: { url: 'scaler.json', size: scalerBytes.byteLength, sha256: sha256(scalerBytes) },
    features: {
      names: ['rsi_14', 'ppo'],
      hash: 'ab'.repeat(32),
      digests: ['01'.repeat(8), '23'.repeat(8)],
      lookback: 96,
      timeframe: '15m',
      warmup: 200,
    },
    io: {
      inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 96, 2] }],
      outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 20] }],
    },
    outputLayout: {
      id: 'unified-20',
      horizons: [
        { name: '15m', bars: 1 },
        { name: '1h', bars: 4 },
      ],
    },
    classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
    golden: [
      { input: { url: 'input.f32', size: 768, sha256: 'ef'.repeat(32) }, output: [0.5, -0.25], atol: 1e-4, rtol: 1e-3 },
    ],
    ...changes,
  }
}

export function sampleManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    schema: 'model-manifest/1',
    version: 1,
    issuedAt: '2026-02-01T00:00:00.000Z',
    expires: '2027-02-01T00:00:00Z',
    minPackage: '0.1.0',
    models: [sampleEntry()],
    ...changes,
  }
}
