/** Signed manifests from the publisher's key to the tab, by the browser's own cryptography. */
import type { Manifest } from 'candlewick/registry'
import { generateKey, publicPart, signEnvelope } from '../../src/registry/signing.ts'
import type { ModelHost } from './host.ts'
import { makeModel, manifestOf, offerFiles, type TestModel } from './models.ts'
import type { OpenSettings } from './page/page.ts'
import { expect, load, open, test } from './tabs.ts'

const earlier = makeModel('1.0.0')
const current = makeModel('2.0.0')

/** Offers signed manifests of its models, and tells the settings of those who trust it. */
async function publisher(host: ModelHost, algorithm: 'Ed25519' | 'ES256') {
  const key = await generateKey(algorithm, 'publisher')
  offerFiles(host, [earlier, current])
  const envelope = (models: readonly TestModel[], changes: Partial<Manifest>): Promise<string> =>
    signEnvelope(new TextEncoder().encode(JSON.stringify(manifestOf(models, changes))), [key])
  const publish = async (models: readonly TestModel[], version: number): Promise<void> =>
    host.put('/manifest.json', await envelope(models, { version }), 'application/json')
  const settings: OpenSettings = { trust: { keys: [publicPart(key)] } }
  return { envelope, publish, settings }
}

for (const algorithm of ['Ed25519', 'ES256'] as const)
  test(`a manifest signed with ${algorithm} is verified, and a forged one leaves the verified one in force`, async ({
    host,
    openTab,
  }) => {
    const { envelope, publish, settings } = await publisher(host, algorithm)
    await publish([earlier], 1)
    const tab = await openTab(settings)
    expect(await tab.evaluate(() => window.tab.registry.signature)).toBe('verified')
    expect(await load(tab)).toMatchObject({ value: { sha256: earlier.sha256, source: 'network' } })

    const { signatures } = JSON.parse(await envelope([earlier], { version: 1 })) as { signatures: unknown[] }
    const { payload } = JSON.parse(await envelope([current], { version: 2 })) as { payload: string }
    host.put('/manifest.json', JSON.stringify({ payload, signatures }), 'application/json')
    const again = await openTab(settings)
    const inForce = await again.evaluate(() => {
      const { manifest, manifestSource, manifestProblem, signature } = window.tab.registry
      return { version: manifest?.version, source: manifestSource, problem: manifestProblem?.code, signature }
    })
    expect(inForce).toEqual({ version: 1, source: 'store', problem: 'manifest/signature', signature: 'verified' })
    expect(await load(again)).toMatchObject({ value: { sha256: earlier.sha256, source: 'store' } })

    await publish([earlier, current], 2)
    expect(await again.evaluate(() => window.tab.registry.refresh())).toBe(true)
    expect(await load(again, current.id)).toMatchObject({ value: { sha256: current.sha256 } })
  })

test('a database that vanished under an open tab is filled anew, and the floor of manifests stays', async ({
  host,
  openTab,
}) => {
  const { publish, settings } = await publisher(host, 'Ed25519')
  await publish([earlier], 5)
  const tab = await openTab(settings)
  await load(tab)
  const other = await openTab(false)
  await other.evaluate(() => window.tab.raw.evict())
  host.forget()

  // Older than what this browser has seen: an attacker's replay, though rightly signed.
  await publish([earlier], 4)
  const replayed = await other.evaluate((given) => window.tab.attempt((self) => self.open(given)), settings)
  expect(replayed).toMatchObject({ failure: { code: 'manifest/rollback', details: { seen: 5, offered: 4 } } })

  await publish([earlier], 5)
  await open(other, settings)
  expect(await load(other)).toMatchObject({ value: { source: 'network', sha256: earlier.sha256, persisted: true } })
  expect(host.requests(/onnx/)).toHaveLength(1)
  const events = await other.evaluate(async () => (await window.tab.registry.history()).map(({ type }) => type))
  expect(events).toContain('storage-evicted')
  // The tab that was open all the time finds the new database by itself.
  expect(await load(tab)).toMatchObject({ value: { source: 'store', sha256: earlier.sha256 } })
})
