/** Features of one market, candle by candle or in blocks: one plan, one state, the same bits. */
import { type Candle, turnoverOf } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import type { CandleColumns } from '../core/series.ts'
import { findFeature } from './catalogue/index.ts'
import type { Feature } from './define.ts'
import { candleColumns } from './expression.ts'
import { blockFor, Machine } from './machine.ts'
import { freshState, type Plan, planOf } from './plan.ts'

/** Written into every snapshot; it grows when a kernel lays out its cells differently. */
const stateLayout = 4

/** What a stream may read besides the candles of its market. */
export interface FeatureStreamOptions {
  /** Whether candles of a benchmark come with those of the market. Default `false`. */
  readonly benchmark?: boolean | undefined
}

/** The whole state of a stream: plain data that survives structured cloning. */
export interface FeatureSnapshot {
  /** The ids, in order. */
  readonly ids: readonly string[]
  /** Short digest of ids, formulas and the layout of the state. */
  readonly key: string
  /** Closed candles taken. */
  readonly bars: number
  readonly state: Float64Array
}

/** FNV-1a over ids and formulas, 2 x 32 bits: it tells versions apart, it proves nothing. */
function digestOf(features: readonly Feature[]): string {
  let low = 0x811c9dc5
  let high = 0x01000193
  const text = features.map((feature) => `${feature.id} = ${feature.formula.text}\n`).join('')
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b) ^ (high >>> 13)
  }
  const hex = (part: number): string => (part >>> 0).toString(16).padStart(8, '0')
  return `${stateLayout}-${hex(low)}${hex(high)}`
}

/** Refuses a benchmark that does not stand beside the bar. */
function align(at: number, benchmark: number | undefined): void {
  if (benchmark !== at) throw new CandlewickError('candle/benchmark', { at, benchmark })
}

/**
 * Turns closed candles into rows of features. Candles are taken as they are: check them first ({@link CandleSeries},
 * {@link CandleGate}).
 *
 * @example
 * ```ts
 * const stream = new FeatureStream(['rsi_14', 'close_sma_20_ratio'])
 * for (const candle of history) stream.push(candle)
 * const row = stream.peek(forming)
 * ```
 */
export class FeatureStream {
  readonly ids: readonly string[]
  /** Closed candles until the first complete row. */
  readonly warmup: number
  /** Whether a feature reads the benchmark; where none does, candles of a benchmark are not looked at. */
  readonly needsBenchmark: boolean
  readonly #key: string
  readonly #plan: Plan
  readonly #single: Machine
  #blocks: Machine | undefined
  #state: Float64Array
  #scratch: Float64Array | undefined
  #bars = 0
  readonly #row: Float64Array
  readonly #peeked: Float64Array

  /** @throws `feature/unknown` with the nearest id, `feature/benchmark-required` without `benchmark: true` */
  constructor(ids: readonly string[], options: FeatureStreamOptions = {}) {
    const features = ids.map(findFeature)
    const dependent = features.filter((feature) => feature.requires === 'benchmark').map((feature) => feature.id)
    if (dependent.length > 0 && options.benchmark !== true)
      throw new CandlewickError('feature/benchmark-required', { ids: dependent })
    this.needsBenchmark = dependent.length > 0
    this.ids = [...ids]
    this.#key = digestOf(features)
    this.#plan = planOf(features.map((feature) => feature.formula))
    this.warmup = this.#plan.silent + 1
    this.#single = new Machine(this.#plan, 1)
    this.#state = freshState(this.#plan)
    this.#row = new Float64Array(ids.length)
    this.#peeked = new Float64Array(ids.length)
  }

  /** Closed candles taken so far. */
  get bars(): number {
    return this.#bars
  }

  /** Bytes of state. */
  get stateBytes(): number {
    return this.#state.byteLength
  }

  /**
   * Takes a closed candle.
   *
   * @param benchmark the benchmark's candle of the same time, where a feature requires it
   * @returns the row, NaN where a feature is not warm; it is reused by the next call
   * @throws `candle/benchmark` where that candle is missing or of another time; the state is unchanged then
   */
  push(candle: Candle, benchmark?: Candle): Float64Array {
    this.#take(candle, benchmark, this.#state, this.#row)
    this.#bars++
    return this.#row
  }

  /**
   * The row that a forming candle would give if it closed now; the state does not change.
   *
   * @returns the row, reused by the next call of `peek`
   * @throws as {@link push}
   */
  peek(candle: Candle, benchmark?: Candle): Float64Array {
    this.#scratch ??= new Float64Array(this.#state.length)
    this.#scratch.set(this.#state)
    this.#take(candle, benchmark, this.#scratch, this.#peeked)
    return this.#peeked
  }

  /**
   * Takes the closed candles of rows [start, end), in blocks.
   *
   * @param out where given, the rows are written to it row by row; its length is (end - start) x ids
   * @param benchmark the benchmark's bars, row by row of the same time as `columns`, where a feature requires them
   * @throws `candle/benchmark` where one is missing or of another time; no candle is taken then
   */
  advance(columns: CandleColumns, start: number, end: number, out?: Float64Array, benchmark?: CandleColumns): void {
    const width = this.ids.length
    if (!(start >= 0 && start <= end && end <= columns.length))
      throw new TypeError(`Rows ${start} to ${end} are not within the ${columns.length} rows of the series.`)
    if (out !== undefined && out.length !== (end - start) * width)
      throw new TypeError(`The output has ${out.length} places; ${end - start} rows of ${width} need all of theirs.`)
    if (this.needsBenchmark) for (let row = start; row < end; row++) align(columns.time[row]!, benchmark?.time[row])
    const machine = (this.#blocks ??= new Machine(this.#plan, blockFor(this.#plan.registers)))
    const { block, values } = machine
    for (let row = start; row < end; row += block) {
      const count = Math.min(block, end - row)
      this.#read(machine, columns, row, count)
      if (this.needsBenchmark) values.set(benchmark!.close.subarray(row, row + count), candleColumns.length * block)
      machine.run(this.#state, this.#bars, count)
      this.#bars += count
      if (out !== undefined) this.#write(machine, count, out, (row - start) * width)
    }
  }

  /** A copy of the whole state. */
  snapshot(): FeatureSnapshot {
    return { ids: [...this.ids], key: this.#key, bars: this.#bars, state: this.#state.slice() }
  }

  /**
   * Takes up a saved state; the present one is lost.
   *
   * @throws `feature/snapshot-mismatch` where it is of other features or formulas
   */
  restore(snapshot: FeatureSnapshot): void {
    const { key, bars, state } = snapshot
    const fits = key === this.#key && state instanceof Float64Array && state.length === this.#state.length
    if (!fits || !Number.isSafeInteger(bars) || bars < 0)
      throw new CandlewickError('feature/snapshot-mismatch', {
        expected: `${this.#key} (${this.#state.length} cells)`,
        actual: `${key} (${state instanceof Float64Array ? state.length : 0} cells, ${bars} bars)`,
      })
    this.#state.set(state)
    this.#bars = bars
  }

  #take(candle: Candle, benchmark: Candle | undefined, state: Float64Array, row: Float64Array): void {
    const { values } = this.#single
    if (this.needsBenchmark) {
      align(candle.time, benchmark?.time)
      values[candleColumns.length] = benchmark!.close
    }
    values[0] = candle.time
    values[1] = candle.open
    values[2] = candle.high
    values[3] = candle.low
    values[4] = candle.close
    values[5] = candle.volume
    values[6] = turnoverOf(candle)
    this.#single.run(state, this.#bars, 1)
    const { outputs } = this.#plan
    for (let k = 0; k < row.length; k++) row[k] = values[outputs[k]!]!
  }

  /** Fills the registers of the columns that somebody reads. */
  #read({ values, block }: Machine, columns: CandleColumns, row: number, count: number): void {
    for (const place of this.#plan.columns) {
      const name = candleColumns[place]
      if (name === undefined) continue
      const column = columns[name]
      const to = place * block
      for (let i = 0; i < count; i++) values[to + i] = column[row + i]!
    }
  }

  /** Turns the columns of a block into rows, four at a time: neighbours in a row share a line of the cache. */
  #write({ values, block }: Machine, count: number, out: Float64Array, at: number): void {
    const { outputs } = this.#plan
    const width = outputs.length
    let k = 0
    for (; k + 3 < width; k += 4) {
      const a = outputs[k]! * block
      const b = outputs[k + 1]! * block
      const c = outputs[k + 2]! * block
      const d = outputs[k + 3]! * block
      for (let i = 0, place = at + k; i < count; i++, place += width) {
        out[place] = values[a + i]!
        out[place + 1] = values[b + i]!
        out[place + 2] = values[c + i]!
        out[place + 3] = values[d + i]!
      }
    }
    for (; k < width; k++) {
      const from = outputs[k]! * block
      for (let i = 0, place = at + k; i < count; i++, place += width) out[place] = values[from + i]!
    }
  }
}
