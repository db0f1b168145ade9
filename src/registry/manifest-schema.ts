/** The form of a manifest, field by field. The JSON Schema that editors use is written from here. */
import * as v from 'valibot'

import { timeframes } from '../core/timeframe.ts'
import { keyFault, type PublicKey } from './keys.ts'
import type { Manifest, ManifestTimestamp } from './manifest.ts'
import { versionPattern } from './semver.ts'

// A file must fit one buffer, and an ONNX file cannot be larger than this anyway (protobuf).
const largestFile = 2_147_483_647

const hex = (digits: number): v.GenericSchema<string> =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'), `${digits} lower-case hex digits`))

/** Whether a text of the right form is a time there is. */
const isInstant = (text: string): boolean => {
  const time = new Date(text)
  // The parser lets 31 February pass as a day in March.
  return Number.isFinite(time.getTime()) && time.toISOString().slice(0, 10) === text.slice(0, 10)
}

const unique = (list: readonly unknown[]): boolean => new Set(list).size === list.length

const text = v.pipe(v.string(), v.minLength(1, 'a text that is not empty'))
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z$/u
const utc = 'a UTC time such as 2026-01-31T12:00:00Z'
const instant = v.pipe(v.string(), v.regex(isoTime, utc), v.check(isInstant, utc))
const version = v.pipe(v.string(), v.regex(versionPattern, 'a semantic version such as 1.0.0'))
const count = (least: number, most: number = Number.MAX_SAFE_INTEGER): v.GenericSchema<number> => {
  const expected = `a whole number from ${least} to ${most}`
  return v.pipe(v.number(), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected))
}
const finite = v.pipe(v.number(), v.finite('a finite number'))
const fromZero = v.pipe(finite, v.minValue(0, 'a number from 0'))
const aboveZero = v.pipe(finite, v.gtValue(0, 'a number above 0'))
const loose = v.looseObject({})

const fileFields = {
  url: text,
  size: count(0, largestFile),
  sha256: hex(64),
  chunkSize: v.optional(count(1, largestFile)),
  chunkSha256: v.optional(v.array(hex(64))),
}
const file = v.looseObject(fileFields)

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
  count: v.optional(count(1)),
  families: v.optional(v.array(text)),
})

const horizons = v.pipe(
  v.array(v.looseObject({ name: text, bars: count(1) })),
  v.minLength(1, 'at least one horizon'),
  v.check((list) => unique(list.map((horizon) => horizon.name)), 'different names'),
)

const outputLayout = v.looseObject({
  id: text,
  horizons,
  weights: v.optional(v.array(aboveZero)),
  mainHorizon: v.optional(text),
  residualStd: v.optional(v.array(aboveZero)),
  neutralBand: v.optional(fromZero),
})

const eachSide = 'LONG and SHORT, each once, and NEUTRAL at most once'
const classOrder = v.pipe(
  v.array(v.picklist(['LONG', 'SHORT', 'NEUTRAL'])),
  v.minLength(2, eachSide),
  v.maxLength(3, eachSide),
  v.check((list) => unique(list) && list.includes('LONG') && list.includes('SHORT'), eachSide),
)

const artifact = v.looseObject({
  ...fileFields,
  opset: v.optional(count(1)),
  precision: v.optional(v.picklist(['fp32', 'fp16', 'int8'])),
  externalData: v.optional(v.array(file)),
})

const golden = v.looseObject({
  input: file,
  output: v.pipe(v.array(finite), v.minLength(1, 'at least one number')),
  atol: fromZero,
  rtol: fromZero,
})

/** What is said of a version besides its files and its contract; every field may be left out. */
const notes = {
  description: v.optional(v.string()),
  notice: v.optional(v.string()),
  trainingDate: v.optional(text),
  metrics: v.optional(v.record(v.string(), finite)),
  evalSetId: v.optional(text),
  datasetInfo: v.optional(loose),
  hyperparameters: v.optional(loose),
  trainingHistory: v.optional(v.record(v.string(), v.array(finite))),
  status: v.optional(v.picklist(['registered', 'candidate', 'production', 'archived'])),
  expires: v.optional(instant),
  maxAgeHours: v.optional(fromZero),
  withdrawn: v.optional(v.looseObject({ reason: text })),
  rollout: v.optional(
    v.looseObject({
      basisPoints: count(0, 10_000),
      unit: v.picklist(['symbol', 'prediction']),
      salt: v.optional(text),
    }),
  ),
  supersedes: v.optional(text),
  minPackage: v.optional(version),
  maxPackage: v.optional(version),
  license: v.optional(text),
  provenance: v.optional(loose),
  golden: v.optional(v.array(golden)),
  postprocess: v.optional(loose),
  calibration: v.optional(loose),
  reference: v.optional(loose),
}

const entry = v.looseObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/u, '1 to 64 of a-z 0-9 . _ -, the first a-z or 0-9')),
  version,
  modelType: text,
  taskType: v.picklist(['multitask', 'classification', 'regression']),
  createdAt: instant,
  artifact,
  scaler: file,
  features,
  io: v.looseObject({ inputs: tensors, outputs: tensors }),
  outputLayout,
  classOrder,
  ...notes,
})

const isKey = (key: PublicKey): boolean => keyFault(key) === undefined

const key = v.pipe(
  v.looseObject({ kid: text, kty: text, signer: v.optional(text) }),
  v.check(isKey, (fault) => keyFault(fault.input) ?? 'a public key'),
)

// The schema comes first: a manifest of another major version is told so, and not blamed for its other fields.
const manifest = v.looseObject({
  schema: v.pipe(v.string(), v.regex(/^model-manifest\/1(?:\.\d+)?$/u, '"model-manifest/1"')),
  version: count(1),
  issuedAt: instant,
  expires: v.optional(instant),
  keysVersion: v.optional(count(1)),
  keys: v.optional(
    v.pipe(
      v.array(key),
      v.minLength(1, 'at least one key'),
      v.check((list) => unique(list.map(({ kid }) => kid)), 'different kids'),
    ),
  ),
  threshold: v.optional(count(1)),
  minPackage: v.optional(version),
  maxPackage: v.optional(version),
  baseUrl: v.optional(text),
  models: v.array(entry),
})

/** The form of a manifest. What its fields must say about each other is not in here. */
export const manifestSchema: v.GenericSchema<unknown, Manifest> = manifest

/** The form of a timestamp. */
export const timestampSchema: v.GenericSchema<unknown, ManifestTimestamp> = v.looseObject({
  schema: v.pipe(v.string(), v.regex(/^manifest-timestamp\/1(?:\.\d+)?$/u, '"manifest-timestamp/1"')),
  version: count(1),
  keysVersion: v.optional(count(1)),
  digest: hex(64),
  size: count(1),
  expires: instant,
  url: text,
})
