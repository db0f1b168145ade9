/** The classic folder of models: `index.json`, and a folder for each model with its file, its scaler and its metadata. */
import * as v from 'valibot'

import { sha256OfText } from '../event-chain.ts'
import type { ModelRecord } from '../records.ts'
import { fileForm, metadataForm } from './format.ts'

/** One line of `index.json`. Paths start at the tree's own root; they are `null` where there is no file. */
export interface TreeIndexEntry {
  readonly model_id: string
  readonly model_name: string
  readonly version: string
  readonly model_type: string
  readonly training_date: string | null
  readonly performance_metrics: Readonly<Record<string, number | null>>
  readonly status: string
  readonly model_path: string | null
  readonly metadata_path: string | null
}

/** Name of the list of all models. */
export const indexName = 'index.json'

/** Files in the folder of one model. */
export const treeFiles = {
  model: 'model.onnx',
  scaler: 'scaler.json',
  metadata: 'metadata.json',
  /** The input of a reference run. */
  golden: (run: number): string => `golden-${run}.f32`,
} as const

// Names that mean devices on Windows, with whatever ending.
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu
const safe = /^[A-Za-z0-9_](?:[A-Za-z0-9._+-]{0,126}[A-Za-z0-9_+-])?$/u

/** A folder for each id: the id itself where every file system can take it, and no other differs from it by case alone. */
export function foldersOf(ids: Iterable<string>): Map<string, string> {
  const taken = new Set([indexName])
  const folders = new Map<string, string>()
  for (const id of ids) {
    const plain = safe.test(id) && !reserved.test(id) && !taken.has(id.toLowerCase())
    const folder = plain
      ? id
      : `${id.replaceAll(/[^A-Za-z0-9_-]/gu, '_').slice(0, 64)}-${sha256OfText(id).slice(0, 16)}`
    taken.add(folder.toLowerCase())
    folders.set(id, folder)
  }
  return folders
}

/** The line of a record in the index. */
export function indexEntryOf(
  { id, name, version, status, metadata }: ModelRecord,
  paths: Pick<TreeIndexEntry, 'model_path' | 'metadata_path'>,
): TreeIndexEntry {
  return {
    model_id: id,
    model_name: name,
    version,
    model_type: metadata.modelType,
    training_date: metadata.trainingDate ?? null,
    performance_metrics: metadata.metrics ?? {},
    status,
    ...paths,
  }
}

/** What `metadata.json` says of a record: the classic fields, and everything that this package knows. */
export function metadataFileOf(record: ModelRecord, entry: TreeIndexEntry): object {
  const { model_path: _model, metadata_path: _metadata, ...facts } = entry
  const { artifact, scaler, metadata } = record
  return {
    ...facts,
    dataset_info: metadata['datasetInfo'] ?? {},
    hyperparameters: metadata['hyperparameters'] ?? {},
    candlewick: { artifact, ...(scaler && { scaler }), metadata },
  }
}

/** One line of an index that may come from elsewhere. */
export interface ReadEntry {
  readonly model_id: string
  readonly model_name: string
  readonly version: string
  readonly model_type?: string | null | undefined
  readonly training_date?: string | null | undefined
  readonly performance_metrics?: Readonly<Record<string, number | null>> | null | undefined
  readonly status?: string | null | undefined
  readonly model_path?: string | null | undefined
  readonly metadata_path?: string | null | undefined
}

/** A `metadata.json` that may come from elsewhere. */
export interface ReadMetadata {
  readonly dataset_info?: object | null | undefined
  readonly hyperparameters?: object | null | undefined
  readonly candlewick?: Pick<ModelRecord, 'artifact' | 'scaler' | 'metadata'> | undefined
}

const text = v.pipe(v.string(), v.minLength(1, 'a text that is not empty'))
const word = v.optional(v.nullable(v.string()))
const loose = v.optional(v.nullable(v.looseObject({})))

const indexEntry: v.GenericSchema<ReadEntry> = v.looseObject({
  model_id: text,
  model_name: text,
  version: text,
  model_type: word,
  training_date: word,
  performance_metrics: v.optional(v.nullable(v.record(v.string(), v.nullable(v.number())))),
  status: word,
  model_path: word,
  metadata_path: word,
})

/** The form of `index.json` as it is read: a list, or lines by id. */
export const indexSchema: v.GenericSchema<readonly ReadEntry[] | Readonly<Record<string, ReadEntry>>> = v.union([
  v.array(indexEntry),
  v.record(v.string(), indexEntry),
])

/** The form of `metadata.json` as it is read. */
export const metadataFileSchema: v.GenericSchema<ReadMetadata> = v.looseObject({
  dataset_info: loose,
  hyperparameters: loose,
  candlewick: v.optional(v.looseObject({ artifact: fileForm, scaler: v.optional(fileForm), metadata: metadataForm })),
})
