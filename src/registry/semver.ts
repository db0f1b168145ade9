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

/** Orders two semantic versions by precedence: negative where `a` is older. A build suffix does not count. */
export function compareVersions(a: string, b: string): number {
  const [, coreA = a, preA] = versionPattern.exec(a) ?? []
  const [, coreB = b, preB] = versionPattern.exec(b) ?? []
  const order = compareLists(coreA.split('.'), coreB.split('.'))
  if (order !== 0) return order
  if (preA === undefined || preB === undefined) return Number(preA === undefined) - Number(preB === undefined)
  return compareLists(preA.split('.'), preB.split('.'))
}
