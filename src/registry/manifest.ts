/** The manifest: a static file that names every model, the bytes it consists of and the contract it keeps. */
import type { Timeframe } from '../core/timeframe.ts'
import type { FileReference } from './integrity.ts'
import type { PublicKey } from './keys.ts'
import { resolveUrl } from './public-url.ts'
import { compareVersions } from './semver.ts'

/** One input or output of a model. */
export interface TensorShape {
  readonly name: string
  /** Element type in ONNX notation, such as `float32`. */
  readonly dtype: string
  /** Sizes; a name stands for a size that is free, such as the batch. */
  readonly dims: readonly (number | string)[]
}

/** What is fed to a model and in which order. */
export interface ModelFeatures {
  /** Columns of the input, in order. */
  readonly names: readonly string[]
  /** SHA-256 of the list of features, 64 hex digits. */
  readonly hash: string
  /** What each feature computes, 16 hex digits a name, so that a difference can be named. */
  readonly digests?: readonly string[] | undefined
  /** Bars in one window. */
  readonly lookback: number
  readonly timeframe: Timeframe
  /** Bars needed before the first window. */
  readonly warmup?: number | undefined
  /** Number of names, where it is given. */
  readonly count?: number | undefined
  /** Families the features come from; information. */
  readonly families?: readonly string[] | undefined
}

/** A time ahead that a model speaks about. */
export interface ModelHorizon {
  readonly name: string
  /** Distance in bars of the model's timeframe. */
  readonly bars: number
}

/** What the numbers of the output mean. */
export interface ModelOutputLayout {
  /** Name of the layout, such as `classification`. */
  readonly id: string
  /** Shortest first. */
  readonly horizons: readonly ModelHorizon[]
  /** How much each horizon counts in a decision: positive numbers, divided by their sum. */
  readonly weights?: readonly number[] | undefined
  /** Name of the horizon that leads. */
  readonly mainHorizon?: string | undefined
  /** Standard deviation of the model's error for each horizon, as a fraction of the price; for `regression`. */
  readonly residualStd?: readonly number[] | undefined
  /** Returns up to this size, as a fraction, count as NEUTRAL; for `regression`. */
  readonly neutralBand?: number | undefined
}

/** Sides as a manifest names them. */
export type ClassName = 'LONG' | 'SHORT' | 'NEUTRAL'

/** A known input and what the model must answer to it. */
export interface GoldenSample {
  /** A raw file of little-endian float32 values, in the order of the model's input. */
  readonly input: FileReference
  readonly output: readonly number[]
  /** Largest difference allowed: `atol + rtol * |expected|`. */
  readonly atol: number
  readonly rtol: number
}

/** The ONNX file and what is known of it before it is fetched. */
export interface ModelArtifact extends FileReference {
  readonly opset?: number | undefined
  readonly precision?: 'fp32' | 'fp16' | 'int8' | undefined
  /** Files that the model's graph refers to for its weights. */
  readonly externalData?: readonly FileReference[] | undefined
}

/** The part of all installations that a version is meant for. */
export interface Rollout {
  /** Hundredths of a percent, 0 to 10000. */
  readonly basisPoints: number
  /** What is assigned as a whole: a symbol keeps its model, or every prediction is drawn anew. */
  readonly unit: 'symbol' | 'prediction'
  /** Sets draws of different rollouts apart. */
  readonly salt?: string | undefined
}

/** JSON that is carried along for people and for other parts of the package. */
export interface LooseObject {
  readonly [field: string]: unknown
}

/** One version of one model. */
export interface ModelEntry {
  readonly name: string
  /** Semantic version. */
  readonly version: string
  /** Architecture, such as `patchtst`. */
  readonly modelType: string
  readonly taskType: 'multitask' | 'classification' | 'regression'
  readonly description?: string | undefined
  /** Said to people wherever the model's output is shown. */
  readonly notice?: string | undefined
  /** UTC, ISO 8601. */
  readonly createdAt: string
  readonly trainingDate?: string | undefined
  readonly metrics?: { readonly [name: string]: number } | undefined
  /** What the metrics were measured on; metrics of different sets are not compared with confidence. */
  readonly evalSetId?: string | undefined
  readonly datasetInfo?: LooseObject | undefined
  readonly hyperparameters?: LooseObject | undefined
  /** Curves such as `loss`, one number an epoch. */
  readonly trainingHistory?: { readonly [name: string]: readonly number[] } | undefined
  /** The status the publisher has in mind. A hint: it never overrides the status a version has here. */
  readonly status?: 'registered' | 'candidate' | 'production' | 'archived' | undefined
  /** UTC, ISO 8601; from then on the version is not promoted any more. */
  readonly expires?: string | undefined
  /** Age of the training data from which outputs are marked as expired, in hours; 0 stands for never. */
  readonly maxAgeHours?: number | undefined
  /** The publisher took the version back. */
  readonly withdrawn?: { readonly reason: string } | undefined
  readonly rollout?: Rollout | undefined
  /** The version, or id, that this one takes the place of. */
  readonly supersedes?: string | undefined
  /** Oldest version of this package that may use the model. */
  readonly minPackage?: string | undefined
  /** Newest version of this package that may use the model. */
  readonly maxPackage?: string | undefined
  readonly license?: string | undefined
  /** Where the model comes from, such as a run and a commit. */
  readonly provenance?: LooseObject | undefined
  /** The ONNX file. */
  readonly artifact: ModelArtifact
  /** The scaler's JSON file; it belongs to this version only. */
  readonly scaler: FileReference
  readonly features: ModelFeatures
  readonly io: { readonly inputs: readonly TensorShape[]; readonly outputs: readonly TensorShape[] }
  readonly outputLayout: ModelOutputLayout
  /** The classes in the order of the model's outputs. NEUTRAL is left out by classifiers that do not know it. */
  readonly classOrder: readonly ClassName[]
  /** Reference runs, checked when the model is loaded. */
  readonly golden?: readonly GoldenSample[] | undefined
  readonly postprocess?: LooseObject | undefined
  readonly calibration?: LooseObject | undefined
  /** What the model's inputs and outputs looked like in training: the base of drift statistics. */
  readonly reference?: LooseObject | undefined
}

/** A checked manifest. Fields this version does not know are kept. */
export interface Manifest {
  readonly schema: string
  /** Edition of the manifest, counted from 1. */
  readonly version: number
  /** UTC, ISO 8601. */
  readonly issuedAt: string
  /** UTC, ISO 8601. */
  readonly expires?: string | undefined
  /** Edition of the keys, counted from 1; a higher one takes over and resets the floor of {@link version}. Default: 1. */
  readonly keysVersion?: number | undefined
  /** The public keys from this edition on. */
  readonly keys?: readonly PublicKey[] | undefined
  /** How many signers must agree from this edition on; goes with {@link keys}. */
  readonly threshold?: number | undefined
  /** Oldest version of this package that may use the models. */
  readonly minPackage?: string | undefined
  /** Newest version of this package that may use the models. */
  readonly maxPackage?: string | undefined
  /** Where relative addresses start; default: the manifest's own address. */
  readonly baseUrl?: string | undefined
  readonly models: readonly ModelEntry[]
}

/** The short-lived word on which manifest is the current one; a few hundred bytes, fetched often. */
export interface ManifestTimestamp {
  /** `manifest-timestamp/1`. */
  readonly schema: string
  /** Edition of the manifest. */
  readonly version: number
  /** Edition of its keys. Default: 1. */
  readonly keysVersion?: number | undefined
  /** SHA-256 of the manifest's own bytes, not of an envelope around them. */
  readonly digest: string
  /** Bytes of the manifest itself, not of an envelope around it. */
  readonly size: number
  /** UTC, ISO 8601. */
  readonly expires: string
  /** Where the manifest lies, from the timestamp's address on. */
  readonly url: string
}

/** The name of one version of a model, unique in a manifest: `name_vVersion`. */
export function modelId(entry: Pick<ModelEntry, 'name' | 'version'>): string {
  return `${entry.name}_v${entry.version}`
}

/** The entry for an id, for a name (its highest version), or, without either, the first one. */
export function findModel(models: readonly ModelEntry[], idOrName: string | undefined): ModelEntry | undefined {
  if (idOrName === undefined) return models[0]
  const exact = models.find((entry) => modelId(entry) === idOrName)
  if (exact !== undefined) return exact
  const versions = models.filter((entry) => entry.name === idOrName)
  return versions.sort((a, b) => compareVersions(b.version, a.version))[0]
}

/** A file of the manifest with its address made absolute. */
export function locate(file: FileReference, manifest: Manifest, manifestUrl: string): FileReference {
  const { baseUrl } = manifest
  const folder = baseUrl === undefined || baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`
  const base = folder === undefined ? manifestUrl : resolveUrl(folder, manifestUrl)
  return { ...file, url: resolveUrl(file.url, base) }
}
