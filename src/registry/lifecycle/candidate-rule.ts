/** When a new version counts as better than the one in production. */
import { evaluationsOf } from './evaluations.ts'
import type { ModelRecord, RecordedEvaluation } from '../records.ts'

/** How versions are compared. */
export interface CandidateRule {
  /** Name of the metric. Default `ic_mean`. */
  readonly metric: string
  /** Whether more is better. Default `max`. */
  readonly direction: 'max' | 'min'
  /** How much better it must be; the difference must be larger than this. Default 0: strictly better. */
  readonly minDelta: number
  /** Of the evaluations recorded here, only those of this horizon count. Default: all, the latest first. */
  readonly horizon?: string | undefined
}

/** The information coefficient's mean, strictly higher. */
export const defaultCandidateRule: CandidateRule = { metric: 'ic_mean', direction: 'max', minDelta: 0 }

/** A value of the metric, and what it was measured on. */
export interface Measurement {
  readonly value: number
  readonly evalSetId?: string | undefined
  readonly horizon?: string | undefined
  /** The evaluation that was recorded here; absent for what the publisher says. */
  readonly evaluation?: RecordedEvaluation | undefined
}

/** The two values that were compared. */
export interface ComparedMeasurements {
  readonly metric: string
  readonly ours: Measurement
  /** Of the version in production. */
  readonly theirs: Measurement
  /** Whether both were measured on one evaluation set that is known. */
  readonly common: boolean
}

/** What the comparison came to, in words where it could not be made. */
export interface CandidateVerdict {
  readonly better: boolean
  /** The two were evaluated on different data, so the comparison says little. */
  readonly lowTrust: boolean
  readonly why: string
  /** Absent where nothing could be compared. */
  readonly compared?: ComparedMeasurements | undefined
}

const no = (why: string): CandidateVerdict => ({ better: false, lowTrust: false, why })

/** A value among metrics; one that is missing or not finite counts as missing. */
export function finiteMetric(
  metrics: Readonly<Record<string, unknown>> | null | undefined,
  metric: string,
): number | undefined {
  const value = metrics?.[metric]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A metric's value as its publisher gives it. */
export function metricOf(record: ModelRecord, metric: string): number | undefined {
  return finiteMetric(record.metadata.metrics, metric)
}

/** The recorded evaluations that count under a rule, the latest first. */
export function countedEvaluations(
  record: ModelRecord,
  { horizon }: Pick<CandidateRule, 'horizon'>,
): RecordedEvaluation[] {
  return evaluationsOf(record)
    .filter((evaluation) => horizon === undefined || evaluation.horizon === horizon)
    .toReversed()
}

/** What its publisher says of a version's metric. */
function publishedMeasurements(record: ModelRecord, { metric }: CandidateRule): Measurement[] {
  const value = metricOf(record, metric)
  return value === undefined ? [] : [{ value, evalSetId: record.metadata.evalSetId }]
}

/** Everything that is known of a version's metric: what was recorded here, the latest first, then what its publisher says. */
function measurementsOf(record: ModelRecord, rule: CandidateRule): Measurement[] {
  const recorded = countedEvaluations(record, rule).flatMap((evaluation): Measurement[] => {
    const value = finiteMetric(evaluation.metrics, rule.metric)
    const { evalSetId, horizon } = evaluation
    return value === undefined ? [] : [{ value, evalSetId, horizon, evaluation }]
  })
  return [...recorded, ...publishedMeasurements(record, rule)]
}

const isCommon = (ours: Measurement, theirs: Measurement): boolean =>
  ours.evalSetId !== undefined &&
  ours.evalSetId === theirs.evalSetId &&
  ours.horizon === theirs.horizon &&
  ours.evaluation?.['bars'] === theirs.evaluation?.['bars']

/** The values to compare, or why there are none. What was recorded here is never held against another evaluation set. */
function measurementsToCompare(
  challenger: ModelRecord,
  production: ModelRecord,
  rule: CandidateRule,
): ComparedMeasurements | string {
  const { metric } = rule
  const [own, serving] = [measurementsOf(challenger, rule), measurementsOf(production, rule)]
  for (const ours of own) {
    const theirs = serving.find((one) => isCommon(ours, one))
    if (theirs !== undefined) return { metric, ours, theirs, common: true }
  }
  const [ours] = publishedMeasurements(challenger, rule)
  const [theirs] = publishedMeasurements(production, rule)
  if (ours !== undefined && theirs !== undefined) return { metric, ours, theirs, common: false }
  for (const [record, known] of [
    [challenger, own],
    [production, serving],
  ] as const)
    if (known.length === 0) return `${record.id} has no ${metric}`
  return `${challenger.id} and ${production.id} have ${metric} on no common evaluation set`
}

/** Evaluation set and horizon in words. */
export function measuredOn({ evalSetId, horizon }: Pick<Measurement, 'evalSetId' | 'horizon'>): string {
  const set = evalSetId === undefined ? 'an unknown evaluation set' : `the evaluation set "${evalSetId}"`
  return horizon === undefined ? set : `${set} at ${horizon}`
}

function inWords({ ours, theirs, common }: ComparedMeasurements): string {
  if (common) return `, both on ${measuredOn(ours)}`
  return ours.evalSetId === theirs.evalSetId ? '' : `, on ${measuredOn(ours)} and not on ${measuredOn(theirs)}`
}

/**
 * Compares a version with the one in production, on an evaluation set that both were measured on. Where there is none, what
 * their publishers say is compared. Without a production version, or without the metric, none is better.
 */
export function compareWithProduction(
  challenger: ModelRecord,
  production: ModelRecord | undefined,
  rule: CandidateRule,
): CandidateVerdict {
  if (production === undefined) return no('there is no production version to compare with')
  const compared = measurementsToCompare(challenger, production, rule)
  if (typeof compared === 'string') return no(compared)
  const { direction, metric, minDelta } = rule
  const { ours, theirs } = compared
  const gain = direction === 'max' ? ours.value - theirs.value : theirs.value - ours.value
  const better = gain > minDelta
  const words = `${metric} ${ours.value} is ${better ? '' : 'not '}better than ${theirs.value} of ${production.id}`
  const lowTrust = better && ours.evalSetId !== theirs.evalSetId
  return { better, lowTrust, why: words + inWords(compared), compared }
}
