/** The form of a backup: a line, a header in JSON, the bytes one after the other, and a SHA-256 over all of it. */
import * as v from 'valibot'

import type { FileReference } from '../integrity.ts'
import type { Channel, Family, ModelMetadata, ModelRecord, RegistryEvent, Tombstone } from '../records.ts'
import { modelStatuses } from '../records.ts'

/** Which bytes go along; records and log always do. `production`: those in service and on the way back. */
export type BackupScope = 'metadata' | 'production' | 'all'

/** All scopes, from the least to the most. */
export const backupScopes: readonly BackupScope[] = ['metadata', 'production', 'all']

/** How far a backup has come. */
export interface BackupProgress {
  /** `check`: stored bytes are hashed; `write`, `read`: the backup itself. */
  readonly phase: 'check' | 'write' | 'read'
  /** Bytes. */
  readonly loaded: number
  /** Bytes; `undefined` while it is not known. */
  readonly total: number | undefined
}

/** Bytes of one file in a backup. */
export interface BackupBlob {
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** Where they came from, without credentials. */
  readonly url: string
}

/** Bytes that should be in a backup and are not. */
export interface MissingBlob extends BackupBlob {
  /** `absent`: they were not here; `corrupt`: they were no longer themselves. */
  readonly reason: 'absent' | 'corrupt'
}

/** One model name in a backup. */
export interface BackupFamily {
  readonly name: string
  readonly models: readonly ModelRecord[]
  readonly tombstones: readonly Tombstone[]
  readonly channel: Channel
}

/** A manifest in a backup: what counts of it is read from its text, and its signatures are checked anew. */
export interface BackupManifest {
  readonly url: string
  readonly text: string
  readonly storedAt: number
}

/** What a backup says before its bytes. */
export interface BackupHeader {
  readonly schema: typeof backupSchema
  /** ms since the epoch. */
  readonly createdAt: number
  readonly namespace: string
  readonly scope: BackupScope
  /** Version of the package that wrote it. */
  readonly packageVersion: string
  readonly families: readonly BackupFamily[]
  readonly manifests: readonly BackupManifest[]
  /** The whole log. */
  readonly events: readonly RegistryEvent[]
  /** In the order of their bytes. */
  readonly blobs: readonly BackupBlob[]
  readonly missing: readonly MissingBlob[]
}

/** What a header calls itself. */
export const backupSchema = 'candlewick-backup/1'

/** Edition of the form; a reader refuses what is newer. */
export const backupEdition = 1

/** The first line, up to and without its end. */
export const firstLine = (headerBytes: number): string => `${backupSchema} ${headerBytes}`

/** The form of the first line: edition, and bytes of the header. */
export const firstLinePattern: RegExp = /^candlewick-backup\/(\d{1,9})(?: (\d{1,9}))?$/u

/** Longest first line, in bytes. */
export const firstLineLimit = 64

/** Longest header, in bytes. */
export const headerLimit = 134_217_728

/** Bytes of the hash at the end. */
export const trailerBytes = 32

// A file must fit one buffer.
const largestFile = 2_147_483_647

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u, '64 lower-case hex digits'))
const count = v.pipe(v.number(), v.safeInteger('a whole number'), v.minValue(0, 'a number from 0'))
const size = v.pipe(count, v.maxValue(largestFile, `at most ${largestFile}`))
const text = v.pipe(v.string(), v.minLength(1, 'a text that is not empty'))
const time = v.pipe(v.number(), v.finite('a time'))
/** The form of a file's name and hash. */
export const fileForm: v.GenericSchema<FileReference> = v.looseObject({ url: v.string(), size, sha256: hash })
const mark = v.looseObject({ reason: v.string(), at: time })

const evaluation = v.looseObject({
  evalSetId: text,
  horizon: v.optional(text),
  metrics: v.record(v.string(), v.pipe(v.number(), v.finite('a finite number'))),
  recordedAt: time,
})

// Free fields of a version's metadata are free here too; these decide what is read from the store.
const readMetadata = v.looseObject({
  modelType: v.string(),
  golden: v.optional(v.array(v.looseObject({ input: fileForm }))),
  evaluations: v.optional(v.array(evaluation)),
})
/** The form of a version's metadata, as far as it is relied on. */
export const metadataForm: v.GenericSchema<ModelMetadata> = v.custom<ModelMetadata>(
  (value) => v.is(readMetadata, value),
  'metadata with a modelType',
)

const model = v.looseObject({
  name: text,
  version: text,
  id: text,
  status: v.picklist(modelStatuses),
  candidateReason: v.optional(v.picklist(['better-metric', 'demoted', 'manual'])),
  lowTrust: v.optional(v.literal(true)),
  heldBack: v.optional(mark),
  withdrawn: v.optional(mark),
  unlisted: v.optional(v.literal(true)),
  artifact: fileForm,
  scaler: v.optional(fileForm),
  metadata: metadataForm,
  manifest: v.optional(v.string()),
  revision: count,
  registeredAt: time,
  updatedAt: time,
})

const tombstone = v.looseObject({ name: text, version: text, id: text, sha256: hash, deletedAt: time })

const canary = v.looseObject({
  version: text,
  basisPoints: count,
  unit: v.picklist(['symbol', 'prediction']),
  startedAt: time,
})

const channel = v.looseObject({
  name: text,
  production: v.optional(text),
  previous: v.array(text),
  canary: v.optional(canary),
  shadow: v.optional(text),
  epoch: count,
})

const event = v.looseObject({
  seq: count,
  prevHash: hash,
  hash,
  at: time,
  actor: v.string(),
  type: v.string(),
  name: v.optional(v.string()),
  version: v.optional(v.string()),
  data: v.record(v.string(), v.unknown()),
})

const blobFields = { sha256: hash, size, url: v.string() }

/** The form of a header. What its fields must say about each other is not in here. */
export const headerSchema: v.GenericSchema<BackupHeader> = v.looseObject({
  schema: v.literal(backupSchema),
  createdAt: time,
  namespace: v.string(),
  scope: v.picklist(backupScopes),
  packageVersion: v.string(),
  families: v.array(v.looseObject({ name: text, models: v.array(model), tombstones: v.array(tombstone), channel })),
  manifests: v.array(v.looseObject({ url: text, text: v.string(), storedAt: time })),
  events: v.array(event),
  blobs: v.array(v.looseObject(blobFields)),
  missing: v.array(v.looseObject({ ...blobFields, reason: v.picklist(['absent', 'corrupt']) })),
})

/** The families of a header by name. */
export function familiesOf({ families }: Pick<BackupHeader, 'families'>): Map<string, Family> {
  return new Map(
    families.map(({ name, models, tombstones, channel }) => [
      name,
      {
        name,
        models: new Map(models.map((record) => [record.version, record])),
        tombstones: new Map(tombstones.map((grave) => [grave.version, grave])),
        channel,
      },
    ]),
  )
}
