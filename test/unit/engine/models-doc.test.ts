/** The examples of docs/models.md, as its reader would use them. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readEntries } from '../../../src/cli/manifest/entries.ts'
import { fingerprintOf } from '../../../src/features/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { createSignalEngine } from '../../../src/index.ts'
import { outputLayouts } from '../../../src/signals/index.ts'

const text = await readFile(new URL('../../../docs/models.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json]) => json!)
const scaler = blocks.find((block) => block.includes('"kind"'))!
const entries = blocks.filter((block) => block.includes('"artifact"'))

it('shows an entry of each kind', () => {
  expect(entries.map((entry) => (JSON.parse(entry) as { name: string }).name)).toEqual(['trees', 'linear', 'lstm'])
})

it.each(entries)('shows an entry that gives signals: %#', async (entry) => {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-doc-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(fileURLToPath(new URL('../../golden/models', import.meta.url)), folder, { recursive: true })
  await writeFile(join(folder, 'scaler.json'), scaler)
  await writeFile(join(folder, 'model.entry.json'), entry)
  const manifest = join(folder, 'manifest.json')
  const models = await readEntries([join(folder, 'model.entry.json')], manifest)
  await writeFile(
    manifest,
    JSON.stringify({ schema: 'model-manifest/1', version: 1, issuedAt: '2026-02-01T00:00:00Z', models }),
  )

  await using engine = await createSignalEngine({ manifest })
  expect(await engine.replay(new SimulatedMarket().take(engine.warmup), { last: 1 })).toHaveLength(1)
})

it('names every layout, and the fingerprint that its own code gives', async () => {
  for (const id of outputLayouts) expect(text).toContain(`\`${id}\``)
  const [, names] = /fingerprintOf\((\[.*?\])\)/.exec(text)!
  const { hash } = await fingerprintOf(JSON.parse(names!.replaceAll("'", '"')) as string[])
  expect(text.split(hash)).toHaveLength(entries.length + 1)
})
