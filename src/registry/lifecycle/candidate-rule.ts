/** When a new version counts as better than the one in production. */
import type { ModelRecord } from '../records.ts'

/** How versions are compared. */
export interface CandidateRule {
  /** Name of the metric. Default `ic_mean`. */
  readonly metric: string
  /** Whether more is better. Default `max`. */
  readonly direction: 'max' | 'min'
  /** How much better it must be; the difference must be larger than this. Default 0: strictly better. */
  readonly minDelta: number
}

/** The information coefficient's mean, strictly higher. */
export const defaultCandidateRule: CandidateRule = { metric: 'ic_mean', direction: 'max', minDelta: 0 }

/** What the comparison came to, in words where it could not be made. */
export interface CandidateVerdict {
  readonly better: boolean
  /** The two were evaluated on different data, so the comparison says little. */
  readonly lowTrust: boolean
  readonly why: string
}

/** A metric's value; one that is missing or not finite counts as missing. */
export function metricOf(record: ModelRecord, metric: string): number | undefined {
  const value = record.metadata.metrics?.[metric]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

const no = (why: string): CandidateVerdict => ({ better: false, lowTrust: false, why })

/** Compares a version with the one in production. Without a production version, or without the metric, none is better. */
export function compareWithProduction(
  challenger: ModelRecord,
  production: ModelRecord | undefined,
  rule: CandidateRule,
): CandidateVerdict {
  const { metric, direction, minDelta } = rule
  if (production === undefined) return no('there is no production version to compare with')
  const [theirs, ours] = [metricOf(production, metric), metricOf(challenger, metric)]
  if (ours === undefined) return no(`${challenger.id} has no ${metric}`)
  if (theirs === undefined) return no(`${production.id} has no ${metric}`)
  const gain = direction === 'max' ? ours - theirs : theirs - ours
  if (!(gain > minDelta)) return no(`${metric} ${ours} is not better than ${theirs} of ${production.id}`)
  const lowTrust = challenger.metadata.evalSetId !== production.metadata.evalSetId
  return { better: true, lowTrust, why: `${metric} ${ours} is better than ${theirs} of ${production.id}` }
}
