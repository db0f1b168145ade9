/** The door for manifests: what passes here may be relied on everywhere else. */
import * as v from 'valibot'

import { CandlewickError, reasonOf } from '../core/errors.ts'
import { timeframes } from '../core/timeframe.ts'
import { type Manifest, type ModelEntry, modelId } from './manifest.ts'
import { versionPattern } from './semver.ts'

/** Longest manifest that is read, in bytes. */
export const manifestLimit = 5_000_000

// A file must fit one buffer, and an ONNX file cannot be larger than this anyway (protobuf).
const largestFile = 2_147_483_647

const hex = (digits: number): v.GenericSchema<string> =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'), `${digits} lower-case hex digits`))

const isInstant = (text: string): boolean => {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z$/u
  const time = new Date(text)
  // The parser lets 31 February pass as a day in March.
  return form.test(text) && Number.isFinite(time.getTime()) && time.toISOString().slice(0, 10) === text.slice(0, 10)
}

const unique = (list: readonly unknown[]): boolean => new Set(list).size === list.length

const text = v.pipe(v.string(), v.minLength(1, 'a text that is not empty'))
const instant = v.pipe(v.string(), v.check(isInstant, 'a UTC time such as 2026-01-31T12:00:00Z'))
const version = v.pipe(v.string(), v.regex(versionPattern, 'a semantic version such as 1.0.0'))
const count = (least: number, most: number = Number.MAX_SAFE_INTEGER): v.GenericSchema<number> => {
  const expected = `a whole number from ${least} to ${most}`
  return v.pipe(v.number(), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected))
}

const fileFields = { url: text, size: count(0, largestFile), sha256: hex(64) }

const tensors = v.pipe(
  v.array(v.looseObject({ name: text, dtype: text, dims: v.array(v.union([count(1), text])) })),
  v.minLength(1, 'at least one tensor'),
  v.check((list) => unique(list.map((tensor) => tensor.name)), 'different names'),
)

const features = v.looseObject({
  names: v.pipe(
    v.array(text),
    v.minLength(1, 'at least one name'),
    v.check((list) => unique(list), 'different names'),
  ),
  hash: hex(64),
  digests: v.optional(v.array(hex(16))),
  lookback: count(1),
  timeframe: v.picklist(timeframes),
  warmup: v.optional(count(0)),
})

const horizons = v.pipe(
  v.array(v.looseObject({ name: text, bars: count(1) })),
  v.minLength(1, 'at least one horizon'),
  v.check((list) => unique(list.map((horizon) => horizon.name)), 'different names'),
)

const finite = v.pipe(v.number(), v.finite('a finite number'))
const tolerance = v.pipe(finite, v.minValue(0, 'a number from 0'))

const golden = v.looseObject({
  input: v.looseObject(fileFields),
  output: v.pipe(v.array(finite), v.minLength(1, 'at least one number')),
  atol: tolerance,
  rtol: tolerance,
})

const entry = v.looseObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/u, '1 to 64 of a-z 0-9 . _ -, the first a-z or 0-9')),
  version,
  modelType: text,
  taskType: v.picklist(['multitask', 'classification', 'regression']),
  description: v.optional(v.string()),
  notice: v.optional(v.string()),
  createdAt: instant,
  trainingDate: v.optional(text),
  metrics: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite('a finite number')))),
  artifact: v.looseObject({
    ...fileFields,
    opset: v.optional(count(1)),
    precision: v.optional(v.picklist(['fp32', 'fp16', 'int8'])),
  }),
  scaler: v.looseObject(fileFields),
  features,
  io: v.looseObject({ inputs: tensors, outputs: tensors }),
  outputLayout: v.looseObject({ id: text, horizons }),
  classOrder: v.pipe(
    v.array(v.picklist(['LONG', 'SHORT', 'NEUTRAL'])),
    v.length(3, 'LONG, SHORT and NEUTRAL, each once'),
    v.check((list) => unique(list), 'LONG, SHORT and NEUTRAL, each once'),
  ),
  golden: v.optional(v.array(golden)),
})

// The schema comes first: a manifest of another major version is told so, and not blamed for its other fields.
const manifest = v.looseObject({
  schema: v.pipe(v.string(), v.regex(/^model-manifest\/1(?:\.\d+)?$/u, '"model-manifest/1"')),
  version: count(1),
  issuedAt: instant,
  expires: v.optional(instant),
  minPackage: v.optional(version),
  baseUrl: v.optional(text),
  models: v.array(entry),
})

const refuse = (path: string, expected: string, actual: string): never => {
  throw new CandlewickError('model/manifest-invalid', { path, expected, actual })
}

const short = (words: string): string => (words.length > 80 ? `${words.slice(0, 80)}…` : words)

const step = (key: unknown): string => {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  return /^[A-Za-z_]\w*$/u.test(name) ? `.${name}` : `[${short(JSON.stringify(name))}]`
}

// A schema says itself what it expected; a check says it in its message.
const report = (fault: v.BaseIssue<unknown>): never => {
  const path = `$${(fault.path ?? []).map((item) => step(item.key)).join('')}`
  const missing = fault.input === undefined
  const wanted = fault.kind === 'schema' ? (fault.expected ?? 'another value') : fault.message
  return refuse(path, missing ? 'a value' : wanted, missing ? 'nothing' : short(fault.received))
}

/** What the fields of one entry must say about each other. */
function checkEntry(model: ModelEntry, path: string): void {
  const { names, digests, lookback } = model.features
  const { dims } = model.io.inputs[0]!
  const at = `${path}.io.inputs[0].dims`
  if (dims.length !== 3) refuse(at, 'three sizes: batch, bars, features', `${dims.length}`)
  if (dims[1] !== lookback) refuse(`${at}[1]`, `${lookback}, the lookback of the features`, String(dims[1]))
  if (dims[2] !== names.length) refuse(`${at}[2]`, `${names.length}, one for each feature name`, String(dims[2]))
  if (digests !== undefined && digests.length !== names.length)
    refuse(`${path}.features.digests`, `${names.length}, one for each feature name`, `${digests.length}`)
}

/**
 * Checks a manifest. Unknown fields are kept, an unknown major version of the schema is refused.
 *
 * @throws `model/manifest-invalid` for the first fault found
 */
export function parseManifest(json: unknown): Manifest {
  const result = v.safeParse(manifest, json, { abortEarly: true })
  if (!result.success) return report(result.issues[0])
  const parsed: Manifest = result.output
  const seen = new Set<string>()
  parsed.models.forEach((model, i) => {
    const path = `$.models[${i}]`
    checkEntry(model, path)
    if (seen.has(modelId(model))) refuse(path, 'each name and version once', `${modelId(model)} again`)
    seen.add(modelId(model))
  })
  return parsed
}

/**
 * Checks a manifest given as a JSON text.
 *
 * @throws `model/manifest-invalid`
 */
export function parseManifestText(manifestText: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(manifestText)
  } catch (cause) {
    return refuse('$', 'a JSON text', `${short(JSON.stringify(manifestText))} (${short(reasonOf(cause))})`)
  }
  return parseManifest(json)
}

/**
 * Refuses a manifest that names other bytes for a version than an earlier one did: a published version is final.
 *
 * @throws `model/manifest-invalid`
 */
export function checkSameBytes(next: Manifest, earlier: Manifest): void {
  const known = new Map(earlier.models.map((model) => [modelId(model), model]))
  next.models.forEach((model, i) => {
    const before = known.get(modelId(model))
    if (before === undefined) return
    for (const part of ['artifact', 'scaler'] as const) {
      const path = `$.models[${i}].${part}.sha256`
      const expected = `${before[part].sha256}, as published before for ${modelId(model)}; new bytes need a new version`
      if (model[part].sha256 !== before[part].sha256) refuse(path, expected, model[part].sha256)
    }
  })
}
