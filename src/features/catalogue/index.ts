/** All features, by id. */
import { CandlewickError } from '../../core/errors.ts'
import type { Feature } from '../define.ts'
import { movingAverages } from './averages.ts'
import { bands } from './bands.ts'
import { calendar } from './calendar.ts'
import { candleShape } from './candle-shape.ts'
import { channels } from './channels.ts'
import { crossAsset } from './cross-asset.ts'
import { dependence } from './dependence.ts'
import { distribution } from './distribution.ts'
import { heuristics } from './heuristics.ts'
import { microstructure } from './microstructure.ts'
import { momentum } from './momentum.ts'
import { orderFlow } from './order-flow.ts'
import { oscillators } from './oscillators.ts'
import { rangeVolatility } from './range-volatility.ts'
import { returns } from './returns.ts'
import { signal } from './signal.ts'
import { statistics } from './statistics.ts'
import { trend } from './trend.ts'
import { trendStrength } from './trend-strength.ts'
import { volatility } from './volatility.ts'
import { volumeFlow } from './volume-flow.ts'
import { volumes } from './volume.ts'

/** The catalogue, family by family. */
export const catalogue: readonly Feature[] = [
  ...returns,
  ...movingAverages,
  ...trend,
  ...trendStrength,
  ...momentum,
  ...oscillators,
  ...volatility,
  ...rangeVolatility,
  ...channels,
  ...bands,
  ...volumes,
  ...volumeFlow,
  ...microstructure,
  ...orderFlow,
  ...candleShape,
  ...statistics,
  ...dependence,
  ...distribution,
  ...calendar,
  ...signal,
  ...heuristics,
  ...crossAsset,
]

/** The catalogue by id. */
export const features: ReadonlyMap<string, Feature> = new Map(catalogue.map((feature) => [feature.id, feature]))

/** Insertions, deletions and replacements between two words (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

/** The id that looks most like a word, unless more than half of it differs. */
function nearestId(word: string): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 2))
  for (const id of features.keys()) {
    const distance = editDistance(word, id)
    if (distance >= least) continue
    best = id
    least = distance
  }
  return best
}

/**
 * The feature of an id.
 *
 * @throws `feature/unknown` with the nearest id
 */
export function findFeature(id: string): Feature {
  const feature = features.get(id)
  if (feature === undefined) throw new CandlewickError('feature/unknown', { id, nearest: nearestId(id.slice(0, 80)) })
  return feature
}
