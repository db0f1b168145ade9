import { generateKeyPairSync, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  manifestType,
  readEnvelope,
  type Signers,
  timestampType,
  verifyEnvelope,
} from '../../../src/registry/signature.ts'
import { generateKey, type PrivateKey, publicPart, signEnvelope } from '../../../src/registry/signing.ts'
import { algorithms, altered, base64url, bytesOf, makeKeys, refusal } from './signed-manifest.ts'

let keys: Awaited<ReturnType<typeof makeKeys>>
beforeAll(async () => {
  keys = await makeKeys()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const text = '{"schema":"model-manifest/1", "odd spacing" :  1}\n'
const by = (threshold: number, ...of: readonly PrivateKey[]): Signers => ({ keys: of.map(publicPart), threshold })
const refused = (envelope: string, signers: Signers) => refusal(() => verifyEnvelope(envelope, signers))

/** A signature with any protected header, made without the code under test. */
async function forged(key: PrivateKey, header: Record<string, unknown>, payload = base64url(text)): Promise<string> {
  const algorithm = key.kty === 'OKP' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const { kty, d } = key
  const jwk = { kty, d, crv: String(key['crv']), x: String(key['x']), ...(kty === 'EC' && { y: String(key['y']) }) }
  const imported = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  const head = base64url(header)
  const value = await crypto.subtle.sign(algorithm, imported, bytesOf(`${head}.${payload}`))
  const signature = Buffer.from(value).toString('base64url')
  return JSON.stringify({ payload, signatures: [{ protected: head, signature }] })
}

describe.each(algorithms)('a manifest signed with %s', (algorithm) => {
  let key: PrivateKey
  let envelope = ''
  beforeAll(async () => {
    key = await generateKey(algorithm, 'k1')
    envelope = await signEnvelope(bytesOf(text), [key])
  })

  it('is verified, and its exact bytes come back', async () => {
    const verified = await verifyEnvelope(envelope, by(1, key))
    expect(verified).toEqual({ payload: bytesOf(text), text, kids: ['k1'] })
  })

  it('is refused with other contents, by any single change of a character', async () => {
    const { payload } = JSON.parse(envelope) as { payload: string }
    await fc.assert(
      fc.asyncProperty(
        fc.nat(payload.length - 1),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'),
        async (at, digit) => {
          fc.pre(payload[at] !== digit)
          const other = payload.slice(0, at) + digit + payload.slice(at + 1)
          const { code, text: why } = await refused(
            altered(envelope, (e) => ({ ...e, payload: other })),
            by(1, key),
          )
          expect(code).toBe('manifest/signature')
          expect(why).toContain('the contents were changed')
        },
      ),
      { numRuns: 40 },
    )
  })

  it('is refused with another protected header, also one that only says the same differently', async () => {
    const alg = algorithm === 'ES256' ? 'ES256' : 'Ed25519'
    const header = base64url(`{ "alg":"${alg}","kid":"k1","typ":"${manifestType}"}`)
    const other = altered(envelope, (e) => ({ ...e, signatures: [{ ...e.signatures[0], protected: header }] }))
    expect((await refused(other, by(1, key))).text).toContain('does not fit')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['no typ', { typ: undefined }, 'its typ is undefined'],
    ['the typ of a token', { typ: 'JWT' }, 'its typ is \\"JWT\\"'],
    ['the typ of a timestamp', { typ: timestampType }, timestampType],
    ['the algorithm none', { alg: 'none' }, 'does not sign with this algorithm'],
    ['an algorithm with a shared secret', { alg: 'HS256' }, 'does not sign with this algorithm'],
    ['the algorithm of another kind of key', { alg: 'RS256' }, 'does not sign with this algorithm'],
    ['no kid', { kid: undefined }, 'names no key'],
    ['a kid that is no text', { kid: 1 }, 'names no key'],
    ['an unknown kid', { kid: 'mallory' }, 'is not known'],
    ['an extension that must be understood', { crit: ['exp'], exp: 1 }, 'demands extensions'],
    ['a payload that is not encoded', { crit: ['b64'], b64: false }, 'demands extensions'],
  ])('is refused with %s in its protected header', async (_, change, why) => {
    const alg = algorithm === 'ES256' ? 'ES256' : 'EdDSA'
    const envelope = await forged(key, { alg, kid: 'k1', typ: manifestType, ...change })
    expect(await refused(envelope, by(1, key))).toMatchObject({
      code: 'manifest/signature',
      text: expect.stringContaining(why) as string,
    })
  })

  it('is refused when another key signed under a known name', async () => {
    const other = await generateKey(algorithm, 'k1')
    expect((await refused(await signEnvelope(bytesOf(text), [other]), by(1, key))).text).toContain('another key signed')
  })

  it('believes nothing in an unprotected header', async () => {
    const put = (header: object) => altered(envelope, (e) => ({ ...e, signatures: [{ ...e.signatures[0], header }] }))
    expect((await verifyEnvelope(put({ alg: 'none', kid: 'x', typ: 'x' }), by(1, key))).kids).toEqual(['k1'])
    expect((await refused(put({ crit: ['x'] }), by(1, key))).text).toContain('demands extensions')
    const bare = await forged(key, { alg: 'ES256', typ: manifestType })
    const named = altered(bare, (e) => ({ ...e, signatures: [{ ...e.signatures[0], header: { kid: 'k1' } }] }))
    expect((await refused(named, by(1, key))).text).toContain('names no key')
  })
})

it('accepts the older name of Ed25519, and a signature made by other tools', async () => {
  const pair = generateKeyPairSync('ed25519')
  const jwk = pair.publicKey.export({ format: 'jwk' })
  const header = base64url({ alg: 'EdDSA', kid: 'node', typ: manifestType })
  const payload = base64url(text)
  const signature = sign(null, Buffer.from(`${header}.${payload}`), pair.privateKey).toString('base64url')
  const envelope = JSON.stringify({ payload, signatures: [{ protected: header, signature }] })
  const key = { ...jwk, kid: 'node', kty: 'OKP' }
  expect((await verifyEnvelope(envelope, { keys: [key], threshold: 1 })).text).toBe(text)
})

it('does not touch the keys it is given, and cares for nothing but their own members', async () => {
  const key = Object.freeze({ ...publicPart(keys.ann), use: 'enc', key_ops: ['nothing'], alg: 'RSA', ext: 'x' })
  const open = { ...key }
  const envelope = await signEnvelope(bytesOf(text), [keys.ann])
  await verifyEnvelope(envelope, { keys: [key], threshold: 1 })
  await verifyEnvelope(envelope, { keys: [open], threshold: 1 })
  expect(Object.isFrozen(open)).toBe(false)
})

describe('a threshold', () => {
  it('is met by different signers, and not by fewer', async () => {
    const { ann, bob, cid } = keys
    const two = await signEnvelope(bytesOf(text), [ann, bob])
    expect((await verifyEnvelope(two, by(2, ann, bob, cid))).kids).toEqual(['ann', 'bob'])
    const { code, text: why } = await refused(two, by(3, ann, bob, cid))
    expect(code).toBe('manifest/signature')
    expect(why).toContain('2 of 3 needed signers')
    expect((await refused(two, by(1, cid))).text).toContain('0 of 1 needed signers')
  })

  it('counts a signature that is there twice once', async () => {
    const one = await signEnvelope(bytesOf(text), [keys.ann])
    const twice = altered(one, (e) => ({ ...e, signatures: [...e.signatures, ...e.signatures] }))
    expect((await refused(twice, by(2, keys.ann, keys.bob))).text).toContain('has signed already')
    expect((await verifyEnvelope(twice, by(1, keys.ann))).kids).toEqual(['ann'])
  })

  it('counts two different signatures by one key once', async () => {
    const parts = [await signEnvelope(bytesOf(text), [keys.bob]), await signEnvelope(bytesOf(text), [keys.bob])]
    const [a, b] = parts.map((part) => readEnvelope(JSON.parse(part))!)
    expect(a!.signatures[0]!.signature).not.toBe(b!.signatures[0]!.signature)
    const both = JSON.stringify({ payload: a!.payload, signatures: [...a!.signatures, ...b!.signatures] })
    expect((await refused(both, by(2, keys.ann, keys.bob))).text).toContain('1 of 2 needed signers')
  })

  it('counts one key under two names once', async () => {
    const alias = { ...keys.ann, kid: 'ann-again' }
    const envelope = await signEnvelope(bytesOf(text), [keys.ann, alias])
    expect((await refused(envelope, by(2, keys.ann, alias, keys.bob))).text).toContain('by one signer')
    expect((await verifyEnvelope(envelope, by(1, keys.ann, alias))).kids).toEqual(['ann', 'ann-again'])
  })

  it('counts the keys of one signer once, and takes any of them', async () => {
    const ann = { ...keys.ann, signer: 'Ann' }
    const ann2 = { ...keys.ann2, signer: 'Ann' }
    const signers = by(2, ann, ann2, keys.bob)
    expect((await refused(await signEnvelope(bytesOf(text), [ann, ann2]), signers)).text).toContain('1 of 2')
    for (const one of [ann, ann2])
      await expect(verifyEnvelope(await signEnvelope(bytesOf(text), [one, keys.bob]), signers)).resolves.toBeDefined()
  })

  it('is not lowered by bad signatures beside good ones, nor raised', async () => {
    const { ann, bob, cid } = keys
    const good = await signEnvelope(bytesOf(text), [ann, bob])
    const stranger = readEnvelope(JSON.parse(await signEnvelope(bytesOf(text), [cid])))!.signatures
    const broken = readEnvelope(JSON.parse(await signEnvelope(bytesOf('other'), [keys.dan])))!.signatures
    const junk = [
      { protected: '', signature: '' },
      { protected: '!!', signature: '??' },
    ]
    const mixed = altered(good, (e) => ({ ...e, signatures: [...junk, ...stranger, ...broken, ...e.signatures] }))
    expect((await verifyEnvelope(mixed, by(2, ann, bob, keys.dan))).kids).toEqual(['ann', 'bob'])
    expect((await refused(mixed, by(3, ann, bob, keys.dan))).text).toContain('2 of 3')
  })

  it('finds a good signature behind a bad one of the same name', async () => {
    const good = await signEnvelope(bytesOf(text), [keys.ann])
    const bad = readEnvelope(JSON.parse(await signEnvelope(bytesOf('other'), [keys.ann])))!.signatures
    const mixed = altered(good, (e) => ({ ...e, signatures: [...bad, ...e.signatures] }))
    expect((await verifyEnvelope(mixed, by(1, keys.ann))).kids).toEqual(['ann'])
  })
})

describe('trusted keys', () => {
  it.each<[string, (key: PrivateKey) => Signers, string]>([
    ['no keys', () => ({ keys: [], threshold: 1 }), 'no trusted key'],
    ['a threshold of nobody', (key) => ({ keys: [publicPart(key)], threshold: 0 }), 'the threshold is 0'],
    ['a threshold nobody can meet', (key) => ({ keys: [publicPart(key)], threshold: 2 }), 'of 1 signer'],
    ['a threshold that is no number', (key) => ({ keys: [publicPart(key)], threshold: NaN }), 'threshold is NaN'],
    ['a private key', (key) => ({ keys: [key], threshold: 1 }), 'without \\"d\\"'],
    ['a key of unknown kind only', () => ({ keys: [{ kid: 'r', kty: 'RSA' }], threshold: 1 }), 'no trusted key'],
    [
      'two keys of one name',
      (key) => ({ keys: [publicPart(key), { ...publicPart(keys.bob), kid: key.kid }], threshold: 1 }),
      'two trusted keys are called',
    ],
    [
      'a second spelling of a key',
      (key) => ({ keys: [{ ...publicPart(key), x: `${String(key['x'])}=` }], threshold: 1 }),
      '43 base64url digits',
    ],
  ])('are refused: %s', async (_, signers, why) => {
    const envelope = await signEnvelope(bytesOf(text), [keys.ann])
    expect(await refused(envelope, signers(keys.ann))).toMatchObject({
      code: 'manifest/signature',
      text: expect.stringContaining(why) as string,
    })
  })
})

describe('what is no signed text', () => {
  it.each<[string, string, string]>([
    ['no JSON', '<!doctype html>', 'no JSON'],
    ['an unsigned manifest', '{"schema":"model-manifest/1"}', 'it is unsigned'],
    [
      'an unsigned manifest with a field called payload',
      '{"schema":"x","payload":"a","signatures":[]}',
      'it is unsigned',
    ],
    ['a list', '[]', 'it is unsigned'],
    ['an envelope without signatures', '{"payload":"e30","signatures":[]}', 'without signatures'],
    ['an envelope without a list of signatures', '{"payload":"e30"}', 'without signatures'],
    ['an envelope without payload', '{"signatures":[{}]}', 'payload is no text'],
    ['a signature without header', '{"payload":"e30","signatures":[{"signature":"x"}]}', 'lacks its protected header'],
    [
      'too many signatures',
      JSON.stringify({
        payload: 'e30',
        signatures: Array.from({ length: 65 }, () => ({ protected: '', signature: '' })),
      }),
      'more than 64',
    ],
  ])('is refused: %s', async (_, envelope, why) => {
    expect(await refused(envelope, by(1, keys.ann))).toMatchObject({
      code: 'manifest/signature',
      text: expect.stringContaining(why) as string,
    })
  })

  it('is refused by a typed error, whatever the JSON is', async () => {
    const part = fc.oneof(fc.string(), fc.jsonValue())
    const shaped = fc.record(
      {
        payload: part,
        signatures: fc.oneof(part, fc.array(fc.record({ protected: part, signature: part, header: part }))),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), shaped), async (json) => {
        expect((await refused(JSON.stringify(json), by(1, keys.ann))).code).toBe('manifest/signature')
      }),
      { numRuns: 300 },
    )
  })
})

describe('a platform', () => {
  it('without Ed25519 counts the signatures with ES256, and says what is missing where there are none', async () => {
    const ann = { ...keys.ann, signer: 'Ann' }
    const ann2 = { ...keys.ann2, signer: 'Ann' }
    const both = await signEnvelope(bytesOf(text), [ann, ann2])
    const single = await signEnvelope(bytesOf(text), [ann])
    const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (...args: unknown[]) => Promise<CryptoKey>
    // This is how an engine says it, and no engine here lacks the algorithm.
    vi.spyOn(crypto.subtle, 'importKey').mockImplementation((...args: unknown[]) => {
      const { name } = args[2] as { name: string }
      const missing = new DOMException('Unrecognized name.', 'NotSupportedError')
      return name === 'Ed25519' ? Promise.reject(missing) : importKey(...args)
    })
    expect((await verifyEnvelope(both, by(1, ann, ann2))).kids).toEqual(['ann-es256'])
    expect((await refused(single, by(1, ann, ann2))).text).toContain('Ed25519 of \\"ann\\" does not exist here')
  })

  it('without WebCrypto gets a plain word', async () => {
    const envelope = await signEnvelope(bytesOf(text), [keys.ann])
    vi.stubGlobal('crypto', {})
    expect((await refused(envelope, by(1, keys.ann))).code).toBe('platform/unsupported')
  })
})

describe('signEnvelope', () => {
  it('adds signatures to earlier ones and replaces those of the same key', async () => {
    const first = await signEnvelope(bytesOf(text), [keys.ann, keys.bob])
    const again = await signEnvelope(bytesOf(text), [keys.bob, keys.cid], manifestType, readEnvelope(JSON.parse(first)))
    const { ann, bob, cid } = keys
    expect((await verifyEnvelope(again, by(3, ann, bob, cid))).kids).toEqual(['ann', 'bob', 'cid'])
    expect(readEnvelope(JSON.parse(again))!.signatures).toHaveLength(3)
  })

  it('refuses to join signatures over other bytes, to sign with nothing, and with what is no such key', async () => {
    const other = readEnvelope(JSON.parse(await signEnvelope(bytesOf('other'), [keys.ann])))
    const attempts = [
      () => signEnvelope(bytesOf(text), [keys.bob], manifestType, other),
      () => signEnvelope(bytesOf(text), []),
      () => signEnvelope(bytesOf(text), [{ kid: 'r', kty: 'RSA', d: 'AA' }]),
      () => signEnvelope(bytesOf(text), [{ ...keys.ann, d: 'AA' }]),
    ]
    for (const attempt of attempts) expect((await refusal(attempt)).code).toBe('manifest/signature')
  })

  it('names a key by its thumbprint where it has no other name', async () => {
    expect((await generateKey('Ed25519')).kid).toMatch(/^[\w-]{16}$/)
  })
})
