/** Proof that bytes are the ones the manifest names. */
import { CandlewickError } from '../core/errors.ts'
import { publicUrl } from './public-url.ts'

/** A file as the manifest names it: where it is, and what its decoded bytes must be. */
export interface FileReference {
  readonly url: string
  /** Bytes. */
  readonly size: number
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Bytes in one piece of `chunkSha256`; only the last may be shorter. */
  readonly chunkSize?: number | undefined
  /** The hash of each piece, by which a download is checked as it comes and goes on where it stopped. */
  readonly chunkSha256?: readonly string[] | undefined
}

/** The address of bytes that the user brought: nothing can fetch them again. */
export const localUrl = (sha256: string): string => `local:${sha256}`

export const isLocal = ({ url }: Pick<FileReference, 'url'>): boolean => url.startsWith(localUrl(''))

/**
 * The SHA-256 of the bytes as 64 lower-case hex digits, by WebCrypto.
 *
 * @throws `platform/unsupported` in an insecure context, where browsers offer no WebCrypto
 */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  if (subtle === undefined) {
    throw new CandlewickError('platform/unsupported', {
      what: 'crypto.subtle',
      remedy: 'Serve the page over https or from localhost: models are never run without checking their bytes.',
    })
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Accepts exactly the bytes that the manifest names. The size is compared first, because it is the clearer complaint.
 *
 * @throws `model/integrity`, `platform/unsupported`
 */
export async function verifyBytes(file: FileReference, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (bytes.byteLength !== file.size) throw wrongSize(file, String(bytes.byteLength))
  const actual = await sha256Hex(bytes)
  if (actual !== file.sha256) throw wrongHash(file, actual)
}

/** The error for a file of other bytes; `actual` is their hash, or words where only a part was read. */
export function wrongHash(file: FileReference, actual: string): CandlewickError<'model/integrity'> {
  return new CandlewickError('model/integrity', {
    url: publicUrl(file.url),
    what: 'sha256',
    expected: file.sha256,
    actual,
  })
}

/** The error for a file of another length; `actual` is a count, or words where the rest was not read. */
export function wrongSize(file: FileReference, actual: string): CandlewickError<'model/integrity'> {
  const url = publicUrl(file.url)
  return new CandlewickError('model/integrity', { url, what: 'size', expected: String(file.size), actual })
}
