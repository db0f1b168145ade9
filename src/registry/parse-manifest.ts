/** The door for manifests: what passes here may be relied on everywhere else. */
import * as v from 'valibot'

import { CandlewickError, reasonOf } from '../core/errors.ts'
import type { FileReference } from './integrity.ts'
import { countSigners, keysLimit } from './keys.ts'
import { type Manifest, type ManifestTimestamp, type ModelEntry, modelId } from './manifest.ts'
import { manifestSchema, timestampSchema } from './manifest-schema.ts'

/** Longest manifest that is read, in bytes. */
export const manifestLimit = 5_000_000

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

function checkPieces(file: FileReference, path: string): void {
  const { size, chunkSize, chunkSha256 } = file
  if (chunkSize === undefined && chunkSha256 === undefined) return
  if (chunkSize === undefined)
    return refuse(`${path}.chunkSize`, 'a value, because there are hashes of pieces', 'nothing')
  if (chunkSha256 === undefined) return
  const pieces = Math.ceil(size / chunkSize)
  if (chunkSha256.length !== pieces)
    refuse(`${path}.chunkSha256`, `${pieces}, one for each piece`, `${chunkSha256.length}`)
}

/** A window goes in as bars of features, or as one row of all of them. */
function checkInput({ io, features: { names, lookback } }: ModelEntry, at: string): void {
  const { dims } = io.inputs[0]!
  const values = lookback * names.length
  if (dims.length === 2) {
    if (dims[1] !== values)
      refuse(`${at}[1]`, `${values}, the lookback of the features times the number of names`, String(dims[1]))
    return
  }
  if (dims.length !== 3)
    refuse(at, 'three sizes (batch, bars, features) or two (batch, bars x features)', `${dims.length}`)
  if (dims[1] !== lookback) refuse(`${at}[1]`, `${lookback}, the lookback of the features`, String(dims[1]))
  if (dims[2] !== names.length) refuse(`${at}[2]`, `${names.length}, one for each feature name`, String(dims[2]))
}

/** What the fields of one entry must say about each other. */
function checkEntry(model: ModelEntry, path: string): void {
  const { names, digests, count } = model.features
  checkInput(model, `${path}.io.inputs[0].dims`)
  if (digests !== undefined && digests.length !== names.length)
    refuse(`${path}.features.digests`, `${names.length}, one for each feature name`, `${digests.length}`)
  if (count !== undefined && count !== names.length)
    refuse(`${path}.features.count`, `${names.length}, the number of names`, `${count}`)
  checkPieces(model.artifact, `${path}.artifact`)
  checkPieces(model.scaler, `${path}.scaler`)
}

// What was parsed can still be nested too deeply to be written.
function jsonBytes(value: unknown): number {
  try {
    return new TextEncoder().encode(JSON.stringify(value)).byteLength
  } catch {
    return Infinity
  }
}

/** Keys that come with the number of signers that must agree, and can meet it. */
function checkRotation({ keys, threshold }: Manifest): void {
  if (keys === undefined) {
    if (threshold !== undefined) refuse('$.keys', 'a value, because there is a threshold', 'nothing')
    return
  }
  const bytes = jsonBytes(keys)
  if (bytes > keysLimit) refuse('$.keys', `at most ${keysLimit} bytes`, `${bytes}`)
  const signers = countSigners(keys)
  const expected = signers === 0 ? 'keys of which one can be used' : `a whole number from 1 to ${signers}, the signers`
  if (threshold === undefined || threshold > signers)
    refuse(signers === 0 ? '$.keys' : '$.threshold', expected, `${threshold ?? 'nothing'}`)
}

function check<T>(schema: v.GenericSchema<unknown, T>, json: unknown): T {
  const result = v.safeParse(schema, json, { abortEarly: true })
  return result.success ? result.output : report(result.issues[0])
}

/**
 * Checks a manifest. Unknown fields are kept, an unknown major version of the schema is refused.
 *
 * @throws `model/manifest-invalid` for the first fault found
 */
export function parseManifest(json: unknown): Manifest {
  const parsed = check(manifestSchema, json)
  checkRotation(parsed)
  const seen = new Set<string>()
  parsed.models.forEach((model, i) => {
    const path = `$.models[${i}]`
    checkEntry(model, path)
    if (seen.has(modelId(model))) refuse(path, 'each name and version once', `${modelId(model)} again`)
    seen.add(modelId(model))
  })
  return parsed
}

function parseJson(text: string): unknown {
  try {
    // A byte order mark is no JSON, and some editors write one.
    return JSON.parse(text.startsWith('\u{feff}') ? text.slice(1) : text)
  } catch (cause) {
    return refuse('$', 'a JSON text', `${short(JSON.stringify(text.slice(0, 100)))} (${short(reasonOf(cause))})`)
  }
}

/**
 * Checks a manifest given as a JSON text.
 *
 * @throws `model/manifest-invalid`
 */
export function parseManifestText(manifestText: string): Manifest {
  return parseManifest(parseJson(manifestText))
}

/**
 * Checks a timestamp given as a JSON text.
 *
 * @throws `model/manifest-invalid`
 */
export function parseTimestampText(timestampText: string): ManifestTimestamp {
  return check(timestampSchema, parseJson(timestampText))
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
