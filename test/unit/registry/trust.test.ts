import { beforeAll, describe, expect, it } from 'vitest'
import type { Manifest } from '../../../src/registry/manifest.ts'
import { openManifest } from '../../../src/registry/manifest-envelope.ts'
import { emptyFamily, type Family, type ManifestRecord, type ModelRecord } from '../../../src/registry/records.ts'
import { type PrivateKey, publicPart } from '../../../src/registry/signing.ts'
import { admitManifest, type Admitted, type OpenedManifest, type Trust } from '../../../src/registry/trust.ts'
import { sampleEntry, sampleManifest } from './sample-manifest.ts'
import { makeKeys, refusal, signed } from './signed-manifest.ts'

let keys: Awaited<ReturnType<typeof makeKeys>>
let trust: Trust
beforeAll(async () => {
  keys = await makeKeys()
  trust = { keys: [publicPart(keys.ann)], threshold: 1 }
})

const url = 'https://a.example/manifest.json'
const now = Date.parse('2026-03-01T00:00:00Z')

interface World {
  readonly current?: ManifestRecord | undefined
  readonly now?: number
  readonly minManifestVersion?: number
  readonly families?: ReadonlyMap<string, Family>
}

const admit = (offered: OpenedManifest, world: World = {}): Admitted =>
  admitManifest({ offered, url, now, families: new Map(), current: undefined, ...world })

async function offer(changes: Partial<Manifest>, stored?: ManifestRecord, by?: readonly PrivateKey[]) {
  return openManifest(await signed(changes, by ?? [keys.ann]), { trust, stored })
}

const refused = async (offered: OpenedManifest, world: World) => (await refusal(() => admit(offered, world))).code

function familyOf(changes: Partial<ModelRecord>): ReadonlyMap<string, Family> {
  const { name, version, artifact, scaler, modelType } = sampleEntry()
  const record: ModelRecord = {
    name,
    version,
    id: `${name}_v${version}`,
    status: 'registered',
    artifact,
    scaler,
    metadata: { modelType },
    revision: 1,
    registeredAt: 0,
    updatedAt: 0,
    ...changes,
  }
  return new Map([[name, { ...emptyFamily(name), models: new Map([[version, record]]) }]])
}

describe('admitManifest', () => {
  it('takes over the first manifest of an address with all that must be remembered', async () => {
    const offered = await offer({ version: 4 })
    expect(admit(offered)).toEqual({
      unchanged: false,
      record: {
        url,
        text: offered.text,
        storedAt: now,
        version: 4,
        digest: offered.digest,
        keysVersion: 1,
        issuedAt: Date.parse('2026-02-01T00:00:00Z'),
      },
    })
    const unsigned = await openManifest(JSON.stringify(sampleManifest()), {})
    expect(admit(unsigned).record).not.toHaveProperty('keysVersion')
  })

  it('takes over a newer edition and knows the same one again', async () => {
    const first = await offer({ version: 4 })
    const current = admit(first).record
    expect(admit(first, { current })).toEqual({ record: current, unchanged: true })
    expect(admit(await offer({ version: 5 }), { current })).toMatchObject({ unchanged: false, record: { version: 5 } })
  })

  it('knows the same manifest again under other signatures', async () => {
    const current = admit(await offer({})).record
    const again = admit(await offer({}, undefined, [keys.ann, keys.bob]), { current })
    expect(again).toEqual({ record: current, unchanged: true })
  })

  it('refuses an older edition, signed or not', async () => {
    const current = admit(await offer({ version: 4 })).record
    expect(await refusal(async () => admit(await offer({ version: 3 }), { current }))).toEqual({
      code: 'manifest/rollback',
      text: '{"seen":4,"offered":3}',
    })
    const unsigned = (version: number) => openManifest(JSON.stringify(sampleManifest({ version })), {})
    const bare = admit(await unsigned(4)).record
    expect(await refused(await unsigned(3), { current: bare })).toBe('manifest/rollback')
  })

  it('refuses other contents under the same number', async () => {
    const current = admit(await offer({ version: 4 })).record
    expect(await refused(await offer({ version: 4, minPackage: '0.2.0' }), { current })).toBe('manifest/equivocation')
  })

  it('takes other contents under the same number where nobody signs', async () => {
    const unsigned = (changes: object) => openManifest(JSON.stringify(sampleManifest({ version: 4, ...changes })), {})
    const current = admit(await unsigned({})).record
    const { record, unchanged } = admit(await unsigned({ issuedAt: '2026-02-02T00:00:00Z' }), { current })
    expect([unchanged, record.digest === current.digest]).toEqual([false, false])
  })

  it('holds the floor of the application against all editions of the keys', async () => {
    expect(await refused(await offer({ version: 4 }), { minManifestVersion: 5 })).toBe('manifest/rollback')
    expect(admit(await offer({ version: 5 }), { minManifestVersion: 5 }).record.version).toBe(5)
    const recovery = await offer(
      { version: 4, keysVersion: 2, keys: [publicPart(keys.bob)], threshold: 1 },
      undefined,
      [keys.ann, keys.bob],
    )
    expect(await refused(recovery, { minManifestVersion: 5 })).toBe('manifest/rollback')
  })

  it('recovers from a number that was pushed up, by a new edition of the keys and by nothing else', async () => {
    const current = admit(await offer({ version: Number.MAX_SAFE_INTEGER })).record
    expect(await refused(await offer({ version: 5 }), { current })).toBe('manifest/rollback')
    const fields = { version: 5, keysVersion: 2, keys: [publicPart(keys.bob)], threshold: 1 }
    const recovered = admit(await offer(fields, current, [keys.ann, keys.bob]), { current }).record
    expect(recovered).toMatchObject({ version: 5, keysVersion: 2 })
    const older = await offer({ ...fields, version: 4 }, recovered, [keys.bob])
    expect(await refused(older, { current: recovered })).toBe('manifest/rollback')
  })

  it('lets no unsigned manifest of before hold up a signed one', async () => {
    const current = admit(await openManifest(JSON.stringify(sampleManifest({ version: 99 })), {})).record
    const { record, unchanged } = admit(await offer({ version: 2 }, current), { current })
    expect(record).toMatchObject({ version: 2, keysVersion: 1 })
    expect(unchanged).toBe(false)
    const same = admit(await openManifest(JSON.stringify(sampleManifest()), {})).record
    expect(admit(await offer({}, same), { current: same })).toMatchObject({
      unchanged: false,
      record: { keysVersion: 1 },
    })
  })

  it('refuses other bytes under a version that is known, listed, saved or deleted', async () => {
    const offered = await offer({})
    const other = { ...sampleEntry().artifact, sha256: 'cd'.repeat(32) }
    expect(admit(offered, { families: familyOf({}) }).record.version).toBe(1)
    for (const change of [{ artifact: other }, { scaler: other }, { scaler: undefined }])
      expect(await refused(offered, { families: familyOf(change) })).toBe('registry/version-immutable')
    const { name, version } = sampleEntry()
    const buried = (sha256: string): ReadonlyMap<string, Family> => {
      const grave = { name, version, id: 'x', sha256, deletedAt: 0 }
      return new Map([[name, { ...emptyFamily(name), tombstones: new Map([[version, grave]]) }]])
    }
    expect(await refused(offered, { families: buried(other.sha256) })).toBe('registry/version-immutable')
    expect(admit(offered, { families: buried(sampleEntry().artifact.sha256) }).unchanged).toBe(false)
  })

  it('takes nothing from an expired manifest, known or new, and keeps it as the floor', async () => {
    const offered = await offer({ version: 4, expires: '2026-04-01T00:00:00Z' })
    const current = admit(offered).record
    const later = Date.parse('2026-04-01T00:00:00Z')
    expect(admit(offered, { current, now: later - 1 }).unchanged).toBe(true)
    expect(await refused(offered, { current, now: later })).toBe('manifest/expired')
    expect(await refused(offered, { now: later })).toBe('manifest/expired')
    expect(await refused(offered, { now: Infinity })).toBe('manifest/expired')
    expect(await refused(await offer({ version: 3 }), { current, now: later })).toBe('manifest/rollback')
    expect(admit(await offer({ version: 5 }), { current, now: later }).record.version).toBe(5)
    const endless = await offer({ expires: undefined })
    expect(admit(endless, { now: Infinity }).record.version).toBe(1)
  })

  it('complains in the order of what weighs most', async () => {
    const current = admit(await offer({ version: 4 })).record
    const other = familyOf({ artifact: { ...sampleEntry().artifact, sha256: 'cd'.repeat(32) } })
    const bad = await offer({ version: 3, expires: '2026-02-02T00:00:00Z' })
    expect(await refused(bad, { current, families: other })).toBe('manifest/rollback')
    const newer = await offer({ version: 5, expires: '2026-02-02T00:00:00Z' })
    expect(await refused(newer, { current, families: other })).toBe('registry/version-immutable')
    expect(await refused(newer, { current })).toBe('manifest/expired')
  })

  it('refuses a manifest whose keys were replaced while it was read', async () => {
    const current = admit(await offer({})).record
    const slow = await offer({ version: 3 }, current)
    const fields = { version: 2, keysVersion: 2, keys: [publicPart(keys.bob)], threshold: 1 }
    const moved = admit(await offer(fields, current, [keys.ann, keys.bob]), { current }).record
    expect(await refusal(() => admit(slow, { current: moved }))).toMatchObject({
      code: 'manifest/signature',
      text: expect.stringContaining('taken over while it was read') as string,
    })
    const same = await offer({ ...fields, version: 3 }, current, [keys.ann, keys.bob])
    expect(admit(same, { current: moved }).record).toMatchObject({ version: 3, keysVersion: 2 })
    const unsigned = await openManifest(JSON.stringify(sampleManifest({ version: 9 })), {})
    expect(await refused(unsigned, { current })).toBe('manifest/signature')
  })
})
