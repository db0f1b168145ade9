/** Proof that a model and this version mean the same features: a hash over ids and formulas. */
import { CandlewickError } from '../core/errors.ts'
import { features as catalogue, findFeature } from './catalogue/index.ts'

/** Identity of an ordered list of features. */
export interface Fingerprint {
  /** SHA-256, lower-case hex, over the lines `id = formula\n` in order. */
  readonly hash: string
  /** First 16 hex digits of the SHA-256 of each line. */
  readonly digests: readonly string[]
}

/** What a model's manifest says about its inputs. */
export interface FeatureClaim {
  readonly names: readonly string[]
  readonly hash: string
  /** Where given, a mismatch names only the features that changed. */
  readonly digests?: readonly string[] | undefined
}

async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The fingerprint of a list of features.
 *
 * @throws `feature/unknown`
 */
export async function fingerprintOf(ids: readonly string[]): Promise<Fingerprint> {
  const lines = ids.map((id) => `${id} = ${findFeature(id).formula.text}\n`)
  const [hash, ...digests] = await Promise.all([lines.join(''), ...lines].map(sha256))
  return { hash: hash!, digests: digests.map((digest) => digest.slice(0, 16)) }
}

/**
 * Refuses a model whose features are not the ones computed here.
 *
 * @throws `model/feature-mismatch` with the ids that are missing and those whose formula changed
 */
export async function compareFingerprint(claim: FeatureClaim): Promise<void> {
  const missing = claim.names.filter((id) => !catalogue.has(id))
  const known = claim.names.filter((id) => catalogue.has(id))
  const { hash, digests } = await fingerprintOf(known)
  if (missing.length === 0 && hash === claim.hash.toLowerCase()) return
  const claimed = claim.digests?.filter((_digest, i) => catalogue.has(claim.names[i] ?? ''))
  const differing = known.filter((_id, i) => claimed?.[i]?.toLowerCase() !== digests[i])
  // Without digests nobody can tell which formula changed; with missing ids the hash alone says nothing.
  const changed = claimed === undefined && missing.length > 0 ? [] : differing
  const blamed = missing.length === 0 && changed.length === 0 ? known : changed
  throw new CandlewickError('model/feature-mismatch', { missing, changed: blamed })
}
