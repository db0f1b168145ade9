import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compareVersions, versionPattern } from '../../../src/registry/semver.ts'

// The example chain of semver.org, section 11, and numbers beyond what a double holds.
const ascending = [
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.9.0',
  '1.10.0',
  '2.0.0',
  '2.1.0',
  '2.1.1',
  '9007199254740992.0.0',
  '9007199254740993.0.0',
]

const words = fc.stringMatching(/^(?:0|[1-9]\d{0,3}|[a-z-][0-9a-z-]{0,4})$/u)
const versions = fc
  .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.array(words, { maxLength: 3 }))
  .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre.length > 0 ? `-${pre.join('.')}` : ''}`)

describe('compareVersions', () => {
  it('orders as semver.org says', () => {
    ascending.forEach((a, i) =>
      ascending.forEach((b, j) => expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j))),
    )
  })

  it('does not look at the build', () => {
    expect(compareVersions('1.0.0+a', '1.0.0+b.2')).toBe(0)
  })

  it('is a total order', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(versionPattern.test(a)).toBe(true)
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
        expect(compareVersions(a, b) === 0).toBe(a === b)
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })
})

describe('versionPattern', () => {
  it.each(['1.0', '1', '01.0.0', '1.0.0-', '1.0.0-01', '1.0.0-a..b', '1.0.0+', 'v1.0.0', '1.0.0 ', '-1.0.0', ''])(
    'refuses "%s"',
    (text) => expect(versionPattern.test(text)).toBe(false),
  )

  it.each(['0.0.0', '1.0.0-0a', '1.0.0--', '1.0.0-a.0.b+001.x', '1.0.0+0'])('accepts "%s"', (text) =>
    expect(versionPattern.test(text)).toBe(true),
  )
})
