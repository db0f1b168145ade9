/** Lists of features that models are trained on, by name. */
import { reference221 } from './reference-221.ts'
import { unified240 } from './unified-240.ts'

/** Name of a set. */
export type FeatureSetName = 'unified-240' | 'reference-221'

/** The ids of each set, in the order of the columns. */
export const featureSets: Readonly<Record<FeatureSetName, readonly string[]>> = {
  'unified-240': unified240,
  'reference-221': reference221,
}
