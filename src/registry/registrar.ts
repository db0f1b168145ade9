/** Versions that are registered here and not by a manifest: from bytes, or by an address to be fetched later. */
import { CandlewickError } from '../core/errors.ts'
import type { BlobSource } from './blobs.ts'
import { type FileReference, localUrl, sha256Hex } from './integrity.ts'
import { copyJson } from './json-copy.ts'
import type { NewModel } from './lifecycle/commands.ts'
import { modelId } from './manifest.ts'
import type { Family, ModelMetadata } from './records.ts'
import { nextMinor, normalizeVersion } from './semver.ts'

/** Bytes of a file, or where it lies. What is named by address is fetched and verified when it is first needed. */
export type ModelSource = Uint8Array<ArrayBuffer> | ArrayBuffer | Blob | FileReference

/** What is told of a model when it is registered. Fields that are not listed are kept as they are. */
export interface ModelDescription {
  /** 1 to 64 of `a-z 0-9 . _ -`. */
  readonly modelName: string
  /** Semantic version; `1.0` counts as `1.0.0`. Default: the next minor version of the highest one. */
  readonly version?: string | undefined
  /** Default: `modelType` of the hyperparameters. */
  readonly modelType?: string | undefined
  /** `YYYY-MM-DD`, or a UTC time. */
  readonly trainingDate?: string | undefined
  /** Finite numbers, such as `ic_mean`. */
  readonly performanceMetrics?: Readonly<Record<string, number>> | undefined
  readonly datasetInfo?: Readonly<Record<string, unknown>> | undefined
  readonly hyperparameters?: Readonly<Record<string, unknown>> | undefined
  readonly [field: string]: unknown
}

const refuse = (path: string, expected: string, actual: unknown): never => {
  throw new CandlewickError('registry/metadata-invalid', {
    path,
    expected,
    actual: JSON.stringify(actual) ?? 'nothing',
  })
}

function nameOf(name: unknown): string {
  const form = /^[a-z0-9][a-z0-9._-]{0,63}$/u
  return typeof name === 'string' && form.test(name)
    ? name
    : refuse('$.modelName', '1 to 64 of a-z 0-9 . _ -, the first a-z or 0-9', name)
}

function typeOf({ modelType, hyperparameters }: ModelDescription): string {
  const type = modelType ?? hyperparameters?.['modelType'] ?? hyperparameters?.['model_type']
  return typeof type === 'string' && type !== '' ? type : refuse('$.modelType', 'a text that is not empty', type)
}

/** The metrics with every value finite; others would poison each comparison without a word. */
export function checkMetrics(metrics: unknown, path: string): void {
  if (metrics === undefined || metrics === null) return
  if (typeof metrics !== 'object' || Array.isArray(metrics)) refuse(path, 'an object of numbers', metrics)
  for (const [name, value] of Object.entries(metrics))
    if (value !== null && !(typeof value === 'number' && Number.isFinite(value)))
      refuse(`${path}.${name}`, 'a finite number', typeof value === 'number' ? String(value) : value)
}

/** A description as it is stored. */
export function metadataOf(description: ModelDescription): { name: string; version?: string; metadata: ModelMetadata } {
  const { modelName, version, performanceMetrics, ...rest } = description
  const name = nameOf(modelName)
  checkMetrics(performanceMetrics, '$.performanceMetrics')
  checkMetrics(rest['metrics'], '$.metrics')
  const normal = version === undefined ? undefined : normalizeVersion(version)
  if (version !== undefined && normal === undefined) refuse('$.version', 'a semantic version such as 1.0.0', version)
  const metrics = performanceMetrics ?? rest['metrics']
  const fields = { ...rest, ...(metrics !== undefined && { metrics }), modelType: typeOf(description) }
  return { name, ...(normal !== undefined && { version: normal }), metadata: copyJson(fields) as ModelMetadata }
}

const isReference = (source: ModelSource): source is FileReference =>
  'sha256' in source && typeof source.sha256 === 'string'

/** A source as a file of the store: bytes are stored at once, addresses as they are. */
export async function fileOf(source: ModelSource, blobs: BlobSource): Promise<FileReference> {
  if (isReference(source)) {
    if (!/^[0-9a-f]{64}$/u.test(source.sha256)) refuse('$.sha256', '64 lower-case hex digits', source.sha256)
    if (!Number.isSafeInteger(source.size) || source.size < 0) refuse('$.size', 'a count of bytes', source.size)
    return source
  }
  const bytes = await bytesOf(source)
  const sha256 = await sha256Hex(bytes)
  const file = { url: localUrl(sha256), size: bytes.byteLength, sha256 }
  const problem = await blobs.keep(file, bytes)
  if (problem !== undefined) throw problem
  return file
}

async function bytesOf(source: Exclude<ModelSource, FileReference>): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array) return source.slice()
  return new Uint8Array(source instanceof ArrayBuffer ? source.slice(0) : await source.arrayBuffer())
}

/** The version that a description without one gets: above every version that was ever used. */
export function chooseVersion({ models, tombstones }: Family, version: string | undefined): string {
  return version ?? nextMinor([...models.keys(), ...tombstones.keys()])
}

/** The version that an id stands for, or stood for before it was deleted. */
function ownerOf({ models, tombstones }: Family, id: string): { readonly version: string } | undefined {
  return [...models.values(), ...tombstones.values()].find((one) => one.id === id)
}

/** The record's beginnings for a family; the same bytes under the same version are the same model. */
export function newModel(
  family: Family,
  parts: Omit<NewModel, 'version' | 'id' | 'name'> & { readonly version?: string | undefined; readonly id?: string },
): NewModel {
  const { name } = family
  // An id that is taken stands for its version: other bytes under it are refused there, and equal ones are no news.
  const taken = parts.id === undefined ? undefined : ownerOf(family, parts.id)
  const version = chooseVersion(family, parts.version ?? taken?.version)
  const id = parts.id ?? modelId({ name, version })
  if (taken !== undefined && taken.version !== version && family.tombstones.has(taken.version))
    throw new CandlewickError('registry/version-retired', { id })
  return { ...parts, name, version, id }
}
