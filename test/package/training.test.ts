import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { candlewick, type Outcome, program } from './program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The first Python that has what the recipe needs, and why the others have not. */
function findPython(): { readonly path?: string; readonly reason: string } {
  const reasons: string[] = []
  for (const path of ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(path, ['-c', 'import torch, numpy, yaml'], { stdio: 'pipe' })
      return { path, reason: '' }
    } catch (error) {
      const { stderr, message } = error as { stderr?: Buffer; message: string }
      reasons.push(`${path}: ${stderr?.toString().trim().split('\n').at(-1) ?? message}`)
    }
  }
  return { reason: reasons.join('; ') }
}

const python = findPython()
const reason = existsSync(program) ? python.reason : 'the package is not built'

const features = ['returns', 'returns_5', 'high_low_ratio', 'close_open_ratio', 'rsi', 'volume_ratio']

const config = `
name: smoke
timeframe: 15m
lookback: 32
split: {validation_from: "2024-01-12", test_from: "2024-01-17", embargo_bars: 48}
network: {width: 8, heads: 2, layers: 1, inner: 8, patch: 8, stride: 8, spans: [[0, 1], [0, 4], [4, 4]]}
training: {epochs: 2, batch: 64, stride: 4, warmup_epochs: 0.2}
`

function recipe(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' }
  return new Promise((resolve) => {
    execFile(python.path!, ['-m', ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe.skipIf(reason !== '')(`the training recipe${reason === '' ? '' : ` (skipped: ${reason})`}`, () => {
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candlewick-training-'))
    const candles = new SimulatedMarket({ seed: 3 }).take(2100)
    const lines = candles.map(({ time, open, high, low, close, volume }) =>
      [time, open, high, low, close, volume].join(','),
    )
    await writeFile(join(folder, 'SIM-15m.csv'), `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`)
    await writeFile(join(folder, 'features.json'), JSON.stringify(features))
    await writeFile(join(folder, 'config.yaml'), `features: ${join(folder, 'features.json')}\n${config}`)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  const common = (): readonly string[] => [
    '--csv',
    join(folder, 'SIM-15m.csv'),
    '--out',
    join(folder, 'run'),
    '--cache',
    join(folder, 'cache'),
  ]

  it('makes a signed manifest of candles with one command, and opens the test period for one model only', async () => {
    // A few hundred rows of a network that learnt for a second: two forecasts that are nearly equal may change places.
    const options = ['--config', join(folder, 'config.yaml'), '--tolerance', '0.01']
    const run = await recipe('training', ...common(), ...options)
    expect(run.stderr).not.toContain('Traceback')
    expect(run.code).toBe(0)

    const bundle = join(folder, 'run', 'bundle')
    const manifest = join(bundle, 'manifest.json')
    const verified = await candlewick('manifest', 'verify', manifest, '--keys', join(bundle, 'public.jwks'))
    expect(verified.code).toBe(0)
    const candles = ['--csv', join(folder, 'SIM-15m.csv'), '--symbol', 'SIM']
    const signal = await candlewick('signal', ...candles, '--manifest', manifest, '--json')
    expect(signal.code).toBe(0)
    expect(JSON.parse(signal.stdout)).toMatchObject({ symbol: 'SIM', probabilities: expect.anything() as unknown })
    const card = await readFile(join(bundle, 'MODEL-CARD.md'), 'utf8')
    expect(card).toContain('no investment advice')
    expect(card).toMatch(/beats? /i)
    for (const precision of ['fp16', 'fp32', 'int8'])
      expect(card).toMatch(new RegExp(`^- ${precision}: .* agree to \\S+ in all \\d+ figures\\.$`, 'm'))

    const other = ['--config', join(folder, 'config.yaml'), '--set', 'training.seed=2', '--out', join(folder, 'other')]
    const second = await recipe('training', ...common(), ...other)
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('was opened for 1 other model(s)')
  }, 120_000)

  it('passes its own tests', async () => {
    const tests = await recipe('unittest', 'discover', '-s', 'training/tests', '-t', '.')
    expect(tests.stderr).toMatch(/Ran \d\d tests/)
    expect(tests.code).toBe(0)
  }, 120_000)
})
