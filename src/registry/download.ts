/** Bytes from the network: counted and verified while nothing the server says about them is believed. */
import { abortable, throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { type FileReference, verifyBytes, wrongSize } from './integrity.ts'
import { hideUrl, publicUrl } from './public-url.ts'

/** How the registry reads an address. The default is {@link readByFetch}; hosts without `fetch` bring their own. */
export type ReadResource = (url: string, signal?: AbortSignal) => Promise<ReadableStream<Uint8Array>>

/** How far a file has come, counted in bytes of the manifest, not of the transfer. */
export interface FileProgress {
  readonly url: string
  readonly loaded: number
  readonly total: number
}

/** How a file is fetched. */
export interface DownloadOptions {
  /** Default {@link readByFetch}. */
  readonly read?: ReadResource | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FileProgress) => void) | undefined
}

function failure(url: string, cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason
  if (isCandlewickError(cause)) return cause
  const reason = hideUrl(reasonOf(cause), url)
  return new CandlewickError('model/download-failed', { url: publicUrl(url), status: undefined, reason }, { cause })
}

/**
 * Reads an address with `fetch`. The HTTP cache is asked to revalidate, so a file that was published again is seen.
 *
 * @throws `model/download-failed` where there is no answer or its status is not 2xx; the signal's reason when aborted
 */
export const readByFetch: ReadResource = async (url, signal) => {
  let response: Response
  try {
    response = await fetch(url, { cache: 'no-cache', ...(signal !== undefined && { signal }) })
  } catch (cause) {
    throw failure(url, cause, signal)
  }
  const { status, statusText } = response
  if (response.ok) return response.body ?? new ReadableStream({ start: (controller) => controller.close() })
  await response.body?.cancel().catch(() => undefined)
  const reason = statusText === '' ? 'the server refused' : statusText
  throw new CandlewickError('model/download-failed', { url: publicUrl(url), status, reason })
}

/** The pieces of a resource as they arrive. Leaving the loop early ends the transfer. */
async function* piecesOf(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { read = readByFetch, signal } = options
  throwIfAborted(signal)
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  try {
    reader = (await abortable(read(url, signal), signal)).getReader()
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal)
      if (done) return
      yield value
    }
  } catch (cause) {
    throw failure(url, cause, signal)
  } finally {
    // Not awaited: a source that never answers its cancellation must not hold the caller.
    reader?.cancel().catch(() => undefined)
  }
}

function allocate(file: FileReference): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(file.size)
  } catch (cause) {
    const reason = `there is no memory for ${file.size} bytes`
    const url = publicUrl(file.url)
    throw new CandlewickError('model/download-failed', { url, status: undefined, reason }, { cause })
  }
}

/**
 * Fetches a file into one buffer of its exact size and verifies it. A longer answer is refused as soon as it is longer.
 *
 * @throws `model/download-failed`, `model/integrity`, `platform/unsupported`; the signal's reason when aborted
 */
export async function download(file: FileReference, options: DownloadOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(file)
  let loaded = 0
  for await (const piece of piecesOf(file.url, options)) {
    if (loaded + piece.byteLength > file.size) throw wrongSize(file, `at least ${loaded + piece.byteLength}`)
    bytes.set(piece, loaded)
    loaded += piece.byteLength
    options.onProgress?.({ url: file.url, loaded, total: file.size })
  }
  if (loaded < file.size) throw wrongSize(file, String(loaded))
  await verifyBytes(file, bytes)
  throwIfAborted(options.signal)
  return bytes
}

/**
 * Reads a whole resource whose size is not known beforehand.
 *
 * @returns its bytes, or `undefined` where there are more than `limit`
 * @throws `model/download-failed`; the signal's reason when aborted
 */
export async function readUpTo(
  url: string,
  limit: number,
  options: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const pieces: Uint8Array[] = []
  let loaded = 0
  for await (const piece of piecesOf(url, options)) {
    loaded += piece.byteLength
    if (loaded > limit) return undefined
    pieces.push(piece)
    options.onProgress?.({ url, loaded, total: 0 })
  }
  const bytes = new Uint8Array(loaded)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}
