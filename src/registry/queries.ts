/** What people ask of a list of models: filters, one line about each, the best, and what differs between two. */
import { finiteMetric, metricOf } from './lifecycle/candidate-rule.ts'
import { evaluationsOf, isSameMeasurement } from './lifecycle/evaluations.ts'
import type { CandidateReason, ModelRecord, ModelStatus } from './records.ts'
import { compareVersions } from './semver.ts'

/** Which models are wanted; all that is given must hold. */
export interface ModelFilter {
  readonly name?: string | undefined
  readonly modelType?: string | undefined
  readonly status?: ModelStatus | readonly ModelStatus[] | undefined
  /** Least value of each metric, inclusive; a model without the metric is left out. */
  readonly minPerformance?: Readonly<Record<string, number>> | undefined
  /** First training day that counts, `YYYY-MM-DD` in UTC, inclusive; a model without a training date is left out. */
  readonly dateFrom?: string | undefined
  /** Last training day that counts, inclusive. */
  readonly dateTo?: string | undefined
}

/** One line about a model. */
export interface ModelInfo {
  /** `name_vVersion`, or the id it was saved under. */
  readonly modelId: string
  readonly modelName: string
  readonly version: string
  readonly modelType: string
  readonly trainingDate: string | undefined
  readonly performanceMetrics: Readonly<Record<string, number>>
  readonly status: ModelStatus
  /** Where its bytes lie: `idb://<namespace>/blobs/<sha256>`. */
  readonly modelPath: string
  /** Where its record lies: `idb://<namespace>/models/<id>`. */
  readonly metadataPath: string
  readonly candidateReason: CandidateReason | undefined
  readonly lowTrust: boolean
  readonly heldBack: string | undefined
  readonly withdrawn: string | undefined
  /** Whether its manifest still names it; true for a model that was saved here. */
  readonly listed: boolean
  /** Whether all its files are here. */
  readonly installed: boolean
  readonly sha256: string
  /** Bytes of the ONNX file. */
  readonly size: number
  readonly description: string | undefined
  readonly notice: string | undefined
  /** ms since the epoch. */
  readonly registeredAt: number
  readonly updatedAt: number
  readonly revision: number
}

/** Describes a record. */
export function infoOf(record: ModelRecord, namespace: string, installed: boolean): ModelInfo {
  const { metadata, artifact } = record
  return {
    modelId: record.id,
    modelName: record.name,
    version: record.version,
    modelType: metadata.modelType,
    trainingDate: metadata.trainingDate,
    performanceMetrics: metadata.metrics ?? {},
    status: record.status,
    modelPath: `idb://${namespace}/blobs/${artifact.sha256}`,
    metadataPath: `idb://${namespace}/models/${record.id}`,
    candidateReason: record.candidateReason,
    lowTrust: record.lowTrust === true,
    heldBack: record.heldBack?.reason,
    withdrawn: record.withdrawn?.reason,
    listed: record.unlisted !== true,
    installed,
    sha256: artifact.sha256,
    size: artifact.size,
    description: metadata.description,
    notice: metadata.notice,
    registeredAt: record.registeredAt,
    updatedAt: record.updatedAt,
    revision: record.revision,
  }
}

/** The UTC day of a date or time, as a text that sorts by time. A time without a zone counts as UTC. */
export function utcDay(date: string): string | undefined {
  const zoned = /^\d{4}-\d\d-\d\d$|(?:Z|[+-]\d\d:?\d\d)$/u.test(date) ? date : `${date}Z`
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10)
}

/** Whether a record passes a filter. */
export function matches(record: ModelRecord, filter: ModelFilter): boolean {
  const { name, modelType, status, minPerformance = {}, dateFrom, dateTo } = filter
  const statuses = typeof status === 'string' ? [status] : status
  if (name !== undefined && record.name !== name) return false
  if (modelType !== undefined && record.metadata.modelType !== modelType) return false
  if (statuses !== undefined && !statuses.includes(record.status)) return false
  for (const [metric, least] of Object.entries(minPerformance)) {
    const value = metricOf(record, metric)
    if (value === undefined || !(value >= least)) return false
  }
  if (dateFrom === undefined && dateTo === undefined) return true
  const day = utcDay(record.metadata.trainingDate ?? '')
  if (day === undefined) return false
  const [from, to] = [dateFrom, dateTo].map((date) => (date === undefined ? undefined : (utcDay(date) ?? date)))
  return (from === undefined || day >= from) && (to === undefined || day <= to)
}

/** By name, then the newest version first. */
export function byNameAndVersion(a: ModelRecord, b: ModelRecord): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  const order = compareVersions(b.version, a.version)
  if (order !== 0) return order
  return a.version < b.version ? -1 : Number(a.version > b.version)
}

/** The candidate with the best value of a metric. Those without it come last, those held back or withdrawn never. */
export function bestCandidateOf(
  records: Iterable<ModelRecord>,
  metric: string,
  direction: 'max' | 'min',
): ModelRecord | undefined {
  const worth = (record: ModelRecord): number => {
    const value = metricOf(record, metric)
    if (value === undefined) return -Infinity
    return direction === 'max' ? value : -value
  }
  return [...records]
    .filter(({ status, heldBack, withdrawn }) => status === 'candidate' && !heldBack && !withdrawn)
    .sort((a, b) => worth(b) - worth(a) || byNameAndVersion(a, b))[0]
}

/** A metric of two versions; `delta` is b - a where both have it. */
export interface MetricComparison {
  readonly a: number | undefined
  readonly b: number | undefined
  readonly delta: number | undefined
}

/** Two versions on an evaluation set that both were measured on here. */
export interface EvaluationComparison {
  readonly evalSetId: string
  readonly horizon: string | undefined
  /** Every metric that one of them has. */
  readonly metrics: Readonly<Record<string, MetricComparison>>
}

/** What differs between two versions. */
export interface VersionComparison {
  readonly a: string
  readonly b: string
  /** Every metric that one of them has by its publisher. */
  readonly metrics: Readonly<Record<string, MetricComparison>>
  /** Whether the publisher's metrics were taken on the same evaluation set; without that, they say little about each other. */
  readonly sameEvaluation: boolean
  /** What both were measured on here: these figures may be compared. The latest recorded of b comes first. */
  readonly evaluations: readonly EvaluationComparison[]
  readonly features: { readonly same: boolean; readonly added: readonly string[]; readonly removed: readonly string[] }
  readonly sameInputsAndOutputs: boolean
  readonly sameOutputLayout: boolean
  readonly sameBytes: boolean
  /** Bytes of the ONNX files, b - a. */
  readonly sizeDelta: number
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

type Metrics = Readonly<Record<string, number>> | undefined

function compareMetrics(a: Metrics, b: Metrics): Record<string, MetricComparison> {
  const names = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])
  const metrics = Array.from(names, (name) => {
    const [x, y] = [finiteMetric(a, name), finiteMetric(b, name)]
    return [name, { a: x, b: y, delta: x === undefined || y === undefined ? undefined : y - x }] as const
  })
  return Object.fromEntries(metrics)
}

function compareEvaluations(a: ModelRecord, b: ModelRecord): EvaluationComparison[] {
  return evaluationsOf(b)
    .flatMap((theirs) => {
      const ours = evaluationsOf(a).find((one) => isSameMeasurement(one, theirs))
      const { evalSetId, horizon } = theirs
      return ours === undefined ? [] : [{ evalSetId, horizon, metrics: compareMetrics(ours.metrics, theirs.metrics) }]
    })
    .toReversed()
}

/** Compares two versions by what their entries say, and by what was measured here. */
export function compareRecords(a: ModelRecord, b: ModelRecord): VersionComparison {
  const [left, right] = [a.metadata, b.metadata]
  const [had, has] = [left.features?.names ?? [], right.features?.names ?? []]
  const [hadSet, hasSet] = [new Set(had), new Set(has)]
  return {
    a: a.id,
    b: b.id,
    metrics: compareMetrics(left.metrics, right.metrics),
    sameEvaluation: left.evalSetId === right.evalSetId,
    evaluations: compareEvaluations(a, b),
    features: {
      same: left.features?.hash === right.features?.hash && same(had, has),
      added: has.filter((name) => !hadSet.has(name)),
      removed: had.filter((name) => !hasSet.has(name)),
    },
    sameInputsAndOutputs: same(left.io, right.io),
    sameOutputLayout: same([left.outputLayout, left.classOrder], [right.outputLayout, right.classOrder]),
    sameBytes: a.artifact.sha256 === b.artifact.sha256,
    sizeDelta: b.artifact.size - a.artifact.size,
  }
}
