/** Making keys and signatures. Only publishers need this: pages verify, with {@link ./signature.ts}. */
import { base64url, calculateJwkThumbprint, exportJWK, FlattenedSign, generateKeyPair } from 'jose'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { algorithmsOf, type PublicKey } from './keys.ts'
import { type Envelope, type EnvelopeSignature, manifestType } from './signature.ts'

/** Kinds of keys: Ed25519, and P-256 for platforms that lack it. */
export type KeyAlgorithm = 'Ed25519' | 'ES256'

/** A key that signs: a public key with its private part. */
export interface PrivateKey extends PublicKey {
  readonly d: string
}

const refuse = (reason: string, cause?: unknown): never => {
  throw new CandlewickError('manifest/signature', { reason }, { cause })
}

/** The part of a key that everybody may have. */
export function publicPart(key: PrivateKey): PublicKey {
  const { kid, kty, signer, crv, x, y } = key
  return { kid, kty, crv, x, ...(y !== undefined && { y }), ...(signer !== undefined && { signer }) }
}

/**
 * Makes a key.
 *
 * @param kid its name; default: the beginning of its thumbprint (RFC 7638)
 */
export async function generateKey(algorithm: KeyAlgorithm, kid?: string, signer?: string): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const { kty, crv, x, y, d } = jwk
  const name = kid ?? (await calculateJwkThumbprint(jwk)).slice(0, 16)
  const material = { kty: kty ?? '', crv, x, ...(y !== undefined && { y }), d: d ?? '' }
  return { kid: name, ...(signer !== undefined && { signer }), ...material }
}

interface Signed {
  /** In base64url. */
  readonly payload: string
  readonly signature: EnvelopeSignature
}

async function signOne(payload: Uint8Array, key: PrivateKey, typ: string): Promise<Signed> {
  const [alg] = algorithmsOf(publicPart(key))
  if (alg === undefined) return refuse(`the key "${key.kid}" cannot sign: it is neither Ed25519 nor P-256`)
  const { kty, crv, x, y, d } = key
  const jwk = { kty, crv: String(crv), x: String(x), ...(kty === 'EC' && { y: String(y) }), d }
  try {
    const signed = await new FlattenedSign(payload).setProtectedHeader({ alg, kid: key.kid, typ }).sign(jwk)
    return { payload: signed.payload, signature: { protected: signed.protected ?? '', signature: signed.signature } }
  } catch (cause) {
    return refuse(`the key "${key.kid}" cannot sign: ${reasonOf(cause)}`, cause)
  }
}

function kidOf(signature: EnvelopeSignature): unknown {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(signature.protected)))
    return typeof header === 'object' && header !== null && 'kid' in header ? header.kid : undefined
  } catch {
    return undefined
  }
}

/**
 * Signs bytes, each key once.
 *
 * @param earlier an envelope around the same bytes whose signatures are kept; a key that signed before signs anew
 * @returns the envelope as JSON text
 * @throws `manifest/signature` for a key that cannot sign, and for an envelope around other bytes
 */
export async function signEnvelope(
  payload: Uint8Array,
  keys: readonly PrivateKey[],
  type: string = manifestType,
  earlier?: Envelope,
): Promise<string> {
  if (keys.length === 0) refuse('there is no key to sign with')
  const signed: Signed[] = []
  for (const key of keys) signed.push(await signOne(payload, key, type))
  const own = signed[0]!.payload
  if (earlier !== undefined && earlier.payload !== own) refuse('the earlier signatures are over other bytes')
  const kids = new Set<unknown>(keys.map(({ kid }) => kid))
  const signatures = [
    ...(earlier?.signatures ?? []).filter((signature) => !kids.has(kidOf(signature))),
    ...signed.map((one) => one.signature),
  ]
  return `${JSON.stringify({ payload: own, signatures }, undefined, 2)}\n`
}
