/** A publisher for tests: tiny models, manifests that name them, keys of three editions, and signatures. */
import type { Manifest, ModelEntry } from '../../../../src/registry/manifest.ts'
import { generateKey, type PrivateKey, publicPart, signEnvelope } from '../../../../src/registry/signing.ts'
import type { Trust } from '../../../../src/registry/trust.ts'
import { sha256 } from '../sample-manifest.ts'

export const origin = 'https://models.example'
export const manifestUrl = `${origin}/manifest.json`

/** Model names, the manifest's versions of each, and those that only the user registers. */
export const names = ['lgbm', 'tcn'] as const
export const publishedVersions = ['1.0.0', '1.9.0', '1.10.0', '2.0.0-rc.1', '2.0.0'] as const
export const localVersions = ['2.1.0', '3.0.0', '3.1.0'] as const

/** The host cannot use this one. */
export const unfitId = 'tcn_v1.9.0'

/** A few hundred bytes that belong to a text. */
export const contentOf = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${text}|`.repeat(8 + (text.length % 5)))

export const modelFile = (name: string, version: string): Uint8Array<ArrayBuffer> =>
  contentOf(`model ${name} ${version}`)

export const scalerFile = (name: string, version: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify({ mean: [0], scale: [1], of: `${name} ${version}` }))

/** Everything that a version needs to serve signals, but its files. */
export const contract: Pick<ModelEntry, 'features' | 'io' | 'outputLayout' | 'classOrder'> = {
  features: { names: ['rsi_14'], hash: 'ab'.repeat(32), lookback: 8, timeframe: '15m' },
  io: {
    inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 8, 1] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 10] }],
  },
  outputLayout: { id: 'unified-20', horizons: [{ name: '15m', bars: 1 }] },
  classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
}

const fileOf = (path: string, bytes: Uint8Array): { url: string; size: number; sha256: string } => ({
  url: `${origin}/${path}`,
  size: bytes.byteLength,
  sha256: sha256(bytes),
})

/** What a manifest may say of a version. */
export interface EntryPlan {
  readonly name: string
  readonly version: string
  readonly metric?: number | undefined
  readonly evalSetId?: string | undefined
  readonly trainingDate?: string | undefined
  readonly expires?: string | undefined
  readonly withdrawn?: boolean | undefined
  /** Says what only the host can say: that it was measured here. */
  readonly claims?: boolean | undefined
  /** Names other bytes than everywhere else. */
  readonly otherBytes?: boolean | undefined
}

/** A manifest's entry; the files of every version lie at addresses of their own. */
export function entryOf(plan: EntryPlan): ModelEntry {
  const { name, version, metric, evalSetId, trainingDate, expires, withdrawn, otherBytes, claims } = plan
  const path = `${name}-${version}`
  const model = otherBytes === true ? contentOf(`other ${path}`) : modelFile(name, version)
  return {
    name,
    version,
    modelType: name,
    taskType: 'multitask',
    createdAt: '2026-01-01T00:00:00Z',
    artifact: fileOf(`${path}.onnx`, model),
    scaler: fileOf(`${path}.json`, scalerFile(name, version)),
    ...contract,
    ...(metric !== undefined && { metrics: { ic_mean: metric } }),
    ...(evalSetId !== undefined && { evalSetId }),
    ...(trainingDate !== undefined && { trainingDate }),
    ...(expires !== undefined && { expires }),
    ...(claims === true && { evaluations: [{ evalSetId: 'a', metrics: { ic_mean: 9 }, recordedAt: 1 }] }),
    ...(withdrawn === true && { withdrawn: { reason: 'it was wrong' } }),
  }
}

/** All files that are published, by address. */
export const publishedFiles: ReadonlyMap<string, Uint8Array<ArrayBuffer>> = new Map(
  names.flatMap((name) =>
    publishedVersions.flatMap((version) => {
      const { artifact, scaler } = entryOf({ name, version })
      return [[artifact.url, modelFile(name, version)] as const, [scaler.url, scalerFile(name, version)] as const]
    }),
  ),
)

const editions: PrivateKey[] = [
  await generateKey('Ed25519', 'first'),
  await generateKey('Ed25519', 'second'),
  await generateKey('Ed25519', 'third'),
]
const stranger = await generateKey('Ed25519', 'first')

/** How often the keys can be changed. */
export const lastKeysVersion: number = editions.length

/** What the application comes with. */
export const trust: Trust = { keys: [publicPart(editions[0]!)], threshold: 1, keysVersion: 1 }

/** A manifest before it is signed. */
export interface Edition {
  readonly version: number
  readonly keysVersion: number
  readonly issuedAt: number
  readonly expires: number
  readonly entries: readonly ModelEntry[]
}

function manifestOf({ version, keysVersion, issuedAt, expires, entries }: Edition): Manifest {
  const keys = editions[keysVersion - 1]
  return {
    schema: 'model-manifest/1',
    version,
    keysVersion,
    issuedAt: new Date(issuedAt).toISOString(),
    expires: new Date(expires).toISOString(),
    ...(keysVersion > 1 && keys && { keys: [publicPart(keys)], threshold: 1 }),
    models: entries,
  }
}

const signedBefore = new Map<string, Promise<string>>()

/** A manifest in its envelope, signed by every edition of the keys so far, or by somebody else. */
export function publish(edition: Edition, by: 'publisher' | 'stranger' = 'publisher'): Promise<string> {
  const json = JSON.stringify(manifestOf(edition))
  const signers = by === 'stranger' ? [stranger] : editions.slice(0, edition.keysVersion)
  const known = signedBefore.get(by + json)
  const signing = known ?? signEnvelope(new TextEncoder().encode(json), signers)
  signedBefore.set(by + json, signing)
  return signing
}
