import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { openRegistry } from '../../src/index.ts'
import { candlewick, program } from './program.ts'

describe.skipIf(!existsSync(program))('the command line (needs npm run build)', () => {
  let folder = ''
  let manifest = ''
  let csv = ''
  const candles = new SimulatedMarket({ seed: 2 }).take(700)
  const lines = candles.map((c) => [new Date(c.time).toISOString(), c.open, c.high, c.low, c.close, c.volume].join(','))
  const text = ['timestamp,open,high,low,close,volume', ...lines].join('\n')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candlewick-cli-'))
    manifest = join(folder, 'manifest.json')
    csv = join(folder, 'candles.csv')
    await writeFile(csv, text)
    await writeFile(`${csv}.gz`, gzipSync(text))
    const made = await candlewick('sample', '--out', folder)
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toContain('Untrained sample')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('writes two versions with the runs that their models must repeat, the first of them for engines', async () => {
    const registry = await openRegistry({ manifest })
    const models = await registry.listModels()
    expect(models.map(({ version }) => version.split('+', 1)[0])).toEqual(['1.1.0', '1.0.0'])
    for (const { modelId, notice, performanceMetrics } of models) {
      expect(notice).toContain('Untrained sample')
      expect(performanceMetrics, 'nothing was measured').toEqual({})
      expect((await registry.getModelMetadata(modelId)).golden).toHaveLength(1)
      // A reference run that gives something else would refuse it.
      expect(await registry.install(modelId)).toMatchObject({ installed: true })
    }
    expect((await registry.load()).entry.version).toMatch(/^1\.0\.0\+/)
    await registry.close()
  })

  it('writes the same files each time', async () => {
    const again = await mkdtemp(join(tmpdir(), 'candlewick-cli-'))
    await candlewick('sample', '--out', again)
    const names = (await readdir(again)).sort()
    expect(names).toHaveLength(5)
    for (const name of names)
      expect((await readFile(join(again, name))).equals(await readFile(join(folder, name))), name).toBe(true)
    await rm(again, { recursive: true, force: true })
  })

  it('prints the last signal by default, and as many as asked for, oldest first', async () => {
    const one = await candlewick('signal', '--csv', csv, '--manifest', manifest, '--symbol', 'SIM')
    expect(one).toMatchObject({ code: 0, stderr: '' })
    expect(one.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(one.stdout).toMatch(/SIM {2}(LONG|SHORT|NEUTRAL) .*confidence 0\.\d\d .*entry /)

    const three = await candlewick('signal', '--csv', csv, '--manifest', manifest, '--symbol', 'SIM', '--last', '3')
    const printed = three.stdout.trimEnd().split('\n')
    expect(printed.map((line) => line.slice(0, 24))).toEqual(
      candles.slice(-3).map((candle) => new Date(candle.time).toISOString()),
    )
    expect(`${printed[2]}\n`).toBe(one.stdout)
  })

  it('prints JSON Lines with every field, and reads .gz alike', async () => {
    const plain = await candlewick('signal', '--csv', csv, '--manifest', manifest, '--json', '--last', '2')
    const zipped = await candlewick('signal', '--csv', `${csv}.gz`, '--manifest', manifest, '--json', '--last', '2')
    expect(zipped).toEqual(plain)
    const [signal] = plain.stdout.split('\n').map((line) => JSON.parse(line || 'null') as object)
    expect(Object.keys(signal!)).toEqual([
      'time',
      'symbol',
      'side',
      'confidence',
      'strength',
      'quality',
      'risk',
      'entry',
      'stopLoss',
      'takeProfit',
      'returns',
      'probabilities',
      'model',
      'rejections',
    ])
    expect(signal).toMatchObject({ time: candles.at(-2)!.time, entry: candles.at(-2)!.close, symbol: 'UNKNOWN' })
  })

  it.each([
    ['a missing file', ['--csv', 'no-such.csv'], 1, '[file/unreadable]'],
    ['a number of bars that is none', ['--last', '0'], 2, 'whole number from 1'],
    ['an unknown model', ['--model', 'lstm'], 1, '[model/not-found]'],
    ['an unknown strategy', ['--strategy', 'wild'], 2, 'Allowed choices'],
    ['an unknown option', ['--wild'], 2, 'unknown option'],
    ['a manifest that is not there', ['--manifest', 'nowhere.json'], 1, '[model/download-failed]'],
  ])('refuses %s, says why and ends with its status', async (_, args, code, words) => {
    const ended = await candlewick('signal', '--csv', csv, '--manifest', manifest, ...args)
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(words)
  })

  it('names the line and column of a wrong CSV', async () => {
    const wrong = join(folder, 'wrong.csv')
    await writeFile(wrong, text.replace(lines[4]!, lines[4]!.replace(/,[\d.]+$/, ',many')))
    const ended = await candlewick('signal', '--csv', wrong, '--manifest', manifest)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('[csv/invalid]: Line 6, column "volume": "many" is not a decimal number')
  })

  it('refuses a model of which one bit was changed', async () => {
    const other = await mkdtemp(join(tmpdir(), 'candlewick-cli-'))
    await cp(folder, other, { recursive: true })
    for (const file of (await readdir(other)).filter((name) => name.endsWith('.onnx'))) {
      const bytes = await readFile(join(other, file))
      bytes[1_000_000]! ^= 1
      await writeFile(join(other, file), bytes)
    }
    const ended = await candlewick('signal', '--csv', csv, '--manifest', join(other, 'manifest.json'))
    await rm(other, { recursive: true, force: true })
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('[model/integrity]')
  })

  it('prints its version and its help', async () => {
    expect((await candlewick('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await candlewick('signal', '--help')).stdout).toContain('--last <n>')
  })
})
