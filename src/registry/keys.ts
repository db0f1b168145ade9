/** Public keys: which of them work here, which are the same one, and how many signers they stand for. */
import { CandlewickError } from '../core/errors.ts'

/** A public key as JSON Web Key (RFC 7517): Ed25519 (`OKP`) or P-256 (`EC`). Others may be listed and are never used. */
export interface PublicKey {
  /** The name a signature calls it by; unique in its set. */
  readonly kid: string
  readonly kty: string
  /** Who signs with it. Keys of one signer count once, so a signer may have a key of each kind. Default: the key itself. */
  readonly signer?: string | undefined
  readonly [field: string]: unknown
}

/** Largest set of keys, as JSON text, in bytes. */
export const keysLimit = 512_000

const secretMembers = ['d', 'k', 'p', 'q', 'priv']

// 32 bytes in base64url. The last digit is held to its one canonical form, or one key could be spelled in several ways and
// be counted as several.
const isCoordinate = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/u.test(value)

/** Why this is no public key, as what was expected of it; `undefined` where it is one, or one of a kind unknown here. */
export function keyFault(key: PublicKey): string | undefined {
  const secret = secretMembers.find((member) => Object.hasOwn(key, member))
  if (secret !== undefined || key.kty === 'oct') return `a public key, without "${secret ?? 'k'}"`
  if (key.kty === 'OKP' && key['crv'] === 'Ed25519')
    return isCoordinate(key['x']) ? undefined : 'an Ed25519 key whose x is 43 base64url digits'
  if (key.kty === 'EC' && key['crv'] === 'P-256')
    return isCoordinate(key['x']) && isCoordinate(key['y'])
      ? undefined
      : 'a P-256 key whose x and y are 43 base64url digits each'
  return undefined
}

/** The members that make a key the key it is (RFC 7638), in one spelling; `undefined` for kinds unknown here. */
export function keyMaterial(key: PublicKey): Readonly<Record<string, string>> | undefined {
  const { kty } = key
  const { crv, x, y } = key
  if (keyFault(key) !== undefined) return undefined
  if (kty === 'OKP' && crv === 'Ed25519') return { crv, kty, x: String(x) }
  if (kty === 'EC' && crv === 'P-256') return { crv, kty, x: String(x), y: String(y) }
  return undefined
}

/** The algorithms a key may sign with; the key decides, never the signature. Empty for kinds unknown here. */
export function algorithmsOf(key: PublicKey): readonly string[] {
  const material = keyMaterial(key)
  if (material === undefined) return []
  return material['kty'] === 'OKP' ? ['Ed25519', 'EdDSA'] : ['ES256']
}

/** Whether two sets have the same keys for the same signers. */
export function sameKeys(a: readonly PublicKey[], b: readonly PublicKey[]): boolean {
  const spell = (keys: readonly PublicKey[]): string =>
    JSON.stringify(
      [
        ...new Set(keys.map((key) => JSON.stringify([key.kid, key.signer ?? null, keyMaterial(key) ?? key.kty]))),
      ].sort(),
    )
  return spell(a) === spell(b)
}

/** How many signers the keys stand for: the same signer, and the same key under whatever name, counts once. */
export function countSigners(keys: readonly PublicKey[]): number {
  let groups: ReadonlySet<string>[] = []
  for (const key of keys) {
    const material = keyMaterial(key)
    if (material === undefined) continue
    const marks = [JSON.stringify(material), ...(key.signer === undefined ? [] : [`signer ${key.signer}`])]
    const joined = groups.filter((group) => marks.some((mark) => group.has(mark)))
    groups = [
      ...groups.filter((group) => !joined.includes(group)),
      new Set([...marks, ...joined.flatMap((group) => [...group])]),
    ]
  }
  return groups.length
}

const refuse = (reason: string): never => {
  throw new CandlewickError('manifest/signature', { reason })
}

/**
 * Refuses a set of keys that nothing can be checked against.
 *
 * @throws `manifest/signature`
 */
export function checkKeys(keys: readonly PublicKey[], threshold: number): void {
  const byKid = new Map<string, PublicKey>()
  for (const key of keys) {
    const fault = keyFault(key)
    if (fault !== undefined) refuse(`the trusted key "${key.kid}" is not ${fault}`)
    const other = byKid.get(key.kid)
    if (other !== undefined && !sameKeys([other], [key])) refuse(`two trusted keys are called "${key.kid}"`)
    byKid.set(key.kid, key)
  }
  const signers = countSigners(keys)
  if (signers === 0) refuse('there is no trusted key that can be used')
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > signers)
    refuse(`the threshold is ${threshold}, and the trusted keys are of ${signers} signer(s)`)
}

const isKey = (value: unknown): value is PublicKey =>
  typeof value === 'object' &&
  value !== null &&
  'kid' in value &&
  'kty' in value &&
  typeof value.kid === 'string' &&
  value.kid !== '' &&
  typeof value.kty === 'string' &&
  (!('signer' in value) || (typeof value.signer === 'string' && value.signer !== ''))

/**
 * Reads keys from JSON: a set (`{ "keys": [ … ] }`), a list, or one key.
 *
 * @throws `manifest/signature` for what holds no public keys, or more than 512 kB
 *
 * @example
 * ```ts
 * const keys = parsePublicKeys(await (await fetch('/models/public.jwks')).text())
 * ```
 */
export function parsePublicKeys(text: string): PublicKey[] {
  if (new TextEncoder().encode(text).byteLength > keysLimit)
    return refuse(`the keys are longer than ${keysLimit} bytes`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('the keys are not JSON')
  }
  // Every list has a member `keys` too: its method.
  const listed: unknown =
    typeof json === 'object' && json !== null && !Array.isArray(json) && 'keys' in json ? json.keys : json
  const keys: readonly unknown[] = Array.isArray(listed) ? listed : [listed]
  return keys.map((key, at) => {
    if (!isKey(key)) return refuse(`key ${at + 1} lacks a kid or a kty, or its signer is no name`)
    const fault = keyFault(key)
    return fault === undefined ? key : refuse(`key "${key.kid}" is not ${fault}`)
  })
}
