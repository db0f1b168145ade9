/** Bytes from the network, counted while nothing the server says about them is believed. */
import { abortable, throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { type FileReference, verifyBytes, wrongSize } from './integrity.ts'
import { hideUrl, publicUrl } from './public-url.ts'

/** Where a transfer goes on, and the mark of the edition it began with. */
export interface ResumePoint {
  /** Bytes that are here already. */
  readonly start: number
  readonly etag: string
}

/** A body, and what of the resource it is. */
export interface Resource {
  readonly body: ReadableStream<Uint8Array>
  /** The position of the body's first byte: the one asked for, or 0 where the whole resource came instead. */
  readonly start: number
  /** The server's strong mark of this edition, where it gave one that a later transfer may go on from. */
  readonly etag?: string | undefined
}

/**
 * How the registry reads an address. The default is {@link readByFetch}; hosts without `fetch` bring their own, and may
 * answer with a plain stream of the whole resource, also where a part was asked for.
 */
export type ReadResource = (
  url: string,
  signal?: AbortSignal,
  from?: ResumePoint,
) => Promise<ReadableStream<Uint8Array> | Resource>

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

// Positions in a compressed transfer are not positions in the file, and a weak mark does not promise equal bytes.
function resumableEtag(headers: Headers): string | undefined {
  const etag = headers.get('etag')
  const encoding = headers.get('content-encoding')
  return etag === null || etag.startsWith('W/') || (encoding !== null && encoding !== 'identity') ? undefined : etag
}

/** Where a 206 begins, by its own word; `undefined` where it does not say. */
function partStart(headers: Headers): number | undefined {
  const [, start] = /^bytes (\d+)-/u.exec(headers.get('content-range') ?? '') ?? []
  return start === undefined ? undefined : Number(start)
}

/**
 * Reads an address with `fetch`. The HTTP cache is asked to revalidate, so a file that was published again is seen. A part
 * is asked for under the condition that the edition is still the same; otherwise the whole file comes.
 *
 * @throws `model/download-failed` where there is no answer or its status is not 2xx; the signal's reason when aborted
 */
export const readByFetch = async (url: string, signal?: AbortSignal, from?: ResumePoint): Promise<Resource> => {
  const headers = from && { range: `bytes=${from.start}-`, 'if-range': from.etag }
  let response: Response
  try {
    response = await fetch(url, { cache: 'no-cache', ...(headers && { headers }), ...(signal && { signal }) })
  } catch (cause) {
    throw failure(url, cause, signal)
  }
  const { status, statusText } = response
  const start = status === 206 ? partStart(response.headers) : 0
  if (response.ok && (start === 0 || (start !== undefined && start === from?.start))) {
    const body = response.body ?? new ReadableStream({ start: (controller) => controller.close() })
    return { body, start, etag: resumableEtag(response.headers) }
  }
  await response.body?.cancel().catch(() => undefined)
  // A range that the server cannot serve, or another part than was asked for: the whole file is asked for.
  if (from !== undefined && (status === 416 || status === 206)) return readByFetch(url, signal)
  const reason = statusText === '' ? 'the server refused' : statusText
  throw new CandlewickError('model/download-failed', { url: publicUrl(url), status, reason })
}

/** A transfer that has begun. */
export interface Transfer {
  /** Position of its first byte. */
  readonly start: number
  readonly etag?: string | undefined
  /** The pieces as they arrive. Leaving the loop early ends the transfer. */
  readonly pieces: AsyncGenerator<Uint8Array, void, undefined>
}

async function* piecesOf(
  url: string,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal)
      if (done) return
      yield value
    }
  } catch (cause) {
    throw failure(url, cause, signal)
  } finally {
    // Not awaited: a source that never answers its cancellation must not hold the caller.
    reader.cancel().catch(() => undefined)
  }
}

/**
 * Begins to read an address.
 *
 * @throws `model/download-failed`; the signal's reason when aborted
 */
export async function beginTransfer(url: string, options: DownloadOptions, from?: ResumePoint): Promise<Transfer> {
  const { read = readByFetch, signal } = options
  throwIfAborted(signal)
  try {
    const answer = await abortable(read(url, signal, from), signal)
    const { body, start, etag } = 'body' in answer ? answer : { body: answer, start: 0 }
    if (start !== 0 && start !== from?.start)
      throw new Error(`the answer begins at byte ${start}, which nobody asked for`)
    return { start, etag, pieces: piecesOf(url, body, signal) }
  } catch (cause) {
    throw failure(url, cause, signal)
  }
}

/** A buffer of a file's exact size. */
export function allocate(file: FileReference): Uint8Array<ArrayBuffer> {
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
  const { pieces } = await beginTransfer(file.url, options)
  for await (const piece of pieces) {
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
  const parts: Uint8Array[] = []
  let loaded = 0
  const { pieces } = await beginTransfer(url, options)
  for await (const piece of pieces) {
    loaded += piece.byteLength
    if (loaded > limit) return undefined
    parts.push(piece)
    options.onProgress?.({ url, loaded, total: 0 })
  }
  const bytes = new Uint8Array(loaded)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}
