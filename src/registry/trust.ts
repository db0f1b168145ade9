/** Whose word counts, and which manifest may take the place of which. Pure: the signatures were checked before. */
import { CandlewickError } from '../core/errors.ts'
import { type PublicKey, sameKeys } from './keys.ts'
import { type Manifest, modelId } from './manifest.ts'
import type { Family, ManifestRecord } from './records.ts'
import type { Signers } from './signature.ts'

/** The keys an application comes with. */
export interface Trust {
  readonly keys: readonly PublicKey[]
  /** How many different signers must have signed. Default: 1. */
  readonly threshold?: number | undefined
  /** Edition of these keys; raise it whenever the application comes with other ones. Default: 1. */
  readonly keysVersion?: number | undefined
}

/** Keys of one edition. */
export interface KeySet extends Signers {
  readonly keysVersion: number
}

/** A manifest whose signatures and form are right, before it is held against what is known. */
export interface OpenedManifest {
  /** As received: JSON, or the signed envelope. */
  readonly text: string
  readonly manifest: Manifest
  /** SHA-256 of the manifest's own bytes. */
  readonly digest: string
  /** Bytes of the manifest itself. */
  readonly size: number
  /** `verified` by the keys; where no keys are configured, `unsigned`, or `unchecked` if there are signatures. */
  readonly signature: 'verified' | 'unchecked' | 'unsigned'
  /** Names of the keys whose signature is good, each once. */
  readonly kids: readonly string[]
  /** What the application trusts; absent where it configures no keys. */
  readonly trust?: Trust | undefined
  /** The keys that were in force when it was checked. */
  readonly checkedBy?: KeySet | undefined
  /** The keys that are in force with it: others only where it brings a new edition of them. */
  readonly keySet?: KeySet | undefined
}

/** What a manifest is held against. */
export interface Admission {
  readonly offered: OpenedManifest
  /** The address it was read from. */
  readonly url: string
  /** What is stored for that address. Also a manifest that expired since is the floor. */
  readonly current: ManifestRecord | undefined
  /** The one time of this refresh, ms since the epoch; see `referenceTime`. */
  readonly now: number
  /** Lowest edition that the application accepts, whatever the keys. */
  readonly minManifestVersion?: number | undefined
  /** Everything known of the names in the manifest, as the store has it. */
  readonly families: ReadonlyMap<string, Family>
}

/** What is stored from now on. */
export interface Admitted {
  readonly record: ManifestRecord
  /** Whether it is the very manifest that was there already. */
  readonly unchanged: boolean
}

const refuse = (reason: string): never => {
  throw new CandlewickError('manifest/signature', { reason })
}

/** The keys in force: those the last manifest brought, unless the application comes with a later edition or this one. */
export function trustedKeys(trust: Trust, current: ManifestRecord | undefined): KeySet {
  const { keys, threshold = 1, keysVersion = 1 } = trust
  if (current?.keys !== undefined && current.keysVersion !== undefined && current.keysVersion > keysVersion)
    return { keys: current.keys, threshold: current.threshold ?? 1, keysVersion: current.keysVersion }
  return { keys, threshold, keysVersion }
}

const sameSet = (a: KeySet, b: KeySet | undefined): boolean =>
  b !== undefined && a.keysVersion === b.keysVersion && a.threshold === b.threshold && sameKeys(a.keys, b.keys)

/**
 * Refuses to look at no signatures any more where they were looked at before: a lost setting must not open the door.
 *
 * @throws `manifest/signature`
 */
export function checkTrustKept(trust: Trust | undefined, current: ManifestRecord | undefined): void {
  if (trust === undefined && current?.keysVersion !== undefined)
    refuse('the manifest before it was signed, and no keys are configured now; configure them, or clear the registry')
}

// Another tab may have taken over other keys since the signatures were checked.
function checkStillTrusted({ trust, checkedBy, keySet }: OpenedManifest, current: ManifestRecord | undefined): void {
  checkTrustKept(trust, current)
  if (trust === undefined) return
  const inForce = trustedKeys(trust, current)
  if (!sameSet(inForce, checkedBy) && !sameSet(inForce, keySet))
    refuse(`edition ${inForce.keysVersion} of the keys was taken over while it was read; read it again`)
}

/** A new edition of the keys starts the count anew, and so does the first signed manifest after unsigned ones. */
const startsAnew = ({ keySet }: OpenedManifest, current: ManifestRecord): boolean =>
  keySet !== undefined && keySet.keysVersion > (current.keysVersion ?? 0)

/**
 * Refuses an edition below the floor.
 *
 * @throws `manifest/rollback`, `manifest/equivocation`
 */
export function checkFloor(
  offered: Pick<ManifestRecord, 'version' | 'digest' | 'keysVersion'>,
  current: ManifestRecord | undefined,
  minManifestVersion: number | undefined,
): void {
  const { version, digest, keysVersion } = offered
  const seen = Math.max(current?.version ?? 0, minManifestVersion ?? 0)
  if (version < seen) throw new CandlewickError('manifest/rollback', { seen, offered: version })
  // Without signatures nobody vouches for an edition, and whoever builds models writes the same one again and again.
  if (keysVersion !== undefined && version === current?.version && digest !== current.digest)
    throw new CandlewickError('manifest/equivocation', { version, seen: current.digest, offered: digest })
}

function checkKnownBytes({ models }: Manifest, families: ReadonlyMap<string, Family>): void {
  const refuseBytes = (id: string, expected: string | undefined, actual: string): void => {
    if (expected === actual) return
    throw new CandlewickError('registry/version-immutable', { id, expected: expected ?? 'none', actual })
  }
  for (const entry of models) {
    const family = families.get(entry.name)
    const known = family?.models.get(entry.version)
    const buried = family?.tombstones.get(entry.version)
    if (buried !== undefined) refuseBytes(modelId(entry), buried.sha256, entry.artifact.sha256)
    if (known === undefined) continue
    refuseBytes(modelId(entry), known.artifact.sha256, entry.artifact.sha256)
    refuseBytes(modelId(entry), known.scaler?.sha256, entry.scaler.sha256)
  }
}

/**
 * Refuses what is past its date.
 *
 * @param now ms since the epoch
 * @throws `manifest/expired`
 */
export function checkExpiry(expires: string | undefined, now: number): void {
  if (expires === undefined || now < Date.parse(expires)) return
  const latest = 8.64e15
  throw new CandlewickError('manifest/expired', { expires, now: new Date(Math.min(now, latest)).toISOString() })
}

/** What is kept of a manifest that was let in. Keys go along only where they replaced those of the application. */
export function manifestRecordOf({ offered, url, now }: Pick<Admission, 'offered' | 'url' | 'now'>): ManifestRecord {
  const { text, digest, manifest, keySet, trust } = offered
  const base = {
    url,
    text,
    storedAt: now,
    version: manifest.version,
    digest,
    issuedAt: Date.parse(manifest.issuedAt),
  }
  if (keySet === undefined) return base
  const { keysVersion, keys, threshold } = keySet
  const replaced = keysVersion > (trust?.keysVersion ?? 1)
  return { ...base, keysVersion, ...(replaced && { keys, threshold }) }
}

/**
 * Decides whether a manifest takes the place of the stored one. It is synchronous, for use inside the transaction that stores
 * what it returns. In this order: the keys in force, the floor, bytes that are known already, the date.
 *
 * @throws `manifest/signature` where the keys changed meanwhile, `manifest/rollback`, `manifest/equivocation`,
 * `registry/version-immutable`, `manifest/expired`; nothing may be stored then
 *
 * @example
 * ```ts
 * const offered = await openManifest(text, { trust, stored })
 * const { record, unchanged } = admitManifest({ offered, url, current: stored, now, families })
 * ```
 */
export function admitManifest(admission: Admission): Admitted {
  const { offered, current, now, families, minManifestVersion } = admission
  checkStillTrusted(offered, current)
  const floor = current === undefined || startsAnew(offered, current) ? undefined : current
  const { manifest, digest } = offered
  const { keySet } = offered
  checkFloor({ version: manifest.version, digest, keysVersion: keySet?.keysVersion }, floor, minManifestVersion)
  checkKnownBytes(manifest, families)
  // Also one that is known already: a server that goes on offering an old manifest is to be seen.
  checkExpiry(manifest.expires, now)
  const unchanged = floor !== undefined && floor.digest === digest
  return unchanged ? { record: floor, unchanged } : { record: manifestRecordOf(admission), unchanged }
}
