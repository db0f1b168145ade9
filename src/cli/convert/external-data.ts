/** Weights of a model that lie in files beside it, as newer exporters write them. */
import { basename, dirname, join } from 'node:path'
import { CandlewickError } from '../../core/errors.ts'
import { encodeModel, type OnnxModel, type OnnxTensor } from '../../onnx/index.ts'
import { readBytes } from '../whole-files.ts'

/** The number of TensorProto.DataLocation that stands for another file. */
const elsewhere = 1

function wrong(tensor: OnnxTensor, reason: string): never {
  throw new CandlewickError('onnx/invalid', { reason: `the weight "${tensor.name ?? ''}" ${reason}` })
}

/** A model with all its weights inside. `bytes` is undefined where they were inside already. */
export async function inlined(
  model: OnnxModel,
  path: string,
): Promise<{ readonly model: OnnxModel; readonly bytes: Uint8Array<ArrayBuffer> | undefined }> {
  const tensors = model.graph?.initializer ?? []
  if (!tensors.some(({ dataLocation }) => dataLocation === elsewhere)) return { model, bytes: undefined }
  const files = new Map<string, Uint8Array>()
  const initializer: OnnxTensor[] = []
  for (const tensor of tensors) {
    const { externalData = [], dataLocation, ...rest } = tensor
    if (dataLocation !== elsewhere) {
      initializer.push(tensor)
      continue
    }
    const field = (key: string): string | undefined => externalData.find((entry) => entry.key === key)?.value
    const location = field('location') ?? ''
    // A model must not make this program read files of other folders.
    if (location === '' || basename(location) !== location || location === '..')
      wrong(tensor, `lies at "${location}", which is not beside the model`)
    const file = files.get(location) ?? (await readBytes(join(dirname(path), location)))
    files.set(location, file)
    const offset = Number(field('offset') ?? 0)
    const end = offset + Number(field('length') ?? file.byteLength - offset)
    if (!(offset >= 0 && offset <= end && end <= file.byteLength)) wrong(tensor, `lies outside of "${location}"`)
    initializer.push({ ...rest, rawData: file.subarray(offset, end) })
  }
  const whole = { ...model, graph: { ...model.graph, initializer } }
  return { model: whole, bytes: encodeModel(whole) }
}
