/** The files that a conversion leaves behind. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { type FileReference, sha256Hex } from '../../registry/index.ts'

/** A file to write, by name. */
export interface Product extends FileReference {
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A file whose name carries its own hash: the same name always stands for the same bytes. */
export async function product(stem: string, ending: string, bytes: Uint8Array<ArrayBuffer>): Promise<Product> {
  const sha256 = await sha256Hex(bytes)
  return { url: `${stem}.${sha256.slice(0, 12)}.${ending}`, size: bytes.byteLength, sha256, bytes }
}

/** A file of a name that stays the same. */
export async function namedProduct(url: string, text: string): Promise<Product> {
  const bytes = new TextEncoder().encode(text)
  return { url, size: bytes.byteLength, sha256: await sha256Hex(bytes), bytes }
}

/** What a manifest says of a file. */
export const reference = ({ url, size, sha256 }: Product): FileReference => ({ url, size, sha256 })

/** Little-endian, whatever this machine is. */
export function rawFloats(values: Float32Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true)
  return new Uint8Array(view.buffer)
}

async function standing(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CandlewickError('file/unwritable', { path, reason: reasonOf(cause) }, { cause })
  }
}

/**
 * Refuses to touch files that hold something else.
 *
 * @throws `file/unwritable`
 */
export async function checkFree(folder: string, products: readonly Product[]): Promise<void> {
  for (const { url, bytes } of products) {
    const path = join(folder, url)
    const there = await standing(path)
    if (there !== undefined && !there.equals(bytes))
      throw new CandlewickError('file/unwritable', { path, reason: 'another file stands there; --force replaces it' })
  }
}

/**
 * Writes files into a folder, the last one last.
 *
 * @throws `file/unwritable`
 */
export async function writeProducts(folder: string, products: readonly Product[]): Promise<void> {
  for (const { url, bytes } of products) {
    const path = join(folder, url)
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(path, bytes)
    } catch (cause) {
      throw new CandlewickError('file/unwritable', { path, reason: reasonOf(cause) }, { cause })
    }
  }
}
