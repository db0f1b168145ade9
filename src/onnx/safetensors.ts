/** Reads safetensors files: named tensors and nothing that could run. */
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { halfToNumber } from './half.ts'

/** A tensor as fp32, row major. */
export interface NamedTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array<ArrayBuffer>
}

/** Element types that weights come in, and how wide they are. */
const widths: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, BOOL: 1 }

/** Longest header that is read, in bytes; that of the format itself. */
const headerLimit = 100_000_000

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function refuse(reason: string): never {
  throw new CandlewickError('safetensors/invalid', { reason })
}

function headerOf(bytes: Uint8Array): { readonly header: Readonly<Record<string, unknown>>; readonly start: number } {
  if (bytes.byteLength < 8) return refuse(`it has ${bytes.byteLength} bytes`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > headerLimit || Number(length) > bytes.byteLength - 8)
    return refuse(`its header would have ${length} bytes, and the file has ${bytes.byteLength}`)
  const start = 8 + Number(length)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))
  } catch (cause) {
    return refuse(`its header is no JSON (${reasonOf(cause)})`)
  }
  return isObject(header) ? { header, start } : refuse('its header is no JSON object')
}

type Reader = (view: DataView, at: number) => number

const bfloat = new DataView(new ArrayBuffer(4))

const readers: Readonly<Record<string, Reader>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => halfToNumber(view.getUint16(at, true)),
  BF16: (view, at) => {
    // The upper half of an fp32 number.
    bfloat.setUint32(0, view.getUint16(at, true) << 16)
    return bfloat.getFloat32(0)
  },
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
}

interface Place {
  readonly dtype: string
  readonly dims: readonly number[]
  readonly from: number
  readonly to: number
}

function placeOf(name: string, value: unknown, room: number): Place {
  const shown = JSON.stringify(name)
  if (!isObject(value)) return refuse(`the entry of ${shown} is no object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || widths[dtype] === undefined || !Object.hasOwn(widths, dtype))
    return refuse(`${shown} has element type ${JSON.stringify(dtype)}`)
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse(`${shown} has no shape of whole numbers`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return refuse(`${shown} has no two offsets`)
  const [from, to] = offsets as [number, number]
  const length = shape.reduce((total: number, size: number) => total * size, 1)
  if (from > to || to > room) return refuse(`${shown} lies at ${from} to ${to}, and there are ${room} bytes`)
  if (to - from !== length * widths[dtype])
    return refuse(`${shown} has ${to - from} bytes, and its shape needs ${length * widths[dtype]}`)
  return { dtype, dims: shape, from, to }
}

/**
 * Reads a file. Numbers of other element types become fp32.
 *
 * @throws `safetensors/invalid` for anything but a whole file of this form
 */
export function readSafetensors(bytes: Uint8Array): ReadonlyMap<string, NamedTensor> {
  const { header, start } = headerOf(bytes)
  const room = bytes.byteLength - start
  const places = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => [name, placeOf(name, value, room)] as const)
  // The format leaves no gaps and no overlaps, so that nothing hides between the tensors.
  let end = 0
  for (const [name, { from, to }] of [...places].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end) refuse(`${JSON.stringify(name)} begins at ${from}, and the one before ends at ${end}`)
    end = to
  }
  if (end !== room) refuse(`${room - end} bytes belong to no tensor`)
  return new Map(
    places.map(([name, { dtype, dims, from, to }]) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + start + from, to - from)
      const [width, read] = [widths[dtype]!, readers[dtype]!]
      const data = Float32Array.from({ length: (to - from) / width }, (_, at) => read(view, at * width))
      return [name, { dims, data }]
    }),
  )
}
