import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createSignalEngine } from '../../../src/index.ts'
import { engineContract } from '../../contract/engine-contract.ts'
import { switchContract } from '../../contract/switch-contract.ts'
import { publish } from './published-models.ts'

const folder = await mkdtemp(join(tmpdir(), 'candlewick-engine-'))
const { manifest, files } = await publish(['1.0.0', '2.0.0'])
for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
afterAll(() => rm(folder, { recursive: true }))

const address = join(folder, 'manifest.json')
engineContract('the engine of Node', () => createSignalEngine({ manifest: address }))
switchContract('the engine of Node', (model) => createSignalEngine({ manifest: address, model }), [
  'tiny_v1.0.0',
  'tiny_v2.0.0',
])
