/** How well predicted returns order actual ones: over all rows, window by window, symbol by symbol, moment by moment. */
import { checkCount, checkLength, finiteColumn, refuseOption } from '../checks.ts'
import { apart, checkKeys, cutWindows, type Panel, panelOf, type RowKeys, type WindowRule } from '../panel.ts'
import { correlationOf, RankedColumn } from './correlation.ts'
import { type Spread, spreadOf } from './spread.ts'

/** Both information coefficients of some rows. */
export interface Coefficients {
  readonly n: number
  /** Pearson's correlation of predicted and actual returns; `null` where it is undefined. */
  readonly ic: number | null
  /** Spearman's. */
  readonly rankIc: number | null
}

/** The coefficients of a span of time, bar-open times included. */
export interface WindowCoefficients extends Coefficients {
  readonly from: number
  readonly to: number
}

/** One symbol over time: the coefficients over rows whose outcomes do not overlap, and how steady they are. */
export interface SymbolCoefficients extends Coefficients {
  readonly symbol: string
  /** The symbol's coefficients in each window of time, over all its rows there: their mean, standard deviation and ratio. */
  readonly icMean: number | null
  readonly icStd: number | null
  readonly icir: number | null
  readonly rankIcMean: number | null
  readonly rankIcStd: number | null
  readonly rankIcir: number | null
}

/** The information coefficients of a forecast. `meanByStd` of a spread is the ICIR. */
export interface InformationCoefficients {
  /** Over all rows. Where outcomes overlap, the estimate is sound, but `n` promises more than there is. */
  readonly pooled: Coefficients
  /** In each window of time, over all its rows. */
  readonly windows: readonly WindowCoefficients[]
  readonly icOfWindows: Spread
  readonly rankIcOfWindows: Spread
  /** Each symbol over time. */
  readonly symbols: readonly SymbolCoefficients[]
  readonly icOfSymbols: Spread
  readonly rankIcOfSymbols: Spread
  /** Across the symbols of one moment, over the moments that have at least `minSymbols`. */
  readonly crossSection: {
    readonly minSymbols: number
    readonly ic: Spread
    readonly rankIc: Spread
  }
}

/** How coefficients are taken. */
export interface CoefficientOptions {
  /** Default: ten windows with as many moments each. */
  readonly window?: WindowRule | undefined
  /** Symbols that a moment must have for a cross-section; at least 3. Default 5: with one it is undefined, with two 1 or -1. */
  readonly minSymbols?: number | undefined
  /** How long an outcome takes in ms: rows of one symbol that are nearer overlap. Default 0: none do. */
  readonly horizonMs?: number | undefined
}

/** Windows where nobody says otherwise. */
export const defaultWindow: WindowRule = { count: 10 }
/** Symbols of a cross-section where nobody says otherwise. */
export const defaultMinSymbols = 5

/** The coefficients of checked columns, at places. */
export function coefficientsAt(predicted: Float64Array, actual: Float64Array, places: Int32Array): Coefficients {
  const take = (column: Float64Array): Float64Array => Float64Array.from(places, (place) => column[place]!)
  const [x, y] = [take(predicted), take(actual)]
  return {
    n: places.length,
    ic: correlationOf(x, y),
    rankIc: correlationOf(new RankedColumn(x).ranks(), new RankedColumn(y).ranks()),
  }
}

const between = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)

/** The coefficients across the symbols of each moment; `undefined` where there are too few. */
export function crossSections(
  predicted: Float64Array,
  actual: Float64Array,
  { times, starts }: Panel,
  minSymbols: number,
): (Coefficients | undefined)[] {
  return Array.from(times, (_, moment) => {
    const [from, to] = [starts[moment]!, starts[moment + 1]!]
    return to - from < minSymbols ? undefined : coefficientsAt(predicted, actual, between(from, to))
  })
}

/** The coefficients of each symbol over time, over rows that are at least a horizon apart, and in windows over all of its rows. */
export function coefficientsOfSymbols(
  predicted: Float64Array,
  actual: Float64Array,
  panel: Panel,
  { horizonMs, window }: { readonly horizonMs: number; readonly window: WindowRule },
): SymbolCoefficients[] {
  const { symbolOf, starts, symbols } = panel
  const alone = apart(panel, horizonMs)
  const windows = cutWindows(panel, window).map(({ from, to }) => between(starts[from]!, starts[to]!))
  return symbols.map((symbol, code) => {
    const at = (places: Int32Array): Coefficients =>
      coefficientsAt(
        predicted,
        actual,
        places.filter((place) => symbolOf[place] === code),
      )
    const ofWindows = windows.map(at)
    const ics = spreadOf(ofWindows.map(({ ic }) => ic))
    const rankIcs = spreadOf(ofWindows.map(({ rankIc }) => rankIc))
    return {
      symbol,
      ...at(alone),
      icMean: ics.mean,
      icStd: ics.std,
      icir: ics.meanByStd,
      rankIcMean: rankIcs.mean,
      rankIcStd: rankIcs.std,
      rankIcir: rankIcs.meanByStd,
    }
  })
}

/** Checks the options and fills in what is left open. */
export function coefficientRules(options: CoefficientOptions): Required<{
  [Option in keyof CoefficientOptions]: NonNullable<CoefficientOptions[Option]>
}> {
  const { window = defaultWindow, minSymbols = defaultMinSymbols, horizonMs = 0 } = options
  if ('count' in window) checkCount('window.count', window.count)
  else if (!(window.lengthMs > 0 && Number.isFinite(window.lengthMs)))
    refuseOption('window.lengthMs', window.lengthMs, 'a positive number of milliseconds')
  checkCount('minSymbols', minSymbols, 3)
  if (!(horizonMs >= 0 && Number.isFinite(horizonMs)))
    refuseOption('horizonMs', horizonMs, 'a number of milliseconds, 0 or more')
  return { window, minSymbols, horizonMs }
}

/** The coefficients of columns that are checked and in the order of the panel. */
export function coefficientsOf(
  predicted: Float64Array,
  actual: Float64Array,
  panel: Panel,
  options: CoefficientOptions,
): InformationCoefficients {
  const { window, minSymbols, horizonMs } = coefficientRules(options)
  const at = (places: Int32Array): Coefficients => coefficientsAt(predicted, actual, places)
  const windows = cutWindows(panel, window).map(({ from, to }) => ({
    from: panel.times[from]!,
    to: panel.times[to - 1]!,
    ...at(between(panel.starts[from]!, panel.starts[to]!)),
  }))
  const symbols = coefficientsOfSymbols(predicted, actual, panel, { horizonMs, window })
  const moments = crossSections(predicted, actual, panel, minSymbols).filter((moment) => moment !== undefined)
  const ics = (items: readonly Coefficients[]): Spread => spreadOf(items.map(({ ic }) => ic))
  const rankIcs = (items: readonly Coefficients[]): Spread => spreadOf(items.map(({ rankIc }) => rankIc))
  return {
    pooled: at(between(0, predicted.length)),
    windows,
    icOfWindows: ics(windows),
    rankIcOfWindows: rankIcs(windows),
    symbols,
    icOfSymbols: ics(symbols),
    rankIcOfSymbols: rankIcs(symbols),
    crossSection: { minSymbols, ic: ics(moments), rankIc: rankIcs(moments) },
  }
}

/**
 * Information coefficients over all rows, in windows of time, for each symbol and across symbols, with their ICIR.
 *
 * @param predicted predicted simple returns, one a row
 * @param actual what came, as many
 * @param keys time and symbol of each row
 * @throws `evaluate/row` for a value that is not finite or a moment of a symbol that is there twice, `evaluate/option`
 * @example
 * ```ts
 * const { pooled, icOfWindows } = informationCoefficients(predicted, actual, { times, symbols: 'BTCUSDT' })
 * console.log(pooled.ic, icOfWindows.meanByStd)
 * ```
 */
export function informationCoefficients(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  keys: RowKeys,
  options: CoefficientOptions = {},
): InformationCoefficients {
  checkLength('predicted', predicted, keys.times.length, 'times')
  checkLength('actual', actual, keys.times.length, 'times')
  const panel = panelOf(checkKeys(keys))
  const ordered = (column: string, values: ArrayLike<number>): Float64Array => {
    const checked = finiteColumn(column, values)
    return Float64Array.from(panel.rows, (row) => checked[row]!)
  }
  return coefficientsOf(ordered('predicted', predicted), ordered('actual', actual), panel, options)
}
