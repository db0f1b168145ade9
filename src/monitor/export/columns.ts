/** The columns of a table of rows. What has a name (horizons, risks, features) gives a column of that name. */
import type { HorizonRow, PredictionRow } from '../row.ts'

/** A cell; `null` is an empty one. */
export type Cell = string | number | boolean | null

/** One column. `integer` is a whole number, times included. */
export interface Column {
  readonly name: string
  readonly kind: 'text' | 'integer' | 'number' | 'flag'
  readonly cell: (row: PredictionRow) => Cell
}

/** The names that occur in the rows of an export. */
export class TableShape {
  /** Bars by name: the columns of shorter horizons come first. */
  readonly #horizons = new Map<string, number>()
  readonly #risks = new Set<string>()
  readonly #features = new Set<string>()
  #outputs = 0
  /** Rows seen. */
  rows = 0

  /** Takes a row into account. */
  add({ horizons, risk, features, outputs }: PredictionRow): void {
    this.rows++
    for (const { name, bars } of horizons) this.#horizons.set(name, bars)
    for (const name of Object.keys(risk ?? {})) this.#risks.add(name)
    for (const name of Object.keys(features?.named ?? {})) this.#features.add(name)
    this.#outputs = Math.max(this.#outputs, outputs?.length ?? 0)
  }

  /** The columns for all rows seen. */
  get columns(): Column[] {
    const horizons = [...this.#horizons].sort(([, a], [, b]) => a - b).map(([name]) => name)
    return [
      ...ownColumns,
      ...featureColumns,
      ...[...this.#features].map((name) => number(`feature_${name}`, ({ features }) => features?.named[name] ?? null)),
      ...[...this.#risks].map((name) => number(`risk_${name}`, ({ risk }) => risk?.[name] ?? null)),
      ...horizons.flatMap(horizonColumns),
      ...Array.from({ length: this.#outputs }, (_, i) => number(`output_${i}`, ({ outputs }) => outputs?.[i] ?? null)),
    ]
  }
}

const text = (name: string, cell: (row: PredictionRow) => string | null): Column => ({ name, kind: 'text', cell })
const number = (name: string, cell: (row: PredictionRow) => number | null): Column => ({ name, kind: 'number', cell })
const integer = (name: string, cell: (row: PredictionRow) => number | null): Column => ({ name, kind: 'integer', cell })

const ownColumns: readonly Column[] = [
  text('id', (row) => row.id),
  text('modelId', (row) => row.modelId),
  text('symbol', (row) => row.symbol),
  text('timeframe', (row) => row.timeframe),
  integer('barTime', (row) => row.barTime),
  integer('predictedAt', (row) => row.predictedAt),
  text('assignment', (row) => row.assignment),
  integer('epoch', (row) => row.epoch),
  text('experiment', (row) => row.experiment),
  text('status', (row) => row.status),
  text('reason', (row) => row.reason),
  text('backend', (row) => row.backend),
  text('side', (row) => row.side),
  text('direction', (row) => row.direction),
  number('confidence', (row) => row.confidence),
  number('strength', (row) => row.strength),
  number('quality', (row) => row.quality),
  number('riskScore', (row) => row.riskScore),
  text('riskLevel', (row) => row.riskLevel),
  number('closePrice', (row) => row.closePrice),
  number('stopLoss', (row) => row.stopLoss),
  number('takeProfit', (row) => row.takeProfit),
  text('rejections', (row) => JSON.stringify(row.rejections)),
  number('featuresMs', (row) => row.timings.featuresMs),
  number('scaleMs', (row) => row.timings.scaleMs),
  number('inferenceMs', (row) => row.timings.inferenceMs),
  number('decisionMs', (row) => row.timings.decisionMs),
]

const featureColumns: readonly Column[] = [
  integer('featureCount', ({ features }) => features?.count ?? null),
  integer('featureBars', ({ features }) => features?.bars ?? null),
  text('featureSha256', ({ features }) => features?.sha256 ?? null),
  integer('featureNonFinite', ({ features }) => features?.nonFinite ?? null),
  integer('featureConstant', ({ features }) => features?.constant ?? null),
  number('featureMean', ({ features }) => features?.mean ?? null),
  number('featureStd', ({ features }) => features?.std ?? null),
  number('featureMin', ({ features }) => features?.min ?? null),
  number('featureMax', ({ features }) => features?.max ?? null),
  number('featureDissimilarity', ({ features }) => features?.dissimilarity ?? null),
]

function horizonColumns(name: string): Column[] {
  const of =
    <T extends Cell>(pick: (horizon: HorizonRow) => T | null | undefined) =>
    ({ horizons }: PredictionRow): T | null => {
      const horizon = horizons.find((candidate) => candidate.name === name)
      return horizon === undefined ? null : (pick(horizon) ?? null)
    }
  return [
    integer(
      `dueAt_${name}`,
      of((horizon) => horizon.dueAt),
    ),
    number(
      `expectedReturn_${name}`,
      of((horizon) => horizon.expectedReturn),
    ),
    text(
      `direction_${name}`,
      of((horizon) => horizon.direction),
    ),
    number(
      `confidence_${name}`,
      of((horizon) => horizon.confidence),
    ),
    number(
      `probabilityLong_${name}`,
      of((horizon) => horizon.probabilities?.LONG),
    ),
    number(
      `probabilityShort_${name}`,
      of((horizon) => horizon.probabilities?.SHORT),
    ),
    number(
      `probabilityNeutral_${name}`,
      of((horizon) => horizon.probabilities?.NEUTRAL),
    ),
    number(
      `threshold_${name}`,
      of((horizon) => horizon.threshold),
    ),
    text(
      `outcome_${name}`,
      of((horizon) => horizon.outcome),
    ),
    number(
      `actualReturn_${name}`,
      of((horizon) => horizon.actualReturn),
    ),
    text(
      `actualDirection_${name}`,
      of((horizon) => horizon.actualDirection),
    ),
    number(
      `returnError_${name}`,
      of((horizon) => horizon.returnError),
    ),
    { name: `correct_${name}`, kind: 'flag', cell: of((horizon) => horizon.correct) },
  ]
}
