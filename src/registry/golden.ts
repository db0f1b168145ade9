/** The reference run: a known input must give the promised output, or something between the bytes and here is broken. */
import { CandlewickError } from '../core/errors.ts'

/** A reference run with its input read. */
export interface GoldenRun {
  readonly input: Float32Array<ArrayBuffer>
  readonly output: readonly number[]
  readonly atol: number
  readonly rtol: number
}

/** Reads a raw file of little-endian float32 values. */
export function readFloats(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: Math.floor(bytes.byteLength / 4) }, (_, i) => view.getFloat32(4 * i, true))
}

/**
 * Runs a model on its reference inputs.
 *
 * @throws `model/golden-mismatch` for the first output that is off by more than `atol + rtol * |expected|`, is not finite,
 * or is missing
 */
export async function checkGolden(
  model: { readonly id: string; readonly backend: string },
  runs: readonly GoldenRun[],
  predict: (input: Float32Array<ArrayBuffer>) => Promise<Float32Array>,
): Promise<void> {
  for (const { input, output, atol, rtol } of runs) {
    const answer = await predict(input)
    for (let index = 0; index < Math.max(output.length, answer.length); index++) {
      const [expected = NaN, actual = NaN] = [output[index], answer[index]]
      if (Math.abs(actual - expected) <= atol + rtol * Math.abs(expected)) continue
      throw new CandlewickError('model/golden-mismatch', { ...model, index, expected, actual })
    }
  }
}
