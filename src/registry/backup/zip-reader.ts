/** Reads zip files by their directory, one file in memory at a time, and lets no file pass whose checksum is another one. */
import { inflateSync } from 'fflate'

import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { type ByteSource, invalidBackup } from './byte-reader.ts'

/** A file in a zip. */
export interface ZippedFile {
  /** Bytes, once unpacked. */
  readonly size: number
  /** Unpacks it. Throws `backup/invalid`. */
  read(): Promise<Uint8Array<ArrayBuffer>>
}

interface Entry {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  readonly offset: number
}

// The end of the directory, with the longest comment that may follow it.
const endBytes = 22
const longestComment = 65_535
const encrypted = 1

/**
 * The files of a zip by their path. Folders are left out.
 *
 * @throws `backup/invalid`; the signal's reason when aborted
 */
export async function openZip(source: ByteSource, signal: AbortSignal | undefined): Promise<Map<string, ZippedFile>> {
  try {
    const blob = await gather(source, signal)
    const files = new Map<string, ZippedFile>()
    for (const entry of await readDirectory(blob)) {
      if (entry.name.endsWith('/')) continue
      const start = await startOf(blob, entry)
      if (files.has(entry.name)) throw invalidBackup(`the zip has "${entry.name}" twice`, entry.offset)
      files.set(entry.name, { size: entry.size, read: () => unpack(blob, entry, start) })
    }
    return files
  } catch (cause) {
    signal?.throwIfAborted()
    throw cause instanceof CandlewickError ? cause : invalidBackup(reasonOf(cause), undefined, { cause })
  }
}

/** The whole zip as a blob, which the platform may keep on the disk. */
async function gather(source: ByteSource, signal: AbortSignal | undefined): Promise<Blob> {
  signal?.throwIfAborted()
  if (source instanceof Blob) return source
  if (source instanceof Uint8Array) return new Blob([source])
  const parts: BlobPart[] = []
  const write = (chunk: Uint8Array): void => void parts.push(new Uint8Array(chunk))
  await source.pipeTo(new WritableStream({ write }), signal && { signal })
  return new Blob(parts)
}

async function view(blob: Blob, from: number, bytes: number): Promise<DataView<ArrayBuffer>> {
  const buffer = await blob.slice(from, from + bytes).arrayBuffer()
  if (from < 0 || buffer.byteLength !== bytes) throw invalidBackup('the zip ends too early', from)
  return new DataView(buffer)
}

async function readDirectory(blob: Blob): Promise<Entry[]> {
  const tail = await view(
    blob,
    Math.max(0, blob.size - endBytes - longestComment),
    Math.min(blob.size, endBytes + longestComment),
  )
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06_05_4b_50) continue
    if (at + endBytes + tail.getUint16(at + 20, true) !== tail.byteLength) continue
    const [count, bytes, offset] = [
      tail.getUint16(at + 10, true),
      tail.getUint32(at + 12, true),
      tail.getUint32(at + 16, true),
    ]
    if (count === 0xff_ff || bytes === 0xff_ff_ff_ff || offset === 0xff_ff_ff_ff)
      throw invalidBackup('the zip is in the large form (Zip64), which is not read here', undefined)
    return parseEntries(await view(blob, offset, bytes), count)
  }
  throw invalidBackup('it is not a zip file', 0)
}

function parseEntries(directory: DataView<ArrayBuffer>, count: number): Entry[] {
  const entries: Entry[] = []
  for (let at = 0, i = 0; i < count; i++) {
    if (directory.getUint32(at, true) !== 0x02_01_4b_50)
      throw invalidBackup('the directory of the zip is damaged', undefined)
    const [name, extra, comment] = [28, 30, 32].map((field) => directory.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ]
    entries.push({
      name: decode(new Uint8Array(directory.buffer, at + 46, name)),
      flags: directory.getUint16(at + 8, true),
      method: directory.getUint16(at + 10, true),
      crc: directory.getUint32(at + 16, true),
      packedSize: directory.getUint32(at + 20, true),
      size: directory.getUint32(at + 24, true),
      offset: directory.getUint32(at + 42, true),
    })
    at += 46 + name + extra + comment
  }
  return entries
}

function damaged({ name, offset }: Entry, reason: string, options?: ErrorOptions): never {
  throw invalidBackup(`"${name}" in the zip ${reason}`, offset, options)
}

/** Where the bytes of a file begin. What stands before them must be what the directory says. */
async function startOf(blob: Blob, entry: Entry): Promise<number> {
  const { offset, name } = entry
  const local = await view(blob, offset, 30)
  const nameBytes = local.getUint16(26, true)
  if (local.getUint32(0, true) !== 0x04_03_4b_50 || decode(await view(blob, offset + 30, nameBytes)) !== name)
    damaged(entry, 'is not where the directory says')
  return offset + 30 + nameBytes + local.getUint16(28, true)
}

const decode = (bytes: ArrayBufferView): string => new TextDecoder().decode(bytes)

async function unpack(blob: Blob, entry: Entry, start: number): Promise<Uint8Array<ArrayBuffer>> {
  const { flags, method, crc, packedSize, size } = entry
  if ((flags & encrypted) !== 0) damaged(entry, 'is encrypted')
  if (method !== 0 && method !== 8) damaged(entry, `is packed by a method (${method}) that is not known here`)
  const packed = new Uint8Array((await view(blob, start, packedSize)).buffer)
  const bytes = method === 8 ? inflate(packed, entry) : packed
  if (bytes.byteLength !== size || crc32(bytes) !== crc) damaged(entry, 'is damaged')
  return bytes
}

function inflate(packed: Uint8Array<ArrayBuffer>, entry: Entry): Uint8Array<ArrayBuffer> {
  try {
    return inflateSync(packed, { out: new Uint8Array(entry.size) })
  } catch (cause) {
    return damaged(entry, `cannot be unpacked (${reasonOf(cause)})`, { cause })
  }
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xed_b8_83_20 : 0)
  return value
})

/** The checksum that zip files carry (CRC-32 of IEEE 802.3). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xff_ff_ff_ff
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xff_ff_ff_ff) >>> 0
}
