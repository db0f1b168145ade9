/** Manifests and timestamps from received bytes: length, signature, form. {@link ./trust.ts} decides about the rest. */
import { CandlewickError, isCandlewickError } from '../core/errors.ts'
import { sha256Hex } from './integrity.ts'
import { type PublicKey, sameKeys } from './keys.ts'
import type { Manifest, ManifestTimestamp } from './manifest.ts'
import { manifestLimit, parseManifestText, parseTimestampText } from './parse-manifest.ts'
import type { ManifestRecord } from './records.ts'
import {
  decodeUtf8,
  type Envelope,
  manifestType,
  readEnvelope,
  timestampType,
  unverifiedPayload,
  verifySignatures,
} from './signature.ts'
import {
  checkExpiry,
  checkFloor,
  checkTrustKept,
  type KeySet,
  type OpenedManifest,
  type Trust,
  trustedKeys,
} from './trust.ts'

/** Longest resource that can hold a manifest, in bytes: in an envelope it takes a third more, and the signatures. */
export const envelopeLimit: number = Math.ceil(manifestLimit / 3) * 4 + 65_536

/** Longest timestamp, envelope included, in bytes. */
export const timestampLimit = 16_384

/** What received bytes are checked with. */
export interface OpenOptions {
  /** The keys the application comes with. Without them nothing is checked but hashes: for development. */
  readonly trust?: Trust | undefined
  /** What is stored for the address; it may have brought newer keys. */
  readonly stored?: ManifestRecord | undefined
}

interface Received {
  readonly text: string
  readonly payload: Uint8Array<ArrayBuffer>
  readonly envelope: Envelope | undefined
}

const refuse = (reason: string): never => {
  throw new CandlewickError('manifest/signature', { reason })
}

function tooLong(limit: number): never {
  const details = { path: '$', expected: `at most ${limit} bytes`, actual: 'more' }
  throw new CandlewickError('model/manifest-invalid', details)
}

/** The bytes that count, out of their envelope where there is one. Nothing is verified. */
function unwrap(received: string | Uint8Array<ArrayBuffer>, limit: number): Received {
  const bytes = typeof received === 'string' ? new TextEncoder().encode(received) : received
  if (bytes.byteLength > limit) tooLong(limit)
  const text = typeof received === 'string' ? received : decodeUtf8(bytes)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // What is no JSON is no envelope either; the parser of manifests quotes it.
    return { text, payload: bytes, envelope: undefined }
  }
  const envelope = readEnvelope(json)
  return { text, payload: envelope === undefined ? bytes : unverifiedPayload(envelope), envelope }
}

/** The new keys of a manifest, whose threshold must have signed it as well as that of the old ones. */
async function takeOver(manifest: Manifest, envelope: Envelope): Promise<KeySet> {
  const { keysVersion = 1, keys, threshold } = manifest
  if (keys === undefined || threshold === undefined)
    return refuse(`it is of edition ${keysVersion} of the keys, and does not bring them along`)
  const keySet = { keysVersion, keys, threshold }
  try {
    await verifySignatures(envelope, keySet)
  } catch (error) {
    if (!isCandlewickError(error, 'manifest/signature')) throw error
    return refuse(`by its own new keys, ${error.details.reason}`)
  }
  return keySet
}

const differs = (keys: readonly PublicKey[], threshold: number | undefined, set: KeySet): boolean =>
  threshold !== set.threshold || !sameKeys(keys, set.keys)

async function keysAfter(manifest: Manifest, envelope: Envelope, checkedBy: KeySet, options: OpenOptions) {
  const { keysVersion = 1, keys, threshold } = manifest
  if (keysVersion < checkedBy.keysVersion)
    return refuse(`it is of edition ${keysVersion} of the keys, and edition ${checkedBy.keysVersion} is in force`)
  if (keysVersion > checkedBy.keysVersion) return takeOver(manifest, envelope)
  // Beside keys of the application, what a manifest says of the same edition is information.
  const taken = keysVersion > (options.trust?.keysVersion ?? 1)
  if (taken && keys !== undefined && differs(keys, threshold, checkedBy))
    return refuse(`edition ${keysVersion} of the keys was seen with other keys; publish changes under a higher edition`)
  return checkedBy
}

/**
 * Checks the length, the signatures and the form of a manifest, in this order. Call `admitManifest` next, inside the
 * transaction that stores it.
 *
 * Where the application has keys, the manifest must be signed by the threshold of those in force. A manifest with a higher
 * `keysVersion` brings its own keys, and must be signed by their threshold too. Where it has none, signatures are not looked
 * at, unless a signed manifest is stored already.
 *
 * @param received at most {@link envelopeLimit} bytes: JSON, or a signed envelope
 * @throws `manifest/signature`, `model/manifest-invalid`; `platform/unsupported` in an insecure context
 *
 * @example
 * ```ts
 * const opened = await openManifest(bytes, { trust: { keys, threshold: 1 }, stored })
 * ```
 */
export async function openManifest(
  received: string | Uint8Array<ArrayBuffer>,
  options: OpenOptions,
): Promise<OpenedManifest> {
  const { trust, stored } = options
  const { text, payload, envelope } = unwrap(received, envelopeLimit)
  if (payload.byteLength > manifestLimit) tooLong(manifestLimit)
  const common = { text, digest: await sha256Hex(payload), size: payload.byteLength }
  if (trust === undefined) {
    checkTrustKept(trust, stored)
    const signature = envelope === undefined ? 'unsigned' : 'unchecked'
    return { ...common, manifest: parseManifestText(decodeUtf8(payload)), signature, kids: [] }
  }
  if (envelope === undefined) return refuse('it is unsigned')
  const checkedBy = trustedKeys(trust, stored)
  const { kids } = await verifySignatures(envelope, checkedBy, manifestType)
  const manifest = parseManifestText(decodeUtf8(payload))
  const keySet = await keysAfter(manifest, envelope, checkedBy, options)
  return { ...common, manifest, signature: 'verified', kids, trust, checkedBy, keySet }
}

/**
 * The manifest of a stored record. Its signatures were checked before it was stored.
 *
 * @throws `model/manifest-invalid` for a text that this version cannot read
 */
export function storedManifest({ text }: Pick<ManifestRecord, 'text'>): Manifest {
  return parseManifestText(decodeUtf8(unwrap(text, envelopeLimit).payload))
}

/**
 * Checks a timestamp: length, signatures, form, floor and date, in this order. Fetch the manifest it names, open it, and hold
 * the two against each other with {@link checkTimestamp}.
 *
 * @param received at most {@link timestampLimit} bytes
 * @param now ms since the epoch; see `referenceTime`
 * @throws `manifest/signature`, `model/manifest-invalid`, `manifest/rollback`, `manifest/equivocation`, `manifest/expired`;
 * `platform/unsupported` in an insecure context
 */
export async function openTimestamp(
  received: string | Uint8Array<ArrayBuffer>,
  options: OpenOptions & { readonly now: number; readonly minManifestVersion?: number | undefined },
): Promise<ManifestTimestamp> {
  const { trust, stored, now, minManifestVersion } = options
  const { payload, envelope } = unwrap(received, timestampLimit)
  if (trust !== undefined) {
    if (envelope === undefined) return refuse('its timestamp is unsigned')
    await verifySignatures(envelope, trustedKeys(trust, stored), timestampType)
  }
  const timestamp = parseTimestampText(decodeUtf8(payload))
  // Whether a new edition of the keys is true shows when the manifest itself is opened.
  const startsAnew = trust !== undefined && (timestamp.keysVersion ?? 1) > (stored?.keysVersion ?? 0)
  checkFloor(
    { ...timestamp, keysVersion: timestamp.keysVersion ?? 1 },
    startsAnew ? undefined : stored,
    minManifestVersion,
  )
  checkExpiry(timestamp.expires, now)
  return timestamp
}

/**
 * Refuses a manifest that is not the one its timestamp names.
 *
 * @throws `manifest/signature`
 */
export function checkTimestamp(timestamp: ManifestTimestamp, opened: OpenedManifest): void {
  const { manifest, digest, size } = opened
  const pairs: readonly (readonly [string, string | number, string | number])[] = [
    ['size', timestamp.size, size],
    ['digest', timestamp.digest, digest],
    ['version', timestamp.version, manifest.version],
    ['keysVersion', timestamp.keysVersion ?? 1, manifest.keysVersion ?? 1],
  ]
  for (const [field, expected, actual] of pairs)
    if (expected !== actual) refuse(`its ${field} is ${actual}, and the timestamp names ${expected}`)
}
