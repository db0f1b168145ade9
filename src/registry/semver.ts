/** Versions by Semantic Versioning 2.0.0 (semver.org): what is one, and which is newer. */

const number = '(?:0|[1-9]\\d*)'
const word = `(?:${number}|\\d*[A-Za-z-][0-9A-Za-z-]*)`

/** The form of a semantic version: core, optional pre-release, optional build. */
export const versionPattern: RegExp = new RegExp(
  `^(${number}\\.${number}\\.${number})(?:-(${word}(?:\\.${word})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
  'u',
)

const isNumber = (text: string): boolean => /^\d+$/u.test(text)

// Digits are compared as text: longer means larger, and no size of number is rounded.
function compareIdentifiers(a: string, b: string): number {
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1
  if (isNumber(a) && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareIdentifiers(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** The three parts of a version's text; a text that is no version is all core, so that the order stays total. */
function partsOf(version: string): { core: string[]; pre: string | undefined } {
  const [, core, pre] = versionPattern.exec(normalizeVersion(version) ?? '') ?? []
  return { core: (core ?? version).split('.'), pre }
}

/**
 * Orders two versions by precedence: negative where `a` is older. A build suffix does not count, and `1.0` stands where
 * `1.0.0` does.
 */
export function compareVersions(a: string, b: string): number {
  const [{ core: coreA, pre: preA }, { core: coreB, pre: preB }] = [partsOf(a), partsOf(b)]
  const order = compareLists(coreA, coreB)
  if (order !== 0) return order
  if (preA === undefined || preB === undefined) return Number(preA === undefined) - Number(preB === undefined)
  return compareLists(preA.split('.'), preB.split('.'))
}

/**
 * Writes a version in full: `1.0` becomes `1.0.0`, `2-rc.1+b5` becomes `2.0.0-rc.1+b5`.
 *
 * @returns `undefined` for what is no version even then
 */
export function normalizeVersion(text: string): string | undefined {
  const [, core = '', suffix = ''] = /^([^+-]*)(.*)$/su.exec(text) ?? []
  const missing = 3 - core.split('.').length
  const full = core + '.0'.repeat(Math.max(0, missing)) + suffix
  return versionPattern.test(full) ? full : undefined
}

/**
 * The version for the next model of a name: a minor above the highest release, `1.0.0` where there is none. Pre-releases
 * and what is no version do not count.
 */
export function nextMinor(versions: readonly string[]): string {
  const releases = versions.filter(
    (version) => normalizeVersion(version) !== undefined && partsOf(version).pre === undefined,
  )
  const highest = releases.sort(compareVersions).at(-1)
  if (highest === undefined) return '1.0.0'
  const [major = '', minor = ''] = partsOf(highest).core
  return `${major}.${BigInt(minor) + 1n}.0`
}
