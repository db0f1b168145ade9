import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Manifest, ManifestTimestamp } from '../../../src/registry/manifest.ts'
import {
  checkTimestamp,
  envelopeLimit,
  openManifest,
  openTimestamp,
  storedManifest,
} from '../../../src/registry/manifest-envelope.ts'
import { manifestLimit } from '../../../src/registry/parse-manifest.ts'
import type { ManifestRecord } from '../../../src/registry/records.ts'
import { timestampType } from '../../../src/registry/signature.ts'
import { type PrivateKey, publicPart, signEnvelope } from '../../../src/registry/signing.ts'
import { admitManifest, type Trust } from '../../../src/registry/trust.ts'
import { sampleManifest } from './sample-manifest.ts'
import { altered, bytesOf, digestOf, makeKeys, refusal, signed } from './signed-manifest.ts'

let keys: Awaited<ReturnType<typeof makeKeys>>
beforeAll(async () => {
  keys = await makeKeys()
})

const url = 'https://a.example/manifest.json'
const now = Date.parse('2026-03-01T00:00:00Z')
const trustIn = (...of: readonly PrivateKey[]): Trust => ({ keys: of.map(publicPart), threshold: 1 })

/** Opens and admits, as one visit does. */
async function visit(text: string, trust: Trust | undefined, stored?: ManifestRecord): Promise<ManifestRecord> {
  const offered = await openManifest(text, { trust, stored })
  return admitManifest({ offered, url, current: stored, now, families: new Map() }).record
}

describe('openManifest', () => {
  it('takes an unsigned manifest only where no keys are configured', async () => {
    const text = JSON.stringify(sampleManifest())
    const opened = await openManifest(text, {})
    expect(opened).toMatchObject({ text, signature: 'unsigned', kids: [], digest: digestOf(bytesOf(text)) })
    expect(await refusal(() => openManifest(text, { trust: trustIn(keys.ann) }))).toEqual({
      code: 'manifest/signature',
      text: '{"reason":"it is unsigned"}',
    })
  })

  it('says that signatures were not looked at where no keys are configured', async () => {
    const opened = await openManifest(await signed({}, [keys.ann]), {})
    expect(opened).toMatchObject({ signature: 'unchecked', kids: [], manifest: sampleManifest() })
    expect(opened.keySet).toBeUndefined()
  })

  it('does not stop looking at signatures when the keys of the application get lost', async () => {
    const stored = await visit(await signed({}, [keys.ann]), trustIn(keys.ann))
    const next = JSON.stringify(sampleManifest({ version: 2 }))
    expect((await refusal(() => openManifest(next, { stored }))).text).toContain('no keys are configured now')
  })

  it('gives text, bytes and unknown fields back exactly as they were received', async () => {
    const inner = `\n ${JSON.stringify({ ...sampleManifest(), 'x-note': { deep: [1, null, 'é'] } }, undefined, 3)} \n`
    const text = `${await signEnvelope(bytesOf(inner), [keys.ann])} `
    for (const received of [text, bytesOf(text)]) {
      const opened = await openManifest(received, { trust: trustIn(keys.ann) })
      expect(opened).toMatchObject({ text, digest: digestOf(bytesOf(inner)), size: bytesOf(inner).byteLength })
      expect(opened).toMatchObject({ signature: 'verified', kids: ['ann'] })
      expect(opened.manifest).toMatchObject({ 'x-note': { deep: [1, null, 'é'] } })
    }
    const stored = await visit(text, trustIn(keys.ann))
    expect(stored.text).toBe(text)
    expect(storedManifest(stored)).toEqual(JSON.parse(inner))
  })

  it('reads past a byte order mark, and counts it among the bytes', async () => {
    const bytes = bytesOf(`\u{feff}${JSON.stringify(sampleManifest())}`)
    const plain = await openManifest(bytes, {})
    expect(plain.digest).toBe(digestOf(bytes))
    expect(bytesOf(plain.text)).toEqual(bytes)
    const inside = await openManifest(await signEnvelope(bytes, [keys.ann]), { trust: trustIn(keys.ann) })
    expect(inside.digest).toBe(digestOf(bytes))
  })

  it('checks the signature before it looks at the form', async () => {
    const envelope = await signEnvelope(bytesOf('{"schema":"model-manifest/9"}'), [keys.bob])
    expect((await refusal(() => openManifest(envelope, { trust: trustIn(keys.ann) }))).code).toBe('manifest/signature')
    const right = await refusal(() => openManifest(envelope, { trust: trustIn(keys.bob) }))
    expect(right).toMatchObject({ code: 'model/manifest-invalid' })
    expect(right.text).toContain('$.schema')
  })

  it('refuses what is too long before anything else', async () => {
    const long = new Uint8Array(envelopeLimit + 1)
    expect((await refusal(() => openManifest(long, { trust: trustIn(keys.ann) }))).text).toContain('at most 6732204')
    const manifest = { ...sampleManifest(), padding: 'x'.repeat(manifestLimit) }
    const envelope = await signEnvelope(bytesOf(manifest), [keys.ann])
    for (const received of [envelope, JSON.stringify(manifest)])
      expect(await refusal(() => openManifest(received, {}))).toMatchObject({ code: 'model/manifest-invalid' })
    const longest = { ...sampleManifest(), padding: '' }
    const fitting = { ...longest, padding: 'x'.repeat(manifestLimit - bytesOf(longest).byteLength) }
    const opened = await openManifest(await signEnvelope(bytesOf(fitting), Object.values(keys)), {
      trust: trustIn(keys.ann),
    })
    expect(opened.size).toBe(manifestLimit)
  })

  it('refuses bytes that are no UTF-8', async () => {
    const wrong = Uint8Array.of(0x7b, 0xff, 0x7d)
    expect(await refusal(() => openManifest(wrong, {}))).toMatchObject({ code: 'model/manifest-invalid' })
    const inside = await signEnvelope(wrong, [keys.ann])
    const answer = await refusal(() => openManifest(inside, { trust: trustIn(keys.ann) }))
    expect(answer.text).toContain('a text in UTF-8')
  })

  it('answers any text with a manifest or a typed error', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => JSON.stringify({ payload: Buffer.from(json).toString('base64url'), signatures: [{}] })),
      fc.constant('['.repeat(200_000)),
      fc.constant(`{"schema":"model-manifest/1","keys":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    )
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (received, hasKeys) => {
        const answer = await refusal(() => openManifest(received, hasKeys ? { trust: trustIn(keys.ann) } : {}))
        expect(answer.code).toMatch(/^(manifest\/signature|model\/manifest-invalid)$/)
      }),
    )
  })

  it('refuses keys nested so deeply that they cannot be written again', async () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const { models, ...rest } = sampleManifest()
    const head = JSON.stringify({ ...rest, threshold: 1 }).slice(0, -1)
    const text = `${head},"models":${JSON.stringify(models)},"keys":[{"kid":"a","kty":"b","x":${nested}}]}`
    expect((await refusal(() => openManifest(text, {}))).code).toBe('model/manifest-invalid')
  })
})

describe('a new edition of the keys', () => {
  const rotated = (to: readonly PrivateKey[], changes: Partial<Manifest> = {}): Partial<Manifest> => ({
    version: 2,
    keysVersion: 2,
    keys: to.map(publicPart),
    threshold: 1,
    ...changes,
  })
  let stored: ManifestRecord
  let moved: ManifestRecord
  beforeAll(async () => {
    stored = await visit(await signed({}, [keys.ann]), trustIn(keys.ann))
    moved = await visit(await signed(rotated([keys.bob]), [keys.ann, keys.bob]), trustIn(keys.ann), stored)
  })

  it('takes over when the old and the new keys have signed, and holds from then on', async () => {
    expect(moved).toMatchObject({ keysVersion: 2, threshold: 1, keys: [{ kid: 'bob' }] })
    const next = await signed(rotated([keys.bob], { version: 3 }), [keys.bob])
    expect(await visit(next, trustIn(keys.ann), moved)).toMatchObject({ version: 3, keys: [{ kid: 'bob' }] })
    const byOld = await signed(rotated([keys.bob], { version: 3 }), [keys.ann])
    expect((await refusal(() => visit(byOld, trustIn(keys.ann), moved))).text).toContain('0 of 1')
  })

  it.each<[string, () => Promise<string>, string]>([
    ['only the old keys', () => signed(rotated([keys.bob]), [keys.ann]), 'by its own new keys, 0 of 1'],
    ['only the new keys', () => signed(rotated([keys.bob]), [keys.bob]), '0 of 1 needed signers'],
    [
      'too few of the new keys',
      () => signed(rotated([keys.bob, keys.cid], { threshold: 2 }), [keys.ann, keys.bob]),
      'by its own new keys, 1 of 2',
    ],
    [
      'keys it does not bring along',
      () => signed({ version: 2, keysVersion: 2 }, [keys.ann, keys.bob]),
      'does not bring them along',
    ],
  ])('is refused when signed by %s', async (_, text, why) => {
    const envelope = await text()
    expect((await refusal(() => visit(envelope, trustIn(keys.ann), stored))).text).toContain(why)
  })

  it('asks the whole threshold of the old keys', async () => {
    const trust = { ...trustIn(keys.ann, keys.cid), threshold: 2 }
    const short = await signed(rotated([keys.bob]), [keys.ann, keys.bob])
    expect((await refusal(() => visit(short, trust))).text).toContain('1 of 2')
    const whole = await signed(rotated([keys.bob]), [keys.ann, keys.cid, keys.bob])
    expect(await visit(whole, trust)).toMatchObject({ keysVersion: 2 })
  })

  it('never goes back to an earlier one', async () => {
    const early = await signed({ version: 9 }, [keys.ann, keys.bob])
    expect((await refusal(() => visit(early, trustIn(keys.ann), moved))).text).toContain(
      'edition 1 of the keys, and edition 2 is in force',
    )
  })

  it('reaches a visitor who comes for the first time, or was away for several', async () => {
    const third = { version: 5, keysVersion: 3, keys: [publicPart(keys.cid)], threshold: 1 }
    const text = await signed(third, [keys.ann, keys.bob, keys.cid])
    for (const known of [undefined, stored, moved])
      expect(await visit(text, trustIn(keys.ann), known)).toMatchObject({ keysVersion: 3, keys: [{ kid: 'cid' }] })
  })

  it('cannot be published twice with different keys', async () => {
    const other = await signed(rotated([keys.bob, keys.cid], { version: 3 }), [keys.bob])
    expect((await refusal(() => visit(other, trustIn(keys.ann), moved))).text).toContain('seen with other keys')
    const lower = await signed(rotated([keys.bob], { version: 3, keys: undefined, threshold: undefined }), [keys.bob])
    expect(await visit(lower, trustIn(keys.ann), moved)).toMatchObject({ version: 3, keysVersion: 2 })
  })

  it('gives way to keys that come with a later edition of the application, and only to those', async () => {
    const text = await signed({ version: 3, keysVersion: 3 }, [keys.cid])
    const record = await visit(text, { ...trustIn(keys.cid), keysVersion: 3 }, moved)
    expect(record.keysVersion).toBe(3)
    expect(record).not.toHaveProperty('keys')
    expect((await refusal(() => visit(text, trustIn(keys.cid), moved))).text).toContain('0 of 1')
  })

  it('gives way to keys of the same edition that come with the application', async () => {
    const trust = { ...trustIn(keys.cid), keysVersion: 2 }
    for (const listed of [{}, { keys: [publicPart(keys.bob)], threshold: 1 }]) {
      const text = await signed({ version: 3, keysVersion: 2, ...listed }, [keys.cid])
      const record = await visit(text, trust, moved)
      expect(record).toMatchObject({ version: 3, keysVersion: 2 })
      expect(record).not.toHaveProperty('keys')
    }
    const byBob = await signed(rotated([keys.bob], { version: 3 }), [keys.bob])
    expect((await refusal(() => visit(byBob, trust, moved))).text).toContain('0 of 1')
  })

  it('is information where the application comes with it already', async () => {
    const text = await signed(rotated([keys.bob, keys.cid]), [keys.bob])
    const record = await visit(text, { ...trustIn(keys.bob), keysVersion: 2 })
    expect(record).not.toHaveProperty('keys')
    expect(record.keysVersion).toBe(2)
  })

  it('is not taken from a manifest whose signatures nobody checks', async () => {
    const record = await visit(await signed(rotated([keys.bob]), [keys.bob]), undefined)
    expect(record).not.toHaveProperty('keys')
    expect(record).not.toHaveProperty('keysVersion')
  })

  it('keeps the signatures valid that were made with two keys of one signer', async () => {
    const pair = [keys.ann, keys.ann2].map((key) => ({ ...key, signer: 'Ann' }))
    const trust: Trust = { keys: pair.map(publicPart), threshold: 1 }
    for (const key of pair) expect(await visit(await signed({}, [key]), trust)).toMatchObject({ version: 1 })
  })
})

describe('a timestamp', () => {
  let stamped = ''
  let text = ''
  const stamp = async (changes: Partial<ManifestTimestamp> = {}, by = [keys.ann], type = timestampType) => {
    const opened = await openManifest(text, {})
    const timestamp: ManifestTimestamp = {
      schema: 'manifest-timestamp/1',
      version: 7,
      digest: opened.digest,
      size: opened.size,
      expires: '2026-03-02T00:00:00Z',
      url: 'manifest.7.json',
      ...changes,
    }
    return signEnvelope(bytesOf(timestamp), by, type)
  }
  const open = (received: string | Uint8Array<ArrayBuffer>, stored?: ManifestRecord, trust = trustIn(keys.ann)) =>
    openTimestamp(received, { trust, stored, now })
  beforeAll(async () => {
    text = await signed({ version: 7 }, [keys.ann])
    stamped = await stamp()
  })

  it('names the current manifest, and the two agree', async () => {
    const timestamp = await open(stamped)
    expect(timestamp).toMatchObject({ version: 7, url: 'manifest.7.json' })
    expect(() => checkTimestamp(timestamp, { ...opened })).not.toThrow()
  })
  let opened: Awaited<ReturnType<typeof openManifest>>
  beforeAll(async () => {
    opened = await openManifest(text, { trust: trustIn(keys.ann) })
  })

  it.each<[string, Partial<ManifestTimestamp>]>([
    ['digest', { digest: 'ab'.repeat(32) }],
    ['size', { size: 12 }],
    ['version', { version: 8 }],
    ['keysVersion', { keysVersion: 2 }],
  ])('does not fit a manifest with another %s', async (field, change) => {
    const timestamp = await open(await stamp(change))
    expect((await refusal(() => checkTimestamp(timestamp, opened))).text).toContain(`its ${field} is`)
  })

  it('is refused when unsigned, signed as a manifest, by a stranger, too long or out of form', async () => {
    const attempts: [string | Uint8Array<ArrayBuffer>, string, string][] = [
      [JSON.stringify(await openTimestamp(stamped, { now })), 'manifest/signature', 'unsigned'],
      [await stamp({}, [keys.ann], 'candlewick-manifest+jws'), 'manifest/signature', 'its typ is'],
      [await stamp({}, [keys.bob]), 'manifest/signature', 'is not known'],
      [altered(stamped, (e) => ({ ...e, payload: `${e.payload}A` })), 'manifest/signature', 'does not fit'],
      [`${stamped}${' '.repeat(16_384)}`, 'model/manifest-invalid', 'at most 16384'],
      [await stamp({ digest: 'x' }), 'model/manifest-invalid', '$.digest'],
    ]
    for (const [received, code, why] of attempts) {
      const answer = await refusal(() => open(received))
      expect(answer.code).toBe(code)
      expect(answer.text).toContain(why)
    }
    expect((await refusal(async () => openManifest(stamped, { trust: trustIn(keys.ann) }))).text).toContain('its typ')
  })

  it('is refused when it is old, or says other things of an edition that is stored', async () => {
    const stored = await visit(text, trustIn(keys.ann))
    expect(await open(stamped, stored)).toMatchObject({ version: 7 })
    expect((await refusal(async () => open(await stamp({ version: 6 }), stored))).code).toBe('manifest/rollback')
    const other = await stamp({ digest: 'ab'.repeat(32) })
    expect((await refusal(() => open(other, stored))).code).toBe('manifest/equivocation')
    const expired = await stamp({ expires: '2026-03-01T00:00:00Z' })
    expect((await refusal(() => open(expired, stored))).code).toBe('manifest/expired')
    const low = () => openTimestamp(stamped, { trust: trustIn(keys.ann), now, minManifestVersion: 8 })
    expect((await refusal(low)).code).toBe('manifest/rollback')
  })

  it('can announce a lower edition with new keys', async () => {
    const stored = await visit(text, trustIn(keys.ann))
    expect(await open(await stamp({ version: 1, keysVersion: 2 }), stored)).toMatchObject({ version: 1 })
  })
})
