/** What crosses between a page and its worker, and how: the calls, and errors that keep their code and details. */
import { transferHandlers } from 'comlink'
import type { Candle } from '../core/candle.ts'
import { CandlewickError, type ErrorCode, type ErrorDetails, isCandlewickError, reasonOf } from '../core/errors.ts'
import type {
  EngineInfo,
  EngineOptions,
  SymbolCandle,
  SymbolHistory,
  SymbolSignal,
  SymbolStatus,
  TimedSignal,
} from '../engine/core.ts'
import type { ModelContract } from '../inference/index.ts'
import type { Timing, WarmUp } from '../inference/measure.ts'
import type { Explanation } from '../engine/explain.ts'
import type { Signal } from '../signals/index.ts'

/** A model for direct use. Its bytes move to the worker: the page has them no longer. */
export interface WireModel {
  readonly contract: ModelContract
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly wasmUrl: string
}

/**
 * Where a worker tells how far a long call is, as {@link EngineProgress}. A port of its own, and not a proxy of comlink's: that one
 * would stay open, and in memory, for as long as the page lives.
 */
export type ProgressPort = MessagePort

/** The calls that a worker answers. A call that can be cancelled has an id, given by the page. */
export interface EngineHost {
  /** Answers at once: the worker's code is loaded. */
  hello(): 'candlewick'
  open(call: number, options: EngineOptions, progress: ProgressPort): Promise<EngineInfo>
  prime(call: number, history: SymbolHistory): Promise<SymbolStatus>
  push(candle: Candle, symbol: string): Promise<TimedSignal | undefined>
  pushMany(call: number, candles: readonly SymbolCandle[]): Promise<WireSymbolSignal[]>
  /** Answers with the number of signals; {@link takeSignals} gives them. */
  replay(call: number, history: SymbolHistory, last: number | undefined, progress: ProgressPort): Promise<number>
  /** The next signals of a replay that has answered, oldest first, at most `most`; the worker keeps them no longer. */
  takeSignals(replay: number, most: number): Promise<Signal[]>
  explain(symbol: string): Promise<Explanation>
  status(symbol: string): Promise<SymbolStatus>
  /** Opens a model for direct use, known by the id of this call from then on; answers with the name of its backend. */
  openModel(call: number, model: WireModel): Promise<string>
  /** Runs an open model on `count` inputs; the answer moves to the page. */
  runModel(model: number, input: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array>
  releaseModel(model: number): Promise<void>
  /** Runs the model on `windows` windows at a time until that gets no faster, for `budgetMs` at most. */
  warmUp(call: number, windows: number, budgetMs: number): Promise<WarmUp>
  /** Times such runs, for `budgetMs` at most. */
  timeTicks(call: number, windows: number, budgetMs: number): Promise<Timing>
  /** Stops a call that can be cancelled, and releases the model that it opened; unknown ids are ignored. */
  cancel(call: number): void
  close(): Promise<void>
}

/** An error of ours as it crosses: comlink by itself would lose `code`, `details` and `cause`. */
interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: ErrorCode | undefined
  readonly details: ErrorDetails[ErrorCode] | undefined
  readonly cause: WireError | undefined
}

/** What became of one candle of many, as it crosses: inside a value comlink would not carry an error. */
export type WireSymbolSignal = Omit<SymbolSignal, 'error'> & { readonly error?: WireError }

/** An answer for one candle, ready to cross. */
export function writeSymbolSignal({ error, ...rest }: SymbolSignal): WireSymbolSignal {
  return error === undefined ? rest : { ...rest, error: toWire(error) }
}

/** The answer for one candle, as it was before it crossed. */
export function readSymbolSignal({ error, ...rest }: WireSymbolSignal): SymbolSignal {
  if (error === undefined) return rest
  const read = fromWire(error)
  if (!isCandlewickError(read)) throw read
  return { ...rest, error: read }
}

/** How our errors are told from what comlink itself sends. */
interface Envelope {
  readonly candlewick: WireError
}

/** An error as plain data. Causes of any kind are kept, a few deep. */
function toWire(thrown: unknown, depth = 0): WireError {
  const error = thrown instanceof Error ? thrown : new Error(reasonOf(thrown))
  const ours = isCandlewickError(error) ? error : undefined
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: ours?.code,
    details: ours?.details,
    cause: error.cause === undefined || depth === 3 ? undefined : toWire(error.cause, depth + 1),
  }
}

/** The error that plain data stands for. */
function fromWire(wire: WireError): Error {
  const options = wire.cause === undefined ? undefined : { cause: fromWire(wire.cause) }
  const error =
    wire.code === undefined || wire.details === undefined
      ? Object.assign(new Error(wire.message, options), { name: wire.name })
      : new CandlewickError(wire.code, wire.details, options)
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' && value !== null && 'candlewick' in value

let carried = false

/**
 * Teaches comlink to carry our errors, on both sides of the wire. Its handlers are shared by the whole page, so whatever is
 * not ours goes the way it went before: an application may use comlink for workers of its own.
 */
export function carryErrors(): void {
  if (carried) return
  const stock = transferHandlers.get('throw')
  if (stock === undefined) throw new TypeError('comlink has no "throw" transfer handler; its version does not fit')
  transferHandlers.set('throw', {
    canHandle: (value): value is { value: unknown } => stock.canHandle(value),
    serialize: (thrown: { value: unknown }): [unknown, Transferable[]] =>
      isCandlewickError(thrown.value) ? [{ candlewick: toWire(thrown.value) }, []] : stock.serialize(thrown),
    deserialize: (value: unknown): unknown => {
      if (isEnvelope(value)) throw fromWire(value.candlewick)
      return stock.deserialize(value)
    },
  })
  carried = true
}
