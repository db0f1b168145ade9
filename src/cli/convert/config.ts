/** The configuration of a trained network: what its weights do not say, and checks of what they do. */
import { extname } from 'node:path'
import { CandlewickError, reasonOf } from '../../core/errors.ts'
import type { Network, NetworkConfig } from '../../onnx/index.ts'
import { readText } from '../read-text.ts'

/** An object of a JSON file. */
export type Json = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** YAML by the ending of the name, or JSON. The library is loaded only for YAML. */
async function parsed(path: string, text: string): Promise<unknown> {
  if (!/^\.ya?ml$/i.test(extname(path))) return JSON.parse(text)
  const { parse } = await import('yaml')
  return parse(text)
}

/**
 * Reads a JSON or YAML file with an object.
 *
 * @throws `file/unreadable`
 */
export async function readObject(path: string): Promise<Json> {
  const text = await readText(path)
  const refuse = (reason: string, cause?: unknown): CandlewickError =>
    new CandlewickError('file/unreadable', { path, reason }, { cause })
  let value: unknown
  try {
    value = await parsed(path, text)
  } catch (cause) {
    throw refuse(reasonOf(cause), cause)
  }
  if (!isObject(value)) throw refuse('it holds no object')
  return value
}

/** What a configuration file says of the network. */
export interface NetworkFile extends NetworkConfig {
  /** Sizes that the weights have too, by the names of the file. */
  readonly stated: ReadonlyMap<string, number>
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing'

function wrong(field: string, expected: string, value: unknown): never {
  throw new CandlewickError('convert/config', { field, expected, actual: shown(value) })
}

/** The sizes that both have, by the names of the reference configuration. */
const sizesOf = ({ anatomy }: Network): Readonly<Record<string, number>> => ({
  input_size: anatomy.features,
  patch_len: anatomy.patch,
  d_model: anatomy.width,
  e_layers: anatomy.heads.length,
  output_size: anatomy.outputs,
})

/**
 * Reads the configuration of a network: the fields `context_window`, `stride` and `n_heads`, which the weights do not
 * show, and optionally others of the reference configuration. They may stand in an object `model`.
 *
 * @throws `convert/config`, `file/unreadable`
 */
export async function readNetworkConfig(path: string): Promise<NetworkFile> {
  const file = await readObject(path)
  const fields = isObject(file['model']) ? file['model'] : file
  const count = (field: string): number => {
    const value = fields[field]
    return Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : wrong(field, 'a whole number above 0', value)
  }
  const { activation = 'gelu' } = fields
  if (activation !== 'gelu' && activation !== 'relu') wrong('activation', '"gelu" or "relu"', activation)
  const known = ['input_size', 'patch_len', 'd_model', 'e_layers', 'output_size']
  const stated = new Map(known.filter((field) => fields[field] !== undefined).map((field) => [field, count(field)]))
  return { window: count('context_window'), stride: count('stride'), heads: count('n_heads'), activation, stated }
}

/**
 * Holds a configuration against the network that the weights made.
 *
 * @throws `convert/config` for the first size that differs
 */
export function checkSizes(network: Network, { stated }: NetworkFile): void {
  const sizes = sizesOf(network)
  for (const [field, value] of stated)
    if (sizes[field] !== value) wrong(field, `${sizes[field]}, as the weights have it`, value)
}
