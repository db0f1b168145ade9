import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createSignalEngine } from '../../../src/index.ts'
import { engineContract } from '../../contract/engine-contract.ts'
import { publish } from './published-models.ts'

const folder = await mkdtemp(join(tmpdir(), 'candlewick-engine-'))
const { manifest, files } = await publish(['1.0.0'])
for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
afterAll(() => rm(folder, { recursive: true }))

engineContract('the engine of Node', () => createSignalEngine({ manifest: join(folder, 'manifest.json') }))
