/** What a restore did, or would do. */
import type { Family, ModelRecord } from '../records.ts'
import { canonicalJson } from '../json-copy.ts'
import type { BackupScope } from './format.ts'

/** What becomes of one version. */
export interface RestoredModel {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly action: 'added' | 'changed' | 'removed' | 'skipped'
  /** Why it is so, where that does not go without saying. */
  readonly reason?: string | undefined
}

/** What becomes of one pointer of the backup. */
export interface RestoredPointer {
  readonly name: string
  readonly pointer: 'production' | 'canary' | 'shadow'
  readonly version: string
  readonly taken: boolean
  readonly reason?: string | undefined
}

/** What becomes of one manifest of the backup. */
export interface RestoredManifest {
  readonly url: string
  readonly taken: boolean
  readonly reason?: string | undefined
}

/** What a restore did, or with `dryRun` would do. */
export interface RestoreReport {
  readonly mode: 'merge' | 'replace'
  readonly dryRun: boolean
  /** When the backup was made, ms since the epoch, and what it covers. */
  readonly createdAt: number
  readonly scope: BackupScope
  /** Whether anything is other than before. */
  readonly changed: boolean
  /** Every version of the backup, and every other one that changes. */
  readonly models: readonly RestoredModel[]
  readonly pointers: readonly RestoredPointer[]
  readonly manifests: readonly RestoredManifest[]
  readonly blobs: {
    /** Files that come into the store, and their bytes. */
    readonly added: number
    readonly addedBytes: number
    /** Files that were here already. */
    readonly present: number
    /** Hashes of files that the backup should have and has not. */
    readonly missing: readonly string[]
  }
}

/** What becomes of each version between two states of one name. */
export function modelChanges(before: Family, after: Family): RestoredModel[] {
  const line = ({ id, name, version }: ModelRecord, action: RestoredModel['action']): RestoredModel => ({
    id,
    name,
    version,
    action,
  })
  const same = (a: ModelRecord, b: ModelRecord): boolean => a === b || canonicalJson(a) === canonicalJson(b)
  return [
    ...Array.from(after.models.values(), (record) => {
      const old = before.models.get(record.version)
      if (old === undefined) return line(record, 'added')
      return line(record, same(old, record) ? 'skipped' : 'changed')
    }),
    ...[...before.models.values()]
      .filter(({ version }) => !after.models.has(version))
      .map((record) => line(record, 'removed')),
  ]
}
