import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { diffPatch, mergePatch } from '../../../../src/registry/lifecycle/merge-patch.ts'
import { deepFreeze } from './life.ts'

// Few names, so that patches meet what they patch; some are those every object seems to have.
const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString', '0', '')
const leaf = fc.oneof(fc.integer(), fc.string({ maxLength: 3 }), fc.boolean())

/** Objects as JSON makes them: `__proto__` is a field of their own. */
function objects(withNull: boolean): fc.Arbitrary<{ [field: string]: unknown }> {
  const { object } = fc.letrec<{ object: { [field: string]: unknown }; value: unknown }>((tie) => ({
    object: fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((fields) => Object.fromEntries(fields)),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      withNull ? fc.oneof(leaf, fc.constant(null)) : leaf,
      fc.array(leaf, { maxLength: 2 }),
      tie('object'),
    ),
  }))
  return object.map(deepFreeze)
}
const plain = objects(false)
const patches = objects(true)

/** The algorithm of the RFC, word for word, over `Map`s: no object's inheritance can get in its way. */
type Tree = Map<string, Tree> | string
const toTree = (value: unknown): Tree | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value).map(([key, inner]) => [key, toTree(inner)!]))
    : JSON.stringify(value)
function referenceMerge(target: Tree | undefined, patch: Tree): Tree {
  if (typeof patch === 'string') return patch
  const result = target instanceof Map ? new Map(target) : new Map<string, Tree>()
  for (const [key, value] of patch) {
    if (value === 'null') result.delete(key)
    else result.set(key, referenceMerge(result.get(key), value))
  }
  return result
}

describe('a merge patch', () => {
  // The examples of RFC 7396, appendix A, whose target is an object.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('makes of %s by %s: %s', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result))
  })

  it('agrees with the algorithm of the RFC', () => {
    fc.assert(
      fc.property(plain, patches, (target, patch) => {
        expect(toTree(mergePatch(target, patch))).toEqual(referenceMerge(toTree(target), toTree(patch)!))
      }),
      { numRuns: 1000 },
    )
  })

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(plain, patches, (target, patch) => {
        const once = mergePatch(target, patch)
        expect(JSON.stringify(mergePatch(once, patch))).toBe(JSON.stringify(once))
      }),
    )
  })

  it('leaves the prototypes of all objects alone', () => {
    fc.assert(
      fc.property(plain, patches, (target, patch) => {
        const fields = Object.getOwnPropertyNames(Object.prototype).length
        const merged = mergePatch(target, patch)
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
        expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(fields)
      }),
    )
  })
})

describe('the difference of two objects', () => {
  it('leads from the one to the other', () => {
    fc.assert(
      fc.property(plain, plain, (before, after) => {
        expect(toTree(mergePatch(before, diffPatch(before, after)))).toEqual(toTree(after))
      }),
      { numRuns: 1000 },
    )
  })

  it('is empty between equals', () => {
    fc.assert(
      fc.property(patches, (some) => {
        expect(Object.keys(diffPatch(some, structuredClone(some)))).toEqual([])
      }),
    )
  })

  it('sees a deletion under a name that every object has', () => {
    expect(diffPatch({ constructor: 1, a: 2 }, { a: 2 })).toEqual({ constructor: null })
  })

  it('takes undefined for absent', () => {
    expect(diffPatch({ a: undefined, b: 1 }, { b: undefined })).toEqual({ b: null })
  })
})
