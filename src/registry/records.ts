/** What the registry keeps: plain data, stored, cloned, exported and replayed as it is. Times are ms since the epoch. */
import type { FileReference } from './integrity.ts'
import type { PublicKey } from './keys.ts'
import type { ModelEntry } from './manifest.ts'

/** Where a version stands in its life. */
export type ModelStatus = 'registered' | 'candidate' | 'production' | 'archived'

/** All statuses, in the order of a version's usual life. */
export const modelStatuses: readonly ModelStatus[] = ['registered', 'candidate', 'production', 'archived']

/** Why a version is a candidate: automation must tell a better one from one that was just replaced. */
export type CandidateReason = 'better-metric' | 'demoted' | 'manual'

/** What a version was measured to be worth on one evaluation set. Free fields are kept as they are. */
export interface ModelEvaluation {
  /** Names what it was measured on: the rows, and how they were judged. Only measurements of one set are compared. */
  readonly evalSetId: string
  /** The horizon that was judged, such as `4h`; absent where there is but one. */
  readonly horizon?: string | undefined
  /** Finite numbers, such as `ic_mean`. */
  readonly metrics: Readonly<Record<string, number>>
  /** JSON, such as `n`, the rows, and `from` and `to`, their first and last time in ms or ISO 8601. */
  readonly [field: string]: unknown
}

/** An evaluation as it is kept. */
export interface RecordedEvaluation extends ModelEvaluation {
  /** When it was recorded, by the registry's clock, in ms. */
  readonly recordedAt: number
}

/** What is known of a version besides its files. Only `modelType` must be there; the rest decides what it is good for. */
export interface ModelMetadata extends Partial<Omit<ModelEntry, 'name' | 'version' | 'artifact' | 'scaler'>> {
  readonly modelType: string
  /** What was measured here, in the order of recording; `recordEvaluation` alone writes them. */
  readonly evaluations?: readonly RecordedEvaluation[] | undefined
  /** Free fields are kept as they are. */
  readonly [field: string]: unknown
}

/** One version of one model. Its key is the pair of name and version. */
export interface ModelRecord {
  readonly name: string
  readonly version: string
  /** `name_vVersion`, or the id it was saved under. Unique. */
  readonly id: string
  readonly status: ModelStatus
  readonly candidateReason?: CandidateReason | undefined
  /** It became a candidate by a comparison across different evaluation sets. */
  readonly lowTrust?: true | undefined
  /** It failed in service: nothing promotes it again before it is released. */
  readonly heldBack?: { readonly reason: string; readonly at: number } | undefined
  /** Its publisher took it back. */
  readonly withdrawn?: { readonly reason: string; readonly at: number } | undefined
  /** Its manifest no longer names it: it may serve where it does, and is not installed anew. */
  readonly unlisted?: true | undefined
  /** The ONNX file. Its `sha256` never changes for this name and version. */
  readonly artifact: FileReference
  /** The scaler's JSON file; without it the version cannot serve signals. */
  readonly scaler?: FileReference | undefined
  readonly metadata: ModelMetadata
  /** Address of the manifest it came from; absent for a version that was saved here. */
  readonly manifest?: string | undefined
  /** Counts the changes of this record, from 1. */
  readonly revision: number
  readonly registeredAt: number
  readonly updatedAt: number
}

/** What stays of a deleted version, so that its number is never used for other bytes. */
export interface Tombstone {
  readonly name: string
  readonly version: string
  readonly id: string
  /** SHA-256 of its artifact. */
  readonly sha256: string
  readonly deletedAt: number
}

/** A version that gets a share of the predictions while production keeps the rest. */
export interface Canary {
  readonly version: string
  /** Share in hundredths of a percent, 1 to 5000. */
  readonly basisPoints: number
  /** What is assigned as a whole: a symbol keeps its model, or every prediction is drawn anew. */
  readonly unit: 'symbol' | 'prediction'
  readonly startedAt: number
}

/** Who serves under one model name. All pointers are versions of that name. */
export interface Channel {
  readonly name: string
  readonly production?: string | undefined
  /** Earlier production versions, the latest first, at most ten. */
  readonly previous: readonly string[]
  readonly canary?: Canary | undefined
  /** Runs beside production, unseen. */
  readonly shadow?: string | undefined
  /** Rises by one with every move of the production pointer. */
  readonly epoch: number
}

/** Everything that one model name consists of: the unit in which commands decide. */
export interface Family {
  readonly name: string
  /** By version. */
  readonly models: ReadonlyMap<string, ModelRecord>
  /** By version. */
  readonly tombstones: ReadonlyMap<string, Tombstone>
  readonly channel: Channel
}

/** A name that nothing is known of. */
export function emptyFamily(name: string): Family {
  return { name, models: new Map(), tombstones: new Map(), channel: { name, previous: [], epoch: 0 } }
}

/** How far bytes have come into the store. Only `ready` bytes are ever handed out, and even those are hashed first. */
export type BlobState = 'downloading' | 'ready'

/** What is known of stored bytes without reading them. */
export interface BlobRecord {
  /** The hash they were stored under: the key. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  readonly state: BlobState
  /** Bytes in one stored piece; only the last may be shorter. */
  readonly chunkBytes: number
  readonly chunkCount: number
  /** Where the bytes come from, without credentials. */
  readonly url: string
  readonly storedAt: number
  readonly lastVerifiedAt?: number | undefined
  readonly lastUsedAt?: number | undefined
  /** The server's mark of this edition, by which a download may go on where it stopped. */
  readonly etag?: string | undefined
}

/** A manifest as it was received, and the floor below which its address never falls again. */
export interface ManifestRecord {
  /** The address it was read from: the key. */
  readonly url: string
  /** The text as received: JSON, or the signed envelope. */
  readonly text: string
  readonly storedAt: number
  /** Edition; a lower one is refused. */
  readonly version: number
  /** SHA-256 of the manifest's own bytes. */
  readonly digest: string
  /** Edition of the keys; absent for an unsigned manifest. */
  readonly keysVersion?: number | undefined
  /** The keys that are trusted now, where the manifest replaced those the application came with. */
  readonly keys?: readonly PublicKey[] | undefined
  readonly threshold?: number | undefined
  readonly issuedAt: number
}

/** Facts about this installation. */
export interface RegistryMeta {
  /** Random, made at the first opening: the stable half of every canary assignment. */
  readonly installId: string
  /** Latest time that was seen or signed, so that a clock set back shows. */
  readonly lastSeenAt: number
  readonly lastBackupAt?: number | undefined
}

/** What happened, before it has its place in the log. */
export interface EventDraft {
  readonly at: number
  /** Who asked for it: `host`, `manifest`, `rule`, or what the caller names. */
  readonly actor: string
  readonly type: string
  /** The model name it belongs to; absent for what concerns the whole registry. */
  readonly name?: string | undefined
  readonly version?: string | undefined
  /** JSON. */
  readonly data: { readonly [field: string]: unknown }
}

/** One line of the log. Each carries the hash of the one before, so that no line can be lost or altered unseen. */
export interface RegistryEvent extends EventDraft {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number
  /** Hash of the line before; 64 zeros for the first. */
  readonly prevHash: string
  /** SHA-256 over this line without this field. */
  readonly hash: string
}

/** All files of a version: the model, its scaler and the inputs of its reference runs. */
export function filesOf({
  artifact,
  scaler,
  metadata,
}: Pick<ModelRecord, 'artifact' | 'scaler' | 'metadata'>): FileReference[] {
  const inputs = (metadata.golden ?? []).map((sample) => sample.input)
  return scaler === undefined ? [artifact, ...inputs] : [scaler, artifact, ...inputs]
}

/** Versions that serve in whatever way, or that a rollback may need. */
export function versionsInUse({ production, canary, shadow, previous }: Channel): ReadonlySet<string> {
  const serving = [production, canary?.version, shadow].filter((version) => version !== undefined)
  return new Set([...serving, ...previous])
}
