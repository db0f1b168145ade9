/** What `candlewick convert` reads: trained weights, or a model that exists already. */
import { extname } from 'node:path'
import { CandlewickError, isCandlewickError } from '../../core/errors.ts'
import { decodeModel, type Network, networkOfWeights, readSafetensors, recognise } from '../../onnx/index.ts'
import { readBytes } from '../whole-files.ts'
import { checkSizes, readNetworkConfig } from './config.ts'
import { inlined } from './external-data.ts'

/** A source read and understood, as far as it can be. */
export interface Source {
  readonly kind: 'weights' | 'onnx'
  readonly path: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** What it computes; undefined where it is not the network that is converted. */
  readonly network: Network | undefined
  /** Why there is no network. */
  readonly reason: string | undefined
  /** The model to run as the truth; undefined for weights, which no runtime runs. */
  readonly model: Uint8Array<ArrayBuffer> | undefined
  readonly opset: number | undefined
}

const remedy =
  'Reading it could run code that is hidden in it. Save the weights as safetensors in Python, as docs/convert.md shows.'

function refuseCode(path: string, bytes: Uint8Array): void {
  const refuse = (found: string): never => {
    throw new CandlewickError('convert/source', { path, found, remedy })
  }
  const [first, second, third] = bytes
  if (first === 0x50 && second === 0x4b && (third === 3 || third === 5))
    refuse('a zip archive, as PyTorch saves pickles')
  // A pickle begins with its protocol, from 2 on.
  if (first === 0x80 && second !== undefined && second >= 2 && second <= 5) refuse('a pickle')
  if (/^\.(?:pth?|ckpt|pkl|pickle|joblib)$/i.test(extname(path))) refuse('a file of pickles by its name')
}

/** A safetensors file begins with the length of a JSON object. */
const looksLikeSafetensors = (bytes: Uint8Array): boolean =>
  bytes[8] === 0x7b && bytes[7] === 0 && bytes[6] === 0 && bytes[5] === 0

async function weightsSource(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  config: string | undefined,
): Promise<Source> {
  const tensors = readSafetensors(bytes)
  if (config === undefined)
    throw new CandlewickError('convert/config', { field: '--config', expected: 'a file', actual: 'nothing' })
  const file = await readNetworkConfig(config)
  const network = networkOfWeights(tensors, file)
  checkSizes(network, file)
  return { kind: 'weights', path, bytes, network, reason: undefined, model: undefined, opset: undefined }
}

async function onnxSource(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Source> {
  const source = { kind: 'onnx', path, bytes, network: undefined, reason: undefined, opset: undefined } as const
  let decoded
  try {
    decoded = decodeModel(bytes)
  } catch (error) {
    // It may still be a model that the runtime takes: what is not understood is passed on as it is.
    if (!isCandlewickError(error, 'onnx/invalid')) throw error
    return { ...source, model: bytes, reason: error.details.reason }
  }
  const whole = await inlined(decoded, path)
  const standard = decoded.opsetImport?.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')
  const opset = standard?.version === undefined ? undefined : Number(standard.version)
  const recognition = recognise(whole.model)
  if ('network' in recognition) return { ...source, network: recognition.network, model: whole.bytes ?? bytes, opset }
  if (whole.bytes !== undefined) {
    const found = `a model whose weights lie in other files, and no PatchTST (${recognition.reason})`
    throw new CandlewickError('convert/source', { path, found, remedy: 'Export it into one file.' })
  }
  return { ...source, model: bytes, opset, reason: recognition.reason }
}

/**
 * Reads a source.
 *
 * @throws `file/unreadable`, `convert/source`, `convert/config`, `convert/weights`, `safetensors/invalid`
 */
export async function readSource(path: string, config: string | undefined): Promise<Source> {
  const bytes = await readBytes(path)
  refuseCode(path, bytes)
  return extname(path).toLowerCase() === '.safetensors' || looksLikeSafetensors(bytes)
    ? weightsSource(path, bytes, config)
    : onnxSource(path, bytes)
}
