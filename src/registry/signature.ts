/**
 * Signatures: JWS in its General JSON Serialization (RFC 7515) over the exact bytes that were signed. This file verifies, and
 * runs wherever WebCrypto is; {@link ./signing.ts} signs.
 */
import { base64url, decodeProtectedHeader, flattenedVerify } from 'jose'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { isJsonObject } from './json-copy.ts'
import { algorithmsOf, checkKeys, countSigners, type PublicKey } from './keys.ts'

/** The header `typ` of a signed manifest: what was signed as something else is not one. */
export const manifestType = 'candlewick-manifest+jws'

/** The header `typ` of a signed timestamp. */
export const timestampType = 'candlewick-timestamp+jws'

/** Most signatures an envelope may carry. */
const mostSignatures = 64

/** One signature as it was received. */
export interface EnvelopeSignature {
  readonly protected: string
  readonly signature: string
  /** The unprotected header. Nothing in it is believed. */
  readonly header?: Readonly<Record<string, unknown>> | undefined
}

/** A payload in base64url with its signatures, none of which was checked. */
export interface Envelope {
  readonly payload: string
  readonly signatures: readonly EnvelopeSignature[]
}

/** Who has to sign. */
export interface Signers {
  readonly keys: readonly PublicKey[]
  /** How many different signers must have signed. */
  readonly threshold: number
}

/** What was signed, and by whom. */
export interface VerifiedEnvelope {
  /** The bytes that were signed. */
  readonly payload: Uint8Array<ArrayBuffer>
  /** Names of the keys whose signature is good, each once, in the envelope's order. */
  readonly kids: readonly string[]
}

const refuse = (reason: string): never => {
  throw new CandlewickError('manifest/signature', { reason })
}

const quoted = (value: unknown): string => {
  const words = typeof value === 'string' ? JSON.stringify(value) : typeof value
  return words.length > 60 ? `${words.slice(0, 60)}…` : words
}

const remedy = 'Serve the page over https or from localhost: signatures are never taken unchecked.'

function isSignature(value: unknown): value is EnvelopeSignature {
  if (!isJsonObject(value)) return false
  const { header } = value
  return (
    typeof value['protected'] === 'string' &&
    typeof value['signature'] === 'string' &&
    (header === undefined || isJsonObject(header))
  )
}

/**
 * Reads an envelope; `undefined` where the JSON is something else, such as an unsigned manifest.
 *
 * @throws `manifest/signature` for an envelope out of form
 */
export function readEnvelope(json: unknown): Envelope | undefined {
  if (!isJsonObject(json) || !('payload' in json || 'signatures' in json)) return undefined
  // A bare manifest keeps unknown fields, and one of them may well have such a name.
  if ('schema' in json) return undefined
  const { payload, signatures } = json
  if (typeof payload !== 'string') return refuse('its payload is no text')
  if (!Array.isArray(signatures) || signatures.length === 0) return refuse('it is an envelope without signatures')
  if (signatures.length > mostSignatures) return refuse(`it has more than ${mostSignatures} signatures`)
  const readable = signatures.filter(isSignature)
  if (readable.length < signatures.length)
    return refuse('a signature lacks its protected header or its value, or has a header that is no object')
  return { payload, signatures: readable }
}

/**
 * The bytes of an envelope whatever its signatures are worth.
 *
 * @throws `manifest/signature` for a payload that is not base64url
 */
export function unverifiedPayload({ payload }: Envelope): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(base64url.decode(payload))
  } catch {
    return refuse('its payload is not base64url')
  }
}

/** The protected header as far as it can be judged before a key is chosen, or what is wrong with it. */
function readHeader(signature: EnvelopeSignature, type: string): { readonly kid: string } | string {
  let header: Readonly<Record<string, unknown>>
  try {
    header = { ...decodeProtectedHeader({ protected: signature.protected }) }
  } catch {
    return 'its protected header cannot be read'
  }
  const { typ, kid } = header
  if ('crit' in header || (signature.header !== undefined && 'crit' in signature.header))
    return 'it demands extensions ("crit")'
  if (typ !== type) return `its typ is ${quoted(typ)}, not "${type}"`
  if (typeof kid !== 'string' || kid === '') return 'its protected header names no key ("kid")'
  return { kid }
}

function explain(error: unknown, { kid, kty }: PublicKey): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
    return `the signature by "${kid}" does not fit: the contents were changed, or another key signed`
  if (code === 'ERR_JOSE_ALG_NOT_ALLOWED') return `the key "${kid}" does not sign with this algorithm`
  if (error instanceof Error && error.name === 'NotSupportedError')
    return `${kty === 'OKP' ? 'Ed25519' : 'the algorithm'} of "${kid}" does not exist here; have the same signer sign with ES256 too`
  return `the signature by "${kid}" cannot be checked (${quoted(reasonOf(error))})`
}

/** Checks one signature; the answer is the key it is by, or why it does not count. */
async function verifyOne(
  payload: string,
  signature: EnvelopeSignature,
  keys: readonly PublicKey[],
  type: string,
): Promise<PublicKey | string> {
  const header = readHeader(signature, type)
  if (typeof header === 'string') return header
  const key = keys.find(({ kid }) => kid === header.kid)
  if (key === undefined) return `the key ${quoted(header.kid)} is not known`
  const algorithms = [...algorithmsOf(key)]
  const { crv, kty, x, y } = key
  // Only the key's own members are passed on; the rest of it, and the unprotected header, have no say.
  const jwk = { kty, crv: String(crv), x: String(x), ...(kty === 'EC' && { y: String(y) }) }
  if (algorithms.length === 0) return `the key "${key.kid}" is of a kind that cannot be used here`
  try {
    await flattenedVerify({ payload, protected: signature.protected, signature: signature.signature }, jwk, {
      algorithms,
    })
    return key
  } catch (error) {
    return explain(error, key)
  }
}

/**
 * Checks that enough of the signers signed an envelope. Signatures that are bad, unknown or there twice are not counted and
 * do no harm beside good ones. All good signatures are found, not only as many as are needed.
 *
 * @param type the header `typ` that each signature must have; default: that of a manifest
 * @throws `manifest/signature`; `platform/unsupported` in an insecure context
 */
export async function verifySignatures(
  envelope: Envelope,
  { keys, threshold }: Signers,
  type: string = manifestType,
): Promise<VerifiedEnvelope> {
  checkKeys(keys, threshold)
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  if (subtle === undefined) throw new CandlewickError('platform/unsupported', { what: 'crypto.subtle', remedy })
  const good: PublicKey[] = []
  const faults: string[] = []
  for (const [at, signature] of envelope.signatures.entries()) {
    const found = await verifyOne(envelope.payload, signature, keys, type)
    if (typeof found === 'string') faults.push(`signature ${at + 1}: ${found}`)
    else if (good.includes(found)) faults.push(`signature ${at + 1}: "${found.kid}" has signed already`)
    else good.push(found)
  }
  const signers = countSigners(good)
  if (signers < threshold) {
    const counted = good.length > signers ? [...faults, 'several of the good ones are by one signer'] : faults
    refuse(
      `${signers} of ${threshold} needed signers have signed (${counted.slice(0, 5).join('; ') || 'no others did'})`,
    )
  }
  return { payload: unverifiedPayload(envelope), kids: good.map(({ kid }) => kid) }
}

/**
 * Checks a signed text. The same as {@link verifySignatures}, from the text of the envelope on.
 *
 * @throws `manifest/signature`, also for what is not signed at all; `platform/unsupported` in an insecure context
 *
 * @example
 * ```ts
 * const { payload, kids } = await verifyEnvelope(text, { keys, threshold: 1 })
 * ```
 */
export async function verifyEnvelope(
  text: string,
  signers: Signers,
  type: string = manifestType,
): Promise<VerifiedEnvelope & { readonly text: string }> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('it is no JSON text')
  }
  const envelope = readEnvelope(json)
  if (envelope === undefined) return refuse('it is unsigned')
  const verified = await verifySignatures(envelope, signers, type)
  return { ...verified, text: decodeUtf8(verified.payload) }
}

/**
 * The text that bytes stand for, unchanged: a byte order mark stays.
 *
 * @throws `model/manifest-invalid`
 */
export function decodeUtf8(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    const details = { path: '$', expected: 'a text in UTF-8', actual: 'other bytes' }
    throw new CandlewickError('model/manifest-invalid', details, { cause })
  }
}
