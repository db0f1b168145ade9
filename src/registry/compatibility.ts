/** Whether a version may be used by this version of the package. */
import type { Manifest, ModelEntry } from './manifest.ts'
import { compareVersions } from './semver.ts'

type Range = Pick<ModelEntry, 'minPackage' | 'maxPackage'>

/**
 * Why this version of the package may not use a model, in words; `undefined` where it may. An entry's range is held as well
 * as its manifest's; both ends belong to a range.
 */
export function incompatibility(
  entry: Range,
  manifest: Pick<Manifest, 'minPackage' | 'maxPackage'>,
  packageVersion: string,
): string | undefined {
  for (const { minPackage, maxPackage } of [entry, manifest]) {
    if (minPackage !== undefined && compareVersions(packageVersion, minPackage) < 0)
      return `it takes candlewick ${minPackage} or newer, and this is ${packageVersion}`
    if (maxPackage !== undefined && compareVersions(packageVersion, maxPackage) > 0)
      return `it takes candlewick ${maxPackage} or older, and this is ${packageVersion}`
  }
  return undefined
}
