/** Every failure of the package: one class, one table. Read {@link ErrorDetails} and you know them all. */

/** What each error code carries. Programs branch on the code; people read the message. */
export interface ErrorDetails {
  /** A candle breaks an OHLCV rule. `at` is its bar-open time in ms. */
  'candle/invalid': { at: number; field: string; value: unknown; rule: string }
  /** A candle is older than the last one, or contradicts it. Times are bar-open ms. */
  'candle/out-of-order': { at: number; previous: number; reason: 'older' | 'conflicting' }
  /** A candle does not open on the timeframe's grid. */
  'candle/off-grid': { at: number; timeframe: string }
  /** Bars are missing between two candles and the gap policy is `error`. */
  'candle/gap': { from: number; to: number; missing: number }
  /** The benchmark has no candle for the time of the market's candle; `benchmark` is the time of the one that came. */
  'candle/benchmark': { at: number; benchmark: number | undefined }
  /** Candles of one timeframe were given to a model of another. */
  'candle/timeframe': { expected: string; actual: string }
  /** A file on the disk cannot be read. */
  'file/unreadable': { path: string; reason: string }
  /** A file on the disk cannot be written. */
  'file/unwritable': { path: string; reason: string }
  /** A CSV file cannot be read. `line` counts from 1; `column` is the column's name. */
  'csv/invalid': { line: number; column: string; value: string; expected: string }
  /** A CSV file has no candles of the symbol asked for. */
  'csv/symbol': { symbol: string; known: readonly string[] }
  /** A CSV file has candles of several symbols where one is due. */
  'csv/several-symbols': { path: string; symbols: readonly string[] }
  /** A source of candles does not have this symbol. */
  'feed/symbol': { symbol: string; known: readonly string[] }
  /** An option of a source, or of a call to it, cannot be used. */
  'feed/option': { option: string; value: string; expected: string }
  /** An exchange, or its adapter, lacks something that the feed needs. */
  'feed/unsupported': { what: string; remedy: string }
  /** An exchange refuses a symbol for good, so asking again would not help. */
  'feed/refused': { symbol: string; reason: string }
  /** An exchange gave no usable answer, however often it was asked. */
  'feed/unavailable': { symbol: string; attempts: number; reason: string }
  /** Bars are nowhere to be had and the gap policy is `error`. Times are bar-open ms; `to` is the first bar after the gap. */
  'feed/gap': { symbol: string; from: number; to: number; reason: 'missing' | 'wrong' }
  /** A timeframe is not one we know. */
  'timeframe/unknown': { value: string; known: readonly string[] }
  /** A formula combines quantities of different dimension (price, volume). */
  'feature/dimension': { formula: string; left: string; right: string }
  /** No feature has this id. */
  'feature/unknown': { id: string; nearest: string | undefined }
  /** Features read a benchmark, and no candles of one were promised. */
  'feature/benchmark-required': { ids: readonly string[] }
  /** No set of features has this name, and no file either. */
  'feature/set-unknown': { name: string; known: readonly string[] }
  /** A file is not a list of feature ids. */
  'feature/list-invalid': { path: string; reason: string }
  /** A feature produced NaN or infinity where a number was due. */
  'feature/non-finite': { id: string; at: number; value: number }
  /** A saved state does not belong to this list of features. */
  'feature/snapshot-mismatch': { expected: string; actual: string }
  /** A history is too short for a single row of a data set. */
  'dataset/empty': { symbol: string; have: number; need: number }
  /** The manifest names no such model. */
  'model/not-found': { id: string; available: readonly string[] }
  /** The manifest is not what its schema says. `path` is a JSON path. */
  'model/manifest-invalid': { path: string; expected: string; actual: string }
  /** A file could not be fetched. `status` is the HTTP status where there was a response. */
  'model/download-failed': { url: string; status: number | undefined; reason: string }
  /** A file is not the one the manifest names. */
  'model/integrity': { url: string; what: 'size' | 'sha256'; expected: string; actual: string }
  /** The model needs features that this version computes differently or not at all. */
  'model/feature-mismatch': { missing: readonly string[]; changed: readonly string[] }
  /** The loaded model or scaler contradicts its manifest entry. */
  'model/contract': { path: string; expected: string; actual: string }
  /** The bytes are not a model that ONNX Runtime can load. */
  'model/unloadable': { id: string; backend: string; reason: string }
  /** A version has other bytes than it was registered with; a version is final. */
  'registry/version-immutable': { id: string; expected: string; actual: string }
  /** A version was deleted; its number is not used again. */
  'registry/version-retired': { id: string }
  /** Somebody moved the production pointer since the caller looked. */
  'registry/epoch-conflict': { name: string; expected: number; actual: number }
  /** Somebody changed the record since the caller looked. */
  'registry/revision-conflict': { id: string; expected: number; actual: number }
  /** Only a candidate is promoted without force. */
  'registry/not-candidate': { id: string; status: string }
  /** The bytes of a version are not here. */
  'registry/not-installed': { id: string }
  /** A version cannot serve here. */
  'registry/incompatible': { id: string; reason: string }
  /** A version, or the manifest that names it, is past its date. */
  'registry/expired': { id: string; expires: string }
  /** The publisher took a version back. */
  'registry/withdrawn': { id: string; reason: string }
  /** A version failed in service and waits for its release. */
  'registry/held-back': { id: string; reason: string }
  /** A name would be left without a production version. */
  'registry/would-leave-empty': { name: string }
  /** No earlier version can take over. `tried` says why each one cannot. */
  'registry/no-rollback-target': { name: string; tried: readonly { id: string; reason: string }[] }
  /** A status is not one we know. */
  'registry/invalid-status': { value: string; known: readonly string[] }
  /** A version cannot go from this status to that one. */
  'registry/invalid-transition': { id: string; from: string; to: string }
  /** A version serves, so it cannot be deleted, archived or started again. */
  'registry/in-use': { id: string; use: 'production' | 'canary' | 'shadow' | 'rollback' }
  /** Several names are registered, so one must be given. */
  'registry/name-required': { names: readonly string[] }
  /** A name, version or piece of metadata is not what it must be. `path` is a JSON path. */
  'registry/metadata-invalid': { path: string; expected: string; actual: string }
  /** A field that identifies a version cannot be changed. */
  'registry/field-immutable': { id: string; field: string }
  /** A canary cannot be started or changed like this. */
  'registry/canary-invalid': { name: string; reason: string }
  /** The registry was closed before or during this call. */
  'registry/closed': { call: string }
  /** The stored log was altered: a line does not continue the one before. */
  'registry/log-broken': { seq: number; reason: string }
  /** The signatures of a manifest do not suffice. */
  'manifest/signature': { reason: string }
  /** A manifest is older than one that was accepted before. */
  'manifest/rollback': { seen: number; offered: number }
  /** Two different manifests carry the same edition number. */
  'manifest/equivocation': { version: number; seen: string; offered: string }
  /** A manifest is past its date, so nothing new is taken from it. */
  'manifest/expired': { expires: string; now: string }
  /** A backup is damaged, or not a backup. `offset` is in bytes. */
  'backup/invalid': { reason: string; offset: number | undefined }
  /** A backup contradicts what is stored. */
  'backup/conflict': { reason: string }
  /** A value that is to be judged cannot be. `row` counts from 0, in the caller's order. */
  'evaluate/row': { column: string; row: number; value: string; expected: string }
  /** An option of an evaluation, or the shape of what is to be judged, cannot be used. */
  'evaluate/option': { option: string; value: string; expected: string }
  /** A score is to be made of metrics that are undefined here, or were never measured. */
  'evaluate/metric-missing': { metrics: readonly string[]; known: readonly string[] }
  /** The fit of a baseline did not come to rest. `gradient` is the largest part of it. */
  'evaluate/not-converged': { iterations: number; gradient: number; tolerance: number }
  /** The model does not give the outputs that its entry promises for a known input. */
  'model/golden-mismatch': { id: string; backend: string; index: number; expected: number; actual: number }
  /** This place lacks something that the package cannot do without. */
  'platform/unsupported': { what: string; remedy: string }
  /** The bytes are not an ONNX file, or not one that can be read here. */
  'onnx/invalid': { reason: string }
  /** The bytes are not a safetensors file, or not one that can be read here. */
  'safetensors/invalid': { reason: string }
  /** A file cannot be converted, whatever is in it. */
  'convert/source': { path: string; found: string; remedy: string }
  /** The configuration of a network lacks something, or contradicts the weights. */
  'convert/config': { field: string; expected: string; actual: string }
  /** A trained weight is missing, has another shape, is not finite, or belongs to no part of the network. */
  'convert/weights': { name: string; expected: string; actual: string }
  /** A converted model does not answer as its source does. */
  'convert/mismatch': { precision: string; limit: number; actual: number }
  /** The store could not be opened or used. */
  'store/unavailable': { store: string; reason: string }
  /** The device has no room for the file. */
  'store/quota-exceeded': { neededBytes: number; freeBytes: number | undefined }
  /** No backend could run the model. */
  'backend/unavailable': { tried: readonly { backend: string; reason: string }[] }
  /** The device that a backend computes on was taken away, e.g. the graphics card. Its thread can run nothing more on it. */
  'backend/lost': { backend: string; reason: string }
  /** A window that was to be run holds NaN or infinity. */
  'inference/input': { index: number; value: number }
  /** The model answered NaN or infinity. */
  'inference/non-finite': { index: number; value: number }
  /** A run failed inside the runtime. */
  'inference/failed': { backend: string; reason: string }
  /** The engine has not seen enough candles yet. */
  'engine/not-ready': { symbol: string; have: number; need: number }
  /** The engine was closed before or during this call. */
  'engine/closed': { call: string }
  /** The worker died. Every pending call is rejected with this. */
  'worker/crashed': { lastCall: string | undefined; reason: string }
  /** The worker gave no answer in time and was stopped. */
  'worker/timeout': { call: string; timeoutMs: number }
}

/** All error codes. */
export type ErrorCode = keyof ErrorDetails

const iso = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : String(time))

const list = (words: readonly string[]): string => (words.length === 0 ? 'none' : words.join(', '))

/** What happened, the quoted value, and what to do: one sentence each. */
const messages: { readonly [C in ErrorCode]: (details: ErrorDetails[C]) => string } = {
  'candle/invalid': (d) =>
    `The candle at ${iso(d.at)} has ${d.field} "${String(d.value)}". It must be ${d.rule}. Correct or drop the candle.`,
  'candle/out-of-order': (d) =>
    d.reason === 'older'
      ? `The candle at ${iso(d.at)} is older than the last one at ${iso(d.previous)}. Send candles in time order, each once.`
      : `The candle at ${iso(d.at)} differs from the closed candle already taken for that time. A closed candle is final: start again with corrected history.`,
  'candle/off-grid': (d) =>
    `The candle at ${iso(d.at)} does not open on the ${d.timeframe} grid (UTC). Use bar-open times in milliseconds, or the right timeframe.`,
  'candle/gap': (d) =>
    `${d.missing} candle(s) are missing between ${iso(d.from)} and ${iso(d.to)}. Fetch them, or allow flat fills with gaps: 'flat'.`,
  'candle/benchmark': (d) =>
    `The candle at ${iso(d.at)} came with ${d.benchmark === undefined ? 'no candle of the benchmark' : `the benchmark's candle at ${iso(d.benchmark)}`}. Give the benchmark's candle of the same time with each candle.`,
  'candle/timeframe': (d) =>
    `The candles are ${d.actual} bars, and the model works on ${d.expected} bars. Use candles of ${d.expected}.`,
  'file/unreadable': (d) => `"${d.path}" cannot be read: ${d.reason}. Check the path.`,
  'file/unwritable': (d) => `"${d.path}" cannot be written: ${d.reason}. Check the folder and the space on the disk.`,
  'csv/invalid': (d) => `Line ${d.line}, column "${d.column}": "${d.value}" is not ${d.expected}. Correct the file.`,
  'csv/symbol': (d) => `There are no candles of "${d.symbol}". The file has: ${list(d.known)}.`,
  'csv/several-symbols': (d) =>
    `"${d.path}" has candles of several symbols, ${list(d.symbols)}, where one is due. Choose one, or another format.`,
  'feed/symbol': (d) => `The source has no symbol "${d.symbol}". It has: ${list(d.known)}.`,
  'feed/option': (d) => `The option "${d.option}" is "${d.value}". It must be ${d.expected}.`,
  'feed/unsupported': (d) => `${d.what} is not to be had. ${d.remedy}`,
  'feed/refused': (d) =>
    `The exchange refuses "${d.symbol}": ${d.reason}. Correct the symbol or the exchange's settings, then start again.`,
  'feed/unavailable': (d) =>
    `The exchange gave no candles of "${d.symbol}" in ${d.attempts} attempts: ${d.reason}. Check the network, then try again.`,
  'feed/gap': (d) =>
    `The candles of "${d.symbol}" from ${iso(d.from)} up to ${iso(d.to)} are ${d.reason} at the exchange, also when asked for again. Start after the gap, or allow flat fills with gaps: 'flat'.`,
  'timeframe/unknown': (d) => `"${d.value}" is not a timeframe. Use one of: ${list(d.known)}.`,
  'feature/dimension': (d) =>
    `The formula ${d.formula} combines ${d.left} with ${d.right}. Divide by a quantity of the same kind first.`,
  'feature/unknown': (d) =>
    `There is no feature "${d.id}".${d.nearest === undefined ? '' : ` Did you mean "${d.nearest}"?`} See docs/features.md for all ids.`,
  'feature/benchmark-required': (d) =>
    `The features ${list(d.ids)} read the candles of a benchmark. Create the stream with { benchmark: true } and give them, or leave these features out.`,
  'feature/set-unknown': (d) =>
    `"${d.name}" is neither a set of features nor a file. Sets: ${list(d.known)}. Or name a JSON file with a list of feature ids.`,
  'feature/list-invalid': (d) =>
    `"${d.path}" is not a list of feature ids: ${d.reason}. Write a JSON array of different ids.`,
  'feature/non-finite': (d) =>
    `The feature "${d.id}" is ${d.value} at ${iso(d.at)}. The row is refused; please report this candle history.`,
  'feature/snapshot-mismatch': (d) =>
    `The saved state belongs to features ${d.actual}, not ${d.expected}. Start again from candle history.`,
  'dataset/empty': (d) =>
    `${d.symbol} has ${d.have} candles, and one row takes ${d.need}. Give more history, or leave the symbol out.`,
  'model/not-found': (d) => `The manifest has no model "${d.id}". Known: ${list(d.available)}.`,
  'model/manifest-invalid': (d) =>
    `The manifest is wrong at ${d.path}: expected ${d.expected}, found ${d.actual}. Publish a corrected manifest.`,
  'model/download-failed': (d) =>
    `Fetching ${d.url} failed${d.status === undefined ? '' : ` with status ${d.status}`}: ${d.reason}. Check the address and the network, then try again.`,
  'model/integrity': (d) =>
    `The bytes of ${d.url} have ${d.what} ${d.actual}, not ${d.expected}. They were refused and nothing was stored. Publish the file again or correct the manifest.`,
  'model/feature-mismatch': (d) =>
    `The model was trained on features that differ here: missing ${list(d.missing)}; changed ${list(d.changed)}. Use the candlewick version the model was built with.`,
  'model/contract': (d) =>
    `The model contradicts its manifest at ${d.path}: expected ${d.expected}, found ${d.actual}. Publish the matching pair.`,
  'model/unloadable': (d) =>
    `ONNX Runtime (${d.backend}) cannot load model "${d.id}": ${d.reason}. Export the model again.`,
  'registry/version-immutable': (d) =>
    `${d.id} is registered with the bytes ${d.expected}, not ${d.actual}. A version is final: register other bytes under a new version.`,
  'registry/version-retired': (d) => `${d.id} was deleted, and its version is not used again. Register a new version.`,
  'registry/epoch-conflict': (d) =>
    `The production version of "${d.name}" was moved meanwhile (epoch ${d.actual}, expected ${d.expected}). Look again, then decide again.`,
  'registry/revision-conflict': (d) =>
    `${d.id} was changed meanwhile (revision ${d.actual}, expected ${d.expected}). Read it again, then change it again.`,
  'registry/not-candidate': (d) =>
    `${d.id} is ${d.status} and not a candidate. Make it one, or promote it with { force: true, reason }.`,
  'registry/not-installed': (d) => `The bytes of ${d.id} are not here. Install it first.`,
  'registry/incompatible': (d) => `${d.id} cannot serve here: ${d.reason}. Use a version made for this installation.`,
  'registry/expired': (d) => `${d.id} expired at ${d.expires}. Use a newer version.`,
  'registry/withdrawn': (d) => `${d.id} was withdrawn by its publisher: ${d.reason}. Use another version.`,
  'registry/held-back': (d) => `${d.id} is held back: ${d.reason}. Release it first, or use another version.`,
  'registry/would-leave-empty': (d) =>
    `"${d.name}" would be left without a production version. Name a replacement, or allow it with { allowEmpty: true }.`,
  'registry/no-rollback-target': (d) =>
    `"${d.name}" has no earlier version that can take over. Tried: ${list(d.tried.map((t) => `${t.id} (${t.reason})`))}. Promote another version.`,
  'registry/invalid-status': (d) => `"${d.value}" is not a status. Use one of: ${list(d.known)}.`,
  'registry/invalid-transition': (d) => `${d.id} cannot go from ${d.from} to ${d.to}. Go through registered.`,
  'registry/in-use': (d) =>
    `${d.id} is in use (${d.use}). ${d.use === 'rollback' ? 'Delete it with { force: true } if it is not needed for a rollback.' : 'Put another version in its place first.'}`,
  'registry/name-required': (d) => `Several models are registered. Name one of: ${list(d.names)}.`,
  'registry/metadata-invalid': (d) =>
    `The metadata is wrong at ${d.path}: expected ${d.expected}, found ${d.actual}. Correct it and try again.`,
  'registry/field-immutable': (d) =>
    d.field === 'evaluations'
      ? `"evaluations" of ${d.id} cannot be changed by hand. Record one with recordEvaluation.`
      : `"${d.field}" of ${d.id} cannot be changed, because it identifies the version. Register a new version.`,
  'registry/canary-invalid': (d) => `The canary of "${d.name}" is refused: ${d.reason}. Correct it and try again.`,
  'registry/closed': (d) => `"${d.call}" was called on a closed registry. Open it again.`,
  'registry/log-broken': (d) =>
    `Line ${d.seq} of the registry's log is not what was written: ${d.reason}. Restore a backup, or start with an empty registry.`,
  'manifest/signature': (d) =>
    `The manifest is not signed as it must be: ${d.reason}. Nothing was taken from it; publish it signed with the known keys.`,
  'manifest/rollback': (d) =>
    `The manifest has edition ${d.offered}, older than ${d.seen}, which was accepted before. Nothing was taken from it; publish a higher edition.`,
  'manifest/equivocation': (d) =>
    `Edition ${d.version} of the manifest was seen with other contents (${d.seen}, now ${d.offered}). Nothing was taken from it; publish every change under a higher edition.`,
  'manifest/expired': (d) =>
    `The manifest expired at ${d.expires} (now ${d.now}). What is installed goes on; publish a fresh manifest.`,
  'backup/invalid': (d) =>
    `The backup cannot be used${d.offset === undefined ? '' : ` (byte ${d.offset})`}: ${d.reason}. Nothing was changed; use another backup.`,
  'backup/conflict': (d) => `The backup contradicts what is stored: ${d.reason}. Nothing was changed.`,
  'evaluate/row': (d) =>
    `Row ${d.row} of "${d.column}" is ${d.value}. It must be ${d.expected}: correct it, or leave the row out.`,
  'evaluate/option': (d) => `"${d.option}" is ${d.value}. It must be ${d.expected}.`,
  'evaluate/metric-missing': (d) =>
    `The score needs ${list(d.metrics)}, and the defined metrics are ${list(d.known)}. Take other parts, or leave these out with { missing: 'exclude' }.`,
  'evaluate/not-converged': (d) =>
    `The fit is not at rest after ${d.iterations} steps: its gradient is ${d.gradient}, and ${d.tolerance} is wanted. Scale the features, or allow more steps with maxIterations.`,
  'model/golden-mismatch': (d) =>
    `${d.id} on ${d.backend} gives ${d.actual} instead of ${d.expected} at output ${d.index} for its reference input. It was not put into service; use another backend or version.`,
  'platform/unsupported': (d) => `"${d.what}" does not exist here. ${d.remedy}`,
  'onnx/invalid': (d) => `The ONNX file cannot be read: ${d.reason}. Export the model again.`,
  'safetensors/invalid': (d) => `The safetensors file cannot be read: ${d.reason}. Save the weights again.`,
  'convert/source': (d) => `"${d.path}" is ${d.found}, which is not converted. ${d.remedy}`,
  'convert/config': (d) =>
    `The configuration is wrong at "${d.field}": expected ${d.expected}, found ${d.actual}. Correct it, or name the file with --config.`,
  'convert/weights': (d) =>
    `The weight "${d.name}" does not fit the network: expected ${d.expected}, found ${d.actual}. Save the whole state_dict of the reference network.`,
  'convert/mismatch': (d) =>
    `The ${d.precision} model differs from its source by ${d.actual}, and ${d.limit} is allowed. Nothing was written; use another precision.`,
  'store/unavailable': (d) =>
    `The ${d.store} store cannot be used: ${d.reason}. Nothing is kept there: try again, or go on in memory.`,
  'store/quota-exceeded': (d) =>
    `${d.neededBytes} bytes are needed${d.freeBytes === undefined ? '' : `, ${d.freeBytes} are free`}. Free some space for this site.`,
  'backend/unavailable': (d) =>
    `No backend can run the model. Tried ${list(d.tried.map((t) => `${t.backend} (${t.reason})`))}. Add 'wasm' to the backends.`,
  'backend/lost': (d) =>
    `The ${d.backend} backend lost its device: ${d.reason}. Call restart() to open the model anew, or choose another backend.`,
  'inference/input': (d) =>
    `Input ${d.index} is ${d.value}. The prediction is refused; check the features and the scaler.`,
  'inference/non-finite': (d) =>
    `The model's output ${d.index} is ${d.value}. The prediction is refused; check the model and its scaler.`,
  'inference/failed': (d) =>
    `The ${d.backend} backend failed to run the model: ${d.reason}. Restart the engine or choose another backend.`,
  'engine/not-ready': (d) =>
    `${d.symbol} has ${d.have} closed candles and needs ${d.need}. Prime the engine with more history.`,
  'engine/closed': (d) => `"${d.call}" was called on a closed engine. Create a new engine.`,
  'worker/crashed': (d) =>
    `The worker stopped${d.lastCall === undefined ? '' : ` during "${d.lastCall}"`}: ${d.reason}. Call restart() to start it again.`,
  'worker/timeout': (d) =>
    `The worker gave no answer to "${d.call}" within ${d.timeoutMs} ms and was stopped. Call restart() to start it again.`,
}

/**
 * The one error class of the package.
 *
 * Test for it with {@link isCandlewickError}, never with `instanceof`: an error that crossed a worker, or came from a
 * second copy of the package, is data and not the same class.
 */
export class CandlewickError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CandlewickError'
  readonly code: C
  readonly details: ErrorDetails[C]

  constructor(code: C, details: ErrorDetails[C], options?: ErrorOptions) {
    super(messages[code](details), options)
    this.code = code
    this.details = details
  }
}

/**
 * Tells whether a value is an error of this package and, if a code is given, that very error.
 *
 * @example
 * ```ts
 * try {
 *   await createSignalEngine({ manifest: '/models/manifest.json' })
 * } catch (error) {
 *   if (isCandlewickError(error, 'model/not-found')) console.warn(error.details.available)
 *   else throw error
 * }
 * ```
 */
export function isCandlewickError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is CandlewickError<C> {
  if (!(error instanceof Error) || error.name !== 'CandlewickError' || !('code' in error)) return false
  return code === undefined ? String(error.code) in messages : error.code === code
}

/** The text of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** What was thrown, as an error: anything can be thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(reasonOf(thrown))
}
