/** What the commands for manifests read and write. */
import { CandlewickError, isCandlewickError, reasonOf } from '../../core/errors.ts'
import { parsePublicKeys, type PublicKey } from '../../registry/keys.ts'
import type { Manifest } from '../../registry/manifest.ts'
import { storedManifest } from '../../registry/manifest-envelope.ts'
import { type Envelope, readEnvelope, unverifiedPayload } from '../../registry/signature.ts'
import { type PrivateKey, publicPart } from '../../registry/signing.ts'
import { readBytes } from '../whole-files.ts'

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
