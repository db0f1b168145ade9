import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { countSigners, keysLimit, parsePublicKeys, type PublicKey } from '../../../src/registry/keys.ts'
import { publicPart } from '../../../src/registry/signing.ts'
import { makeKeys } from './signed-manifest.ts'

let keys: Record<string, PublicKey>
beforeAll(async () => {
  keys = Object.fromEntries(Object.entries(await makeKeys()).map(([name, key]) => [name, publicPart(key)]))
})

describe('countSigners', () => {
  const of = (...list: readonly [string, string?, string?][]): PublicKey[] =>
    list.map(([name, signer, kid = name]) => ({ ...keys[name]!, kid, ...(signer !== undefined && { signer }) }))

  it('counts keys without a signer each for itself', () => {
    expect(countSigners(of(['ann'], ['bob'], ['cid']))).toBe(3)
    expect(countSigners([])).toBe(0)
  })

  it('counts one signer once, and one key once under whatever names', () => {
    expect(countSigners(of(['ann', 'A'], ['ann2', 'A'], ['bob', 'B']))).toBe(2)
    expect(countSigners(of(['ann', 'A'], ['ann', 'B', 'other']))).toBe(1)
    expect(countSigners(of(['ann', 'A'], ['bob', 'B'], ['bob', 'A', 'bridge']))).toBe(1)
  })

  it('does not take a name for the key that it spells', () => {
    const { crv, kty, x } = keys['ann']!
    expect(countSigners(of(['ann'], ['bob', JSON.stringify({ crv, kty, x })]))).toBe(2)
  })

  it('does not count keys of unknown kinds', () => {
    expect(countSigners([{ kid: 'p', kty: 'AKP', pub: 'x' }, ...of(['ann'])])).toBe(1)
  })

  it('knows a key in one spelling only', () => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const x = String(keys['ann']!['x'])
    const other = x.slice(0, -1) + digits[digits.indexOf(x.at(-1)!) + 1]!
    expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(x, 'base64url'))
    expect(countSigners([keys['ann']!, { ...keys['ann']!, kid: 'again', x: other }])).toBe(1)
  })

  it('gives the same count in any order', () => {
    const all = of(['ann', 'A'], ['ann2', 'A'], ['bob', 'B'], ['bob', 'A', 'bridge'], ['cid'], ['dan', 'D'])
    fc.assert(
      fc.property(fc.shuffledSubarray(all), (list) => {
        expect(countSigners(list)).toBe(countSigners(list.toReversed()))
        expect(countSigners([...list, ...list])).toBe(countSigners(list))
      }),
    )
  })
})

describe('parsePublicKeys', () => {
  it('reads a set, a list and a single key', () => {
    const [ann, bob] = [keys['ann']!, keys['bob']!]
    expect(parsePublicKeys(JSON.stringify({ keys: [ann, bob] }))).toEqual([ann, bob])
    expect(parsePublicKeys(JSON.stringify([ann]))).toEqual([ann])
    expect(parsePublicKeys(JSON.stringify(bob))).toEqual([bob])
  })

  it.each<[string, (ann: PublicKey) => string, string]>([
    ['no JSON', () => '{', 'not JSON'],
    ['a key without name', (ann) => JSON.stringify({ ...ann, kid: '' }), 'key 1 lacks'],
    ['a signer that is no name', (ann) => JSON.stringify([ann, { ...ann, signer: 3 }]), 'key 2 lacks'],
    ['a private key', (ann) => JSON.stringify({ ...ann, d: 'secret' }), 'without "d"'],
    ['a shared secret', () => JSON.stringify({ kid: 'a', kty: 'oct', k: 'AA' }), 'without "k"'],
    ['a coordinate cut short', (ann) => JSON.stringify({ ...ann, x: 'AA' }), '43 base64url digits'],
    ['more than 512 kB', (ann) => JSON.stringify({ ...ann, note: 'x'.repeat(keysLimit) }), 'longer than 512000'],
  ])('refuses %s', (_, text, why) => {
    expect(() => parsePublicKeys(text(keys['ann']!))).toThrow(why)
  })

  it('answers any JSON with keys or a typed error', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('OKP', 'EC', 'oct', 'Ed25519', 'P-256'))
    const key = fc.record({ kid: field, kty: field, crv: field, x: field, y: field }, { requiredKeys: [] })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ keys: fc.array(key) })), (json) => {
        try {
          expect(Array.isArray(parsePublicKeys(JSON.stringify(json)))).toBe(true)
        } catch (error) {
          if (!isCandlewickError(error, 'manifest/signature')) throw error
        }
      }),
    )
  })
})
