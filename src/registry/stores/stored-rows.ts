/** Rows as they lie in the database, and what they mean: also those of the database's first version. */
import { sha256OfText } from '../event-chain.ts'
import type { BlobRecord, ManifestRecord, ModelRecord } from '../records.ts'

/** `hashes` is there to be looked up by. */
export type ModelRow = ModelRecord & { readonly hashes: readonly string[] }

/** The first version knew only bytes that were complete. */
export type BlobRow = Omit<BlobRecord, 'state'> & Partial<Pick<BlobRecord, 'state'>>

/** The first version kept the text alone. */
export type ManifestRow = Pick<ManifestRecord, 'url' | 'text' | 'storedAt'> & Partial<ManifestRecord>

export function modelRow(record: ModelRecord): ModelRow {
  const files = record.scaler === undefined ? [record.artifact] : [record.artifact, record.scaler]
  return { ...record, hashes: files.map((file) => file.sha256) }
}

export function modelOf(row: ModelRow): ModelRecord {
  const { hashes: _, ...record } = row
  return record
}

export function blobOf(row: BlobRow): BlobRecord {
  return { ...row, state: row.state ?? 'ready' }
}

/** Edition and time of an old row are read from its text; 0 where it does not tell them, so that nothing counts as older. */
export function manifestOf(row: ManifestRow): ManifestRecord {
  const { version, digest, issuedAt } = row
  if (version !== undefined && digest !== undefined && issuedAt !== undefined)
    return { ...row, version, digest, issuedAt }
  return { ...row, ...factsOf(row.text), digest: sha256OfText(row.text) }
}

function factsOf(text: string): Pick<ManifestRecord, 'version' | 'issuedAt'> {
  const { version, issuedAt } = fieldsOf(text)
  const time = typeof issuedAt === 'string' ? Date.parse(issuedAt) : Number.NaN
  return {
    version: typeof version === 'number' && Number.isSafeInteger(version) && version > 0 ? version : 0,
    issuedAt: Number.isFinite(time) ? time : 0,
  }
}

function fieldsOf(text: string): { readonly version?: unknown; readonly issuedAt?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
