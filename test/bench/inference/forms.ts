/** The forms of one network that are held against each other. */
import { decodeModel, fastForm, type Precision, precisions, recognise } from '../../../src/onnx/index.ts'
import { plainExport } from './plain-export.ts'
import type { StateDict } from './state-dict.ts'

/** As PyTorch exports it, and as the converter makes them of that. */
export type Forms = Readonly<Record<'plain' | Precision, Uint8Array<ArrayBuffer>>>

/** Converts as the command line does. @throws Error when the export is not recognised */
export function formsOf(plain: Uint8Array<ArrayBuffer>): Forms {
  const found = recognise(decodeModel(plain))
  if (!('network' in found)) throw new Error(`The converter does not know the export: ${found.reason}`)
  const { network } = found
  const converted = precisions.map((precision) => [precision, fastForm(network, precision)] as const)
  return { plain, ...(Object.fromEntries(converted) as Record<Precision, Uint8Array<ArrayBuffer>>) }
}

/** All forms of a network of these weights. */
export const allForms = (weights: StateDict): Forms => formsOf(plainExport(weights))
