/** Reads the classic folder of models out of a zip: everything is checked before the first model is registered. */
import * as v from 'valibot'

import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { type FileReference, sha256Hex } from '../integrity.ts'
import { modelId } from '../manifest.ts'
import type { Family, ModelMetadata } from '../records.ts'
import { metadataOf, type ModelDescription } from '../registrar.ts'
import { invalidBackup } from './byte-reader.ts'
import { conflict } from './merge-family.ts'
import type { RestoredModel } from './restore-report.ts'
import {
  indexName,
  indexSchema,
  metadataFileSchema,
  type ReadEntry,
  type ReadMetadata,
  treeFiles,
} from './tree-form.ts'
import type { ZippedFile } from './zip-reader.ts'

/** What an import did. */
export interface ImportReport {
  /** Every model of the folder. */
  readonly models: readonly RestoredModel[]
}

/** A model of the folder that is new here. */
export interface NewTreeModel {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly description: ModelDescription
  readonly archived: boolean
  /** The model's file: its bytes, or where they lie. */
  readonly model: TreeSource
  readonly scaler?: TreeSource | undefined
  /** Inputs of its reference runs, as far as they are in the folder. */
  readonly inputs: readonly { readonly file: FileReference; readonly zipped: ZippedFile }[]
}

/** A file of the folder with the hash it must have, where one is known; or its address. */
export type TreeSource =
  | { readonly zipped: ZippedFile; readonly expected: FileReference | undefined }
  | { readonly file: FileReference }

type Files = ReadonlyMap<string, ZippedFile>

// Lists and descriptions; a model's file may be much longer.
const longestText = 67_108_864

/** What is new in a folder, and what is not. Throws `backup/invalid`, `backup/conflict`, `registry/metadata-invalid`. */
export async function readTree(
  files: Files,
  families: ReadonlyMap<string, Family>,
  signal: AbortSignal | undefined,
): Promise<{ readonly added: readonly NewTreeModel[]; readonly skipped: readonly RestoredModel[] }> {
  const index = await readJson(files, indexName, indexSchema)
  const added: NewTreeModel[] = []
  const skipped: RestoredModel[] = []
  const seen = new Set<string>()
  for (const entry of Object.values(index)) {
    signal?.throwIfAborted()
    const found = await readModel(files, entry)
    const { id, name, version } = found
    const key = modelId({ name, version })
    if (seen.has(key) || seen.has(`id ${id}`)) throw invalidBackup(`${id} is in its index twice`)
    seen.add(key).add(`id ${id}`)
    const reason = await reasonToSkip(found, families)
    if (reason === undefined && found.model !== undefined) {
      await proveFiles(found)
      added.push({ ...found, model: found.model })
    } else skipped.push({ id, name, version, action: 'skipped', reason: reason ?? 'its files are not there' })
  }
  return { added, skipped }
}

/**
 * The bytes of a source, proven where their hash is known; or its address.
 *
 * @throws `backup/invalid`
 */
export async function openSource(source: TreeSource): Promise<Uint8Array<ArrayBuffer> | FileReference> {
  if ('file' in source) return source.file
  const bytes = await source.zipped.read()
  const { expected } = source
  if (expected !== undefined && (await sha256Hex(bytes)) !== expected.sha256)
    throw invalidBackup(`the bytes of "${expected.sha256}" are not its bytes`)
  return bytes
}

/** All bytes of a model, hashed before any model of the folder is registered. */
async function proveFiles({ model, scaler, inputs }: Found): Promise<void> {
  for (const source of [model, scaler]) if (source !== undefined) await openSource(source)
  for (const { file, zipped } of inputs) await openSource({ zipped, expected: file })
}

async function readJson<T>(files: Files, path: string, schema: v.GenericSchema<T>): Promise<T> {
  const file = files.get(path)
  if (file === undefined) throw invalidBackup(`there is no "${path}" in it`)
  if (file.size > longestText) throw invalidBackup(`"${path}" has more than ${longestText} bytes`)
  const bytes = await file.read()
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (v.is(schema, json)) return json
    const [first] = v.safeParse(schema, json, { abortEarly: true }).issues ?? []
    throw invalidBackup(`"${path}" has not the form it should have: ${first?.message ?? 'it is another one'}`)
  } catch (cause) {
    if (cause instanceof CandlewickError) throw cause
    throw invalidBackup(`"${path}" is not JSON (${reasonOf(cause)})`, undefined, { cause })
  }
}

type Found = Omit<NewTreeModel, 'model'> & { readonly model: TreeSource | undefined }

async function readModel(files: Files, entry: ReadEntry): Promise<Found> {
  const { metadata_path: path, model_path: model, model_id: id, status } = entry
  const about: ReadMetadata = typeof path === 'string' ? await readJson(files, path, metadataFileSchema) : {}
  const { artifact, scaler, metadata } = about.candlewick ?? {}
  const description = describe(entry, about, metadata)
  const { name, version = entry.version } = checkedDescription(description)
  if (id !== modelId({ name, version }) && !/^[A-Za-z0-9._-]{1,128}$/u.test(id))
    throw invalidBackup(`"${id}" cannot be the id of a model`)
  const folder = typeof path === 'string' ? path.slice(0, path.lastIndexOf('/') + 1) : `${id}/`
  const runs = metadata?.golden ?? []
  return {
    id,
    name,
    version,
    description,
    archived: status === 'archived',
    ...filesOf(files, { model, folder }, { artifact, scaler }),
    inputs: runs.flatMap(({ input: file }, run) => {
      const zipped = files.get(folder + treeFiles.golden(run))
      return zipped === undefined ? [] : [{ file, zipped }]
    }),
  }
}

function checkedDescription(description: ModelDescription): ReturnType<typeof metadataOf> {
  try {
    return metadataOf(description)
  } catch (cause) {
    // What was parsed can still be nested too deeply to be copied.
    throw cause instanceof RangeError ? invalidBackup(reasonOf(cause), undefined, { cause }) : cause
  }
}

/** What this package wrote is taken as it was; what others wrote, by the classic fields. */
function describe(entry: ReadEntry, about: ReadMetadata, metadata: ModelMetadata | undefined): ModelDescription {
  const { model_name: modelName, version } = entry
  if (metadata !== undefined) return { ...metadata, modelName, version }
  const metrics = Object.entries(entry.performance_metrics ?? {}).filter(([, value]) => value !== null)
  return {
    modelName,
    version,
    ...(entry.model_type && { modelType: entry.model_type }),
    ...(entry.training_date && { trainingDate: entry.training_date }),
    performanceMetrics: Object.fromEntries(metrics) as Record<string, number>,
    ...(about.dataset_info && { datasetInfo: { ...about.dataset_info } }),
    ...(about.hyperparameters && { hyperparameters: { ...about.hyperparameters } }),
  }
}

/** The model's file and its scaler; neither where one of the two is to be had nowhere. */
function filesOf(
  files: Files,
  { model: path, folder }: { readonly model: string | null | undefined; readonly folder: string },
  {
    artifact,
    scaler: expected,
  }: { readonly artifact: FileReference | undefined; readonly scaler: FileReference | undefined },
): { model: TreeSource | undefined; scaler?: TreeSource | undefined } {
  const named = path?.endsWith('.onnx') === true ? path : undefined
  if (named !== undefined && !files.has(named)) throw invalidBackup(`its index names "${named}", which is not there`)
  const scaler = sourceOf(files.get(folder + treeFiles.scaler), expected)
  const complete = scaler !== undefined || expected === undefined
  return { model: complete ? sourceOf(files.get(named ?? ''), artifact) : undefined, scaler }
}

/** Bytes of the folder come first; an address serves where it is one that can be fetched. */
function sourceOf(zipped: ZippedFile | undefined, expected: FileReference | undefined): TreeSource | undefined {
  if (zipped !== undefined) return { zipped, expected }
  return expected === undefined || expected.url.startsWith('local:') ? undefined : { file: expected }
}

/** Why a model is not registered again; a version is its bytes, for ever. */
async function reasonToSkip(
  { id, name, version, model }: Found,
  families: ReadonlyMap<string, Family>,
): Promise<string | undefined> {
  const family = families.get(name)
  const known = family?.models.get(version)?.artifact.sha256 ?? family?.tombstones.get(version)?.sha256
  for (const other of families.values())
    for (const record of other.models.values())
      if (record.id === id && (record.name !== name || record.version !== version))
        throw conflict(`the id "${id}" means ${record.name} ${record.version} here`)
  if (known === undefined || model === undefined) return undefined
  const bytes = await openSource(model)
  const sha256 = bytes instanceof Uint8Array ? await sha256Hex(bytes) : bytes.sha256
  if (sha256 !== known) throw conflict(`${id} has another model file than here`)
  return family?.models.has(version) === true ? 'it is here already' : 'it was deleted here'
}
