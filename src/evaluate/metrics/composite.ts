/** One score out of several metrics, by weights that are told beforehand and shown with it. */
import { CandlewickError } from '../../core/errors.ts'
import { refuseOption } from '../checks.ts'

/** What one metric adds to a score. */
export interface ScorePart {
  /** Name of the metric. */
  readonly metric: string
  /** Share of the score, above 0. */
  readonly weight: number
  /** Value that is worth 0. Worse ones are worth 0 as well. */
  readonly worst: number
  /** Value that is worth 1, and so are better ones; below `worst` where less is better. Between both lies a straight line. */
  readonly best: number
}

/** How a score is made. */
export interface ScoreRule {
  readonly parts: readonly ScorePart[]
  /** What a metric that is undefined or absent does: `error` (default), or `exclude`, which takes its weight out of the score. */
  readonly missing?: 'error' | 'exclude' | undefined
  /** Whether the weights that are left are scaled to a sum of 1. Default false: they must sum to 1, and what is excluded counts 0. */
  readonly renormalise?: boolean | undefined
}

/** A part with its value. */
export interface ScoredPart extends ScorePart {
  readonly value: number
  /** What the value is worth, 0 to 1. */
  readonly worth: number
  /** What it adds to the score. */
  readonly adds: number
}

/** A score, never without its parts. */
export interface CompositeScore {
  /** 0 to 1. */
  readonly score: number
  readonly parts: readonly ScoredPart[]
  /** Metrics that were excluded. */
  readonly excluded: readonly string[]
  /** Sum of the declared weights that counted: below 1 where something was excluded. */
  readonly weightUsed: number
  readonly renormalised: boolean
}

/**
 * A score of three-class forecasts with predicted returns: 30 % rank IC (0 to 0.1), 20 % ICIR of the windows (0 to 1), 20 % macro F1
 * (1/3, what guessing gets among even classes, to 0.6), 15 % hit rate of the calls (1/3 to 0.6), 15 % Brier score (2/3, what equal
 * probabilities get, to 0.4). The bounds are a convention, not a law of markets: declare your own where you know better.
 */
export const defaultScore: ScoreRule = {
  parts: [
    { metric: 'rankIc', weight: 0.3, worst: 0, best: 0.1 },
    { metric: 'icir', weight: 0.2, worst: 0, best: 1 },
    { metric: 'macroF1', weight: 0.2, worst: 1 / 3, best: 0.6 },
    { metric: 'hitRate', weight: 0.15, worst: 1 / 3, best: 0.6 },
    { metric: 'brier', weight: 0.15, worst: 2 / 3, best: 0.4 },
  ],
}

/** Weights that are decimals sum to 1 only within rounding. */
const sumTolerance = 1e-9

/** Refuses a rule that cannot be. */
export function checkScoreRule({ parts, missing = 'error', renormalise = false }: ScoreRule): void {
  if (parts.length === 0) refuseOption('parts', 'empty', 'at least one part')
  if (missing !== 'error' && missing !== 'exclude') refuseOption('missing', missing, 'error or exclude')
  for (const [i, { metric, weight, worst, best }] of parts.entries()) {
    if (!(weight > 0 && Number.isFinite(weight))) refuseOption(`parts[${i}].weight`, weight, 'a number above 0')
    if (!(Number.isFinite(worst) && Number.isFinite(best) && worst !== best))
      refuseOption(`parts[${i}]`, `from ${worst} to ${best}`, 'two finite numbers that differ')
    if (parts.findIndex((part) => part.metric === metric) !== i)
      refuseOption(`parts[${i}].metric`, `"${metric}" again`, 'a metric that no other part takes')
  }
  const sum = parts.reduce((total, { weight }) => total + weight, 0)
  if (!renormalise && Math.abs(sum - 1) > sumTolerance)
    refuseOption('parts', `of weights with the sum ${sum}`, 'of weights with the sum 1, unless renormalise is true')
}

/**
 * Makes one score of several metrics. Each is put on a line from 0 (`worst`) to 1 (`best`), and the weighted sum is the score.
 *
 * @param metrics values by name; `null` where undefined
 * @param rule default {@link defaultScore}
 * @throws `evaluate/metric-missing` where a metric has no value and none may be missing, or none is left; `evaluate/option` for a
 *   rule that cannot be; `evaluate/option` for a value that is not finite
 * @example
 * ```ts
 * const { score, parts } = compositeScore(report.horizons[0].metrics, {
 *   parts: [
 *     { metric: 'rankIc', weight: 0.6, worst: 0, best: 0.1 },
 *     { metric: 'brier', weight: 0.4, worst: 0.67, best: 0.4 },
 *   ],
 * })
 * ```
 */
export function compositeScore(
  metrics: Readonly<Record<string, number | null | undefined>>,
  rule: ScoreRule = defaultScore,
): CompositeScore {
  checkScoreRule(rule)
  const { missing = 'error', renormalise = false } = rule
  const valueOf = (metric: string): number | null => (Object.hasOwn(metrics, metric) ? (metrics[metric] ?? null) : null)
  const excluded = rule.parts.map(({ metric }) => metric).filter((metric) => valueOf(metric) === null)
  const known = Object.keys(metrics).filter((metric) => valueOf(metric) !== null)
  if (excluded.length === rule.parts.length || (excluded.length > 0 && missing === 'error'))
    throw new CandlewickError('evaluate/metric-missing', { metrics: excluded, known })
  const kept = rule.parts.filter(({ metric }) => valueOf(metric) !== null)
  const weightUsed = kept.reduce((sum, { weight }) => sum + weight, 0)
  const parts = kept.map((part): ScoredPart => {
    const value = valueOf(part.metric)!
    if (!Number.isFinite(value)) refuseOption(`metrics.${part.metric}`, value, 'a finite number, or null')
    const worth = Math.min(Math.max((value - part.worst) / (part.best - part.worst), 0), 1)
    return { ...part, value, worth, adds: (worth * part.weight) / (renormalise ? weightUsed : 1) }
  })
  const score = Math.min(
    parts.reduce((sum, { adds }) => sum + adds, 0),
    1,
  )
  return { score, parts, excluded, weightUsed, renormalised: renormalise }
}
