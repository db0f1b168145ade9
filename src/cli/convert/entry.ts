/** The entry of a converted model in a manifest, as `candlewick manifest build` takes it. */
import { fingerprintOf } from '../../features/index.ts'
import type { TensorSpec } from '../../inference/index.ts'
import type { Description } from './description.ts'
import type { Json } from './config.ts'
import { namedProduct, type Product, reference } from './products.ts'

/** What the entry is about. */
export interface EntryParts {
  readonly description: Description
  readonly model: Product
  readonly scaler: Product | undefined
  readonly precision: string | undefined
  readonly opset: number | undefined
  readonly tensors: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] }
  readonly lookback: number | undefined
  readonly golden: readonly Json[]
  /** How the model came about. */
  readonly provenance: Json
}

/** The fields that a manifest cannot do without. */
const required = ['version', 'taskType', 'scaler', 'features', 'outputLayout', 'classOrder'] as const

/** An entry, and what its description left out. */
export interface EntryProduct {
  readonly file: Product
  readonly missing: readonly string[]
}

const withoutUndefined = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json

/** A version that no other bytes can have. */
function versionOf(stated: unknown, precision: string | undefined, model: Product): unknown {
  if (typeof stated !== 'string') return undefined
  const own = [precision, model.sha256.slice(0, 8)].filter((part) => part !== undefined).join('.')
  return `${stated}${stated.includes('+') ? '.' : '+'}${own}`
}

async function featuresOf({ fields, ids, timeframe }: Description, lookback: number | undefined): Promise<unknown> {
  if (ids === undefined || timeframe === undefined) return undefined
  return { ...(fields['features'] as Json), names: ids, ...(await fingerprintOf(ids)), lookback, timeframe }
}

/** Writes an entry. */
export async function entryOf(parts: EntryParts): Promise<EntryProduct> {
  const { description, model, scaler, precision, opset, tensors, golden } = parts
  const { fields, name } = description
  const provenance = { ...(fields['provenance'] as Json | undefined), conversion: parts.provenance }
  const entry = withoutUndefined({
    modelType: 'patchtst',
    createdAt: `${new Date().toISOString().slice(0, 19)}Z`,
    ...fields,
    name,
    version: versionOf(fields['version'], precision, model),
    artifact: { ...reference(model), opset, precision },
    scaler: scaler && reference(scaler),
    features: await featuresOf(description, parts.lookback),
    io: tensors,
    golden: golden.length === 0 ? undefined : golden,
    provenance,
  })
  const missing = required.filter((field) => entry[field] === undefined)
  const stem = precision === undefined ? name : `${name}.${precision}`
  return { file: await namedProduct(`${stem}.entry.json`, `${JSON.stringify(entry, undefined, 2)}\n`), missing }
}
