/** Manifests of a backup: a backup proves nothing about who wrote them, so each is opened as if it had just been received. */
import { isCandlewickError } from '../../core/errors.ts'
import { openManifest } from '../manifest-envelope.ts'
import type { ManifestRecord } from '../records.ts'
import type { Snapshot } from '../store.ts'
import { manifestRecordOf, type Trust } from '../trust.ts'
import type { BackupHeader, BackupManifest } from './format.ts'

/** A manifest as it would be kept, or why it is not. */
export type OpenedBackupManifest =
  | { readonly url: string; readonly record: ManifestRecord; readonly reason?: undefined }
  | { readonly url: string; readonly record?: undefined; readonly reason: string }

/** Opens all manifests of a backup: signatures and form, by the keys of the application. */
export function openManifests(
  { manifests }: Pick<BackupHeader, 'manifests'>,
  current: Snapshot['manifests'],
  trust: Trust | undefined,
): Promise<OpenedBackupManifest[]> {
  return Promise.all(manifests.map((manifest) => openOne(manifest, current.get(manifest.url), trust)))
}

async function openOne(
  { url, text, storedAt }: BackupManifest,
  stored: ManifestRecord | undefined,
  trust: Trust | undefined,
): Promise<OpenedBackupManifest> {
  try {
    const offered = await openManifest(text, { trust, stored })
    return { url, record: manifestRecordOf({ offered, url, now: storedAt }) }
  } catch (error) {
    if (!isCandlewickError(error) || error.code === 'platform/unsupported') throw error
    return { url, reason: error.message }
  }
}

/** Why a manifest may not take the place of the one that is here; `undefined` where it may. */
export function loweredFloor(offered: ManifestRecord, current: ManifestRecord | undefined): string | undefined {
  const told = ({ version, keysVersion }: ManifestRecord): string =>
    `edition ${version}${keysVersion === undefined ? '' : ` with edition ${keysVersion} of the keys`}`
  if (current === undefined) return undefined
  const [keys, floor] = [offered.keysVersion ?? 0, current.keysVersion ?? 0]
  if (keys > floor) return undefined
  if (keys < floor || offered.version < current.version)
    return `it is of ${told(offered)}, and ${told(current)} is in force here`
  const other = offered.version === current.version && offered.digest !== current.digest
  return other ? `edition ${offered.version} has other contents than here` : undefined
}
