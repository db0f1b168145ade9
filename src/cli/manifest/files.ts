/** What the commands for manifests read and write. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CandlewickError, isCandlewickError, reasonOf } from '../../core/errors.ts'
import { readByFetch, type ReadResource } from '../../registry/download.ts'
import { parsePublicKeys, type PublicKey } from '../../registry/keys.ts'
import type { Manifest } from '../../registry/manifest.ts'
import { storedManifest } from '../../registry/manifest-envelope.ts'
import { type Envelope, readEnvelope, unverifiedPayload } from '../../registry/signature.ts'
import { type PrivateKey, publicPart } from '../../registry/signing.ts'
import { UnfinishedFile } from '../dataset/unfinished-file.ts'

/** Reads files by their address, and everything else by fetch. */
export const readFileOrFetch: ReadResource = async (url, signal) => {
  if (!url.startsWith('file:')) return readByFetch(url, signal)
  return Readable.toWeb(createReadStream(fileURLToPath(url), { signal })) as ReadableStream<Uint8Array>
}

/** A path or an address as an address. */
export function addressOf(pathOrUrl: string): string {
  // One letter before the colon is a drive of Windows, not a scheme.
  return /^[a-z][a-z0-9+.-]+:/i.test(pathOrUrl) ? pathOrUrl : pathToFileURL(resolve(pathOrUrl)).href
}

/**
 * The bytes of a file.
 *
 * @throws `file/unreadable`
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new CandlewickError('file/unreadable', { path, reason: reasonOf(cause) }, { cause })
  }
}

/**
 * Writes a file whole or not at all.
 *
 * @throws `file/unwritable`
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const file = await UnfinishedFile.create(path)
  try {
    await file.write(new TextEncoder().encode(text))
    await file.complete()
  } finally {
    await file.discard()
  }
}

/** A manifest on the disk, whatever its signatures are worth. */
export interface ManifestFile {
  readonly manifest: Manifest
  /** Its own bytes, out of the envelope. */
  readonly payload: Uint8Array<ArrayBuffer>
  /** Absent where it is unsigned. */
  readonly envelope: Envelope | undefined
}

/**
 * Reads a manifest, signed or not.
 *
 * @throws `file/unreadable`, `model/manifest-invalid`, `manifest/signature`
 */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  const bytes = await readBytes(path)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const manifest = storedManifest({ text })
  const json: unknown = JSON.parse(text.startsWith('\u{feff}') ? text.slice(1) : text)
  const envelope = readEnvelope(json)
  return { manifest, payload: envelope === undefined ? bytes : unverifiedPayload(envelope), envelope }
}

/** Runs a reader of keys so that its complaint names the file. */
async function fromFile<T>(path: string, read: (text: string) => T): Promise<T> {
  const text = new TextDecoder().decode(await readBytes(path))
  try {
    return read(text)
  } catch (cause) {
    const reason = isCandlewickError(cause, 'manifest/signature') ? cause.details.reason : reasonOf(cause)
    throw new CandlewickError('file/unreadable', { path, reason }, { cause })
  }
}

/**
 * The public keys of a file.
 *
 * @throws `file/unreadable`
 */
export function readPublicKeys(path: string): Promise<PublicKey[]> {
  return fromFile(path, parsePublicKeys)
}

function parsePrivateKeys(text: string): PrivateKey[] {
  const json = JSON.parse(text) as { keys?: unknown }
  const listed = (Array.isArray(json.keys) ? json.keys : [json]) as readonly PrivateKey[]
  // The public part goes through the one door for keys.
  const parts = parsePublicKeys(JSON.stringify(listed.map((key) => publicPart(key))))
  return parts.map((part, at) => {
    const { d } = listed[at]!
    if (typeof d !== 'string' || d === '') throw new TypeError(`the key "${part.kid}" has no private part`)
    return { ...part, d }
  })
}

/**
 * The private keys of several files.
 *
 * @throws `file/unreadable`
 */
export async function readPrivateKeys(paths: readonly string[]): Promise<PrivateKey[]> {
  const keys: PrivateKey[] = []
  for (const path of paths) keys.push(...(await fromFile(path, parsePrivateKeys)))
  return keys
}
