/** Features: formulas with an id, a unit that is checked, a source and a sentence that says what they mean. */
import { describeDimension, dimensionOf, refuseDimension, sameDimension, plainNumber, type Unit } from './dimension.ts'
import { type Expression, reads } from './expression.ts'

/** What a feature tells about. */
export type Family =
  | 'returns'
  | 'trend'
  | 'momentum'
  | 'volatility'
  | 'volume'
  | 'microstructure'
  | 'candle-shape'
  | 'statistics'
  | 'calendar'
  | 'signal'
  | 'cross-asset'

/** A named formula over the candles of one market. */
export interface Feature {
  /** Snake case, with parameters: `rsi_14`. Part of every fingerprint. */
  readonly id: string
  readonly family: Family
  /** One sentence: meaning, and the neutral value where a divisor can be zero. */
  readonly doc: string
  readonly unit: Unit
  /** Bounds that no value leaves, where there are any. */
  readonly range: readonly [low: number, high: number] | undefined
  /** Author and year, or `reference` for a formula of the public bot whose names we keep. */
  readonly source: string
  readonly formula: Expression
  /** Closed candles until the first value. */
  readonly warmup: number
  /** Whether no level changes it: neither of prices nor of volumes nor of the benchmark. */
  readonly scaleFree: boolean
  /** What it needs besides the candles of its own market. */
  readonly requires: 'benchmark' | undefined
}

/** A feature as it is written down. */
export interface FeatureDefinition {
  readonly id: string
  readonly doc: string
  readonly unit: Unit
  readonly range?: readonly [low: number, high: number]
  /** Default `reference`. */
  readonly source?: string
  readonly formula: Expression
}

/**
 * Makes a feature.
 *
 * @throws `feature/dimension` where the unit does not follow from the formula
 */
export function defineFeature(family: Family, definition: FeatureDefinition): Feature {
  const { id, doc, unit, range, source = 'reference', formula } = definition
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(id)) throw new TypeError(`The feature id "${id}" is not snake case.`)
  const declared = dimensionOf(unit)
  const derived = formula.dimension ?? plainNumber
  if (!sameDimension(declared, derived) || declared.tied !== derived.tied)
    refuseDimension(`${id} = ${formula.text} declared as ${unit} (${describeDimension(declared)})`, derived, declared)
  const scaleFree = !derived.tied && sameDimension(derived, plainNumber)
  const requires = reads(formula, 'benchmarkClose') ? 'benchmark' : undefined
  return { id, family, doc, unit, range, source, formula, warmup: formula.silent + 1, scaleFree, requires }
}

/** The features of one family. */
export function defineFamily(family: Family, definitions: readonly FeatureDefinition[]): readonly Feature[] {
  return definitions.map((definition) => defineFeature(family, definition))
}

/** An indicator: one formula, or several named outputs, over a sweep of parameters. */
export interface IndicatorDefinition<P extends string> {
  readonly id: string
  readonly title: string
  readonly family: Family
  readonly unit: Unit
  readonly range?: readonly [low: number, high: number]
  readonly source: string
  /** Completes the sentence "title: ...". */
  readonly doc: string
  /** Values of each parameter; all combinations are made, in this order. */
  readonly sweep: { readonly [K in P]: readonly number[] }
  formula(parameters: { readonly [K in P]: number }): Expression | Readonly<Record<string, Expression>>
}

function combinations(sweep: Readonly<Record<string, readonly number[]>>): Record<string, number>[] {
  return Object.entries(sweep).reduce<Record<string, number>[]>(
    (made, [name, values]) => made.flatMap((rest) => values.map((value) => ({ ...rest, [name]: value }))),
    [{}],
  )
}

/**
 * Makes the features of an indicator, with ids like `rsi_14` and `ppo_12_26_9_signal`; the output `line` has no suffix.
 *
 * @throws `feature/dimension` as {@link defineFeature}
 */
export function defineIndicator<P extends string>(definition: IndicatorDefinition<P>): readonly Feature[] {
  const { id, title, family, unit, range, source, doc, sweep } = definition
  return combinations(sweep).flatMap((parameters) => {
    const made = definition.formula(parameters as { [K in P]: number })
    const outputs = 'text' in made && typeof made.text === 'string' ? { line: made as Expression } : made
    const stem = [id, ...Object.values(parameters)].join('_')
    return Object.entries(outputs as Readonly<Record<string, Expression>>).map(([name, formula]) =>
      defineFeature(family, {
        id: name === 'line' ? stem : `${stem}_${name}`,
        doc: `${title}${name === 'line' ? '' : `, ${name}`}: ${doc}`,
        unit,
        ...(range === undefined ? {} : { range }),
        source,
        formula,
      }),
    )
  })
}
