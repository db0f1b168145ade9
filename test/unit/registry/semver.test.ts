import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compareVersions, nextMinor, normalizeVersion, versionPattern } from '../../../src/registry/semver.ts'

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

/** A version as numbers and words, so that a test need not take its text apart. */
interface Parts {
  readonly core: readonly bigint[]
  readonly pre: readonly (bigint | string)[]
  readonly build: string
}

const numbers = fc.oneof(
  fc.nat(12).map(BigInt),
  fc.constantFrom(9n, 10n, 99n, 100n),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }),
)
const words = fc.stringMatching(/^[A-Za-z-][0-9A-Za-z-]{0,3}$/u)
const builds = fc.stringMatching(/^(?:\+[0-9A-Za-z-]{1,4}(?:\.[0-9A-Za-z-]{1,3})?)?$/u)
const parts: fc.Arbitrary<Parts> = fc.record({
  core: fc.tuple(numbers, numbers, numbers),
  pre: fc.array(fc.oneof(numbers, words), { maxLength: 3 }),
  build: builds,
})
/** Versions that agree in much, as those of one model do. */
const neighbours = fc.oneof(
  parts,
  fc.record({
    core: fc.tuple(fc.constant(1n), fc.constantFrom(0n, 9n, 10n), fc.constant(0n)),
    pre: fc.array(fc.oneof(fc.constantFrom(1n, 2n, 11n), fc.constantFrom('rc', 'rc-1', 'alpha', 'Z', '1a')), {
      maxLength: 3,
    }),
    build: builds,
  }),
)

const textOf = ({ core, pre, build }: Parts): string =>
  core.join('.') + (pre.length === 0 ? '' : `-${pre.join('.')}`) + build

/** Precedence told the other way round: from parts to an order, over whole numbers and code units. */
function referenceOrder(a: Parts, b: Parts): number {
  for (const [i, number] of a.core.entries()) if (number !== b.core[i]) return number < b.core[i]! ? -1 : 1
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length)
  for (const [i, left] of a.pre.entries()) {
    const right = b.pre[i]
    if (right === undefined) return 1
    if (left === right) continue
    if (typeof left !== typeof right) return typeof left === 'bigint' ? -1 : 1
    return left < right ? -1 : 1
  }
  return a.pre.length < b.pre.length ? -1 : 0
}

const order = (a: string, b: string): number => Math.sign(compareVersions(a, b))

describe('compareVersions', () => {
  it('orders as semver.org says', () => {
    ascending.forEach((a, i) => ascending.forEach((b, j) => expect(order(a, b), `${a} ${b}`).toBe(Math.sign(i - j))))
  })

  it('takes 1.10 for newer than 1.9', () => {
    expect(order('1.10.0', '1.9.0')).toBe(1)
    expect(order('1.10', '1.9')).toBe(1)
    expect(['1.9', '1.10', '1.2'].sort(compareVersions)).toEqual(['1.2', '1.9', '1.10'])
  })

  it('takes a pre-release for older than its release, and its numbers as numbers', () => {
    expect(order('1.0.0-rc.1', '1.0.0')).toBe(-1)
    expect(order('1.0.0-rc.2', '1.0.0-rc.10')).toBe(-1)
  })

  it.each([
    ['1', '1.0.0'],
    ['1.0', '1.0.0'],
    ['1.0-rc.1', '1.0.0-rc.1'],
    ['1.0+b', '1.0.0'],
    ['1.0.0+a', '1.0.0+b.2'],
  ])('gives %s and %s the same place', (a, b) => expect(compareVersions(a, b)).toBe(0))

  it('agrees with a reference that never sees the text', () => {
    fc.assert(
      fc.property(neighbours, neighbours, (a, b) => {
        expect(order(textOf(a), textOf(b))).toBe(referenceOrder(a, b))
      }),
      { numRuns: 1000 },
    )
  })

  it('is a total order, over what is no version too', () => {
    const texts = fc.oneof(
      neighbours.map(textOf),
      fc.constantFrom('1', '1.0', '1.x', 'latest', '', '1.0.0.0', 'v1.0.0'),
    )
    fc.assert(
      fc.property(texts, texts, texts, (a, b, c) => {
        expect(order(a, b)).toBe(-order(b, a) + 0)
        expect(order(a, a)).toBe(0)
        const [low, middle, high] = [a, b, c].sort(compareVersions)
        expect([order(low!, middle!), order(middle!, high!), order(low!, high!)]).not.toContain(1)
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

  it('accepts every version that is put together by the rules', () => {
    fc.assert(
      fc.property(parts, (some) => {
        expect(textOf(some)).toMatch(versionPattern)
      }),
    )
  })
})

describe('normalizeVersion', () => {
  it.each([
    ['1', '1.0.0'],
    ['1.2', '1.2.0'],
    ['1.2.3', '1.2.3'],
    ['1-rc.1', '1.0.0-rc.1'],
    ['1.2-rc.1.x+b.5', '1.2.0-rc.1.x+b.5'],
    ['1.2+1.2-3', '1.2.0+1.2-3'],
    ['1.2.3-1.2.3', '1.2.3-1.2.3'],
  ])('writes %s as %s', (text, full) => expect(normalizeVersion(text)).toBe(full))

  it.each(['', '.', '1.', '.1', '1..0', '1.0.0.0', '01', '1.02', 'v1', '1.x', ' 1', '1\n', '1.0-', '1.0+', '-1', '١'])(
    'refuses "%s"',
    (text) => expect(normalizeVersion(text)).toBeUndefined(),
  )

  it('changes nothing twice, and never the order', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 3 }), (some, length) => {
        const cut = { ...some, core: some.core.slice(0, length) }
        const padded = { ...some, core: some.core.map((number, i) => (i < length ? number : 0n)) }
        const full = normalizeVersion(textOf(cut))
        expect(full).toBe(textOf(padded))
        expect(normalizeVersion(full!)).toBe(full)
        expect(compareVersions(textOf(cut), full!)).toBe(0)
      }),
    )
  })
})

describe('nextMinor', () => {
  it.each([
    ['nothing', [], '1.0.0'],
    ['pre-releases only', ['1.0.0-rc.1', '2.0.0-beta'], '1.0.0'],
    ['what is no version', ['latest', 'v9.0.0'], '1.0.0'],
    ['one release', ['1.0.0'], '1.1.0'],
    ['a patch', ['1.1.4'], '1.2.0'],
    ['1.9 and 1.10', ['1.10.0', '1.9.0'], '1.11.0'],
    ['short forms', ['1.9', '2'], '2.1.0'],
    ['a pre-release above a release', ['1.0.0', '2.0.0-rc.1'], '1.1.0'],
    ['a build', ['1.0.0+b7'], '1.1.0'],
    ['a number no double holds', ['1.9007199254740993.0'], '1.9007199254740994.0'],
  ])('follows %s', (_, versions, next) => expect(nextMinor(versions)).toBe(next))

  it('is above every release, a release itself, and leaves the list as it is', () => {
    fc.assert(
      fc.property(fc.array(neighbours, { maxLength: 8 }), (list) => {
        const texts = Object.freeze(list.map(textOf))
        const next = nextMinor(texts)
        expect(next).toMatch(/^\d+\.\d+\.0$/u)
        for (const { pre, ...rest } of list) if (pre.length === 0) expect(order(next, textOf({ ...rest, pre }))).toBe(1)
      }),
    )
  })
})
