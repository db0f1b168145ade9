import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CandleSeries } from '../../src/core/series.ts'
import { createSignalEngine } from '../../src/index.ts'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { buildPatchTst, decodeModel, encodeModel } from '../../src/onnx/index.ts'
import { candlewick, type Outcome, program } from './program.ts'

type Json = Record<string, unknown>

const golden = fileURLToPath(new URL('../golden/torch', import.meta.url))

const convert = (...args: string[]): Promise<Outcome> => candlewick('convert', ...args)

/** Features of a small network of this package. */
const ids = ['close_position', 'volume_change', 'rsi']

const candles = new SimulatedMarket({ seed: 3 }).take(400)

describe.skipIf(!existsSync(program))('candlewick convert (needs npm run build)', () => {
  let sources = ''
  let out = ''
  const from = (name: string): string => join(sources, name)
  const readJson = async (name: string): Promise<Json> => JSON.parse(await readFile(join(out, name), 'utf8')) as Json
  const weights = ['--config', join(golden, 'state-dict.config.json')] as const
  const stateDict = join(golden, 'state-dict.safetensors')

  beforeAll(async () => {
    sources = await mkdtemp(join(tmpdir(), 'candlewick-sources-'))
    for (const name of await readdir(golden))
      if (name.endsWith('.onnx.gz'))
        await writeFile(from(name.slice(0, -3)), gunzipSync(await readFile(join(golden, name))))
    await writeFile(from('own.onnx'), buildPatchTst({ features: ids.length, dModel: 16, heads: 2, layers: 1, dFf: 16 }))
    const scaler = { kind: 'none', order: ids, center: ids.map(() => 0), scale: ids.map(() => 1) }
    await writeFile(from('scaler.json'), JSON.stringify(scaler))
    const entry = {
      name: 'own',
      version: '1.0.0',
      modelType: 'patchtst',
      taskType: 'multitask',
      createdAt: '2026-11-21T00:00:00Z',
      features: { names: ids, timeframe: '15m' },
      scaler: 'scaler.json',
      outputLayout: {
        id: 'returns4-logits12-risk4',
        horizons: [1, 4, 16, 48].map((bars) => ({ name: `${bars}`, bars })),
      },
      classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
    }
    await writeFile(from('entry.json'), JSON.stringify(entry))
    const rows = candles.map(({ time, open, high, low, close, volume }) =>
      [time, open, high, low, close, volume].join(),
    )
    await writeFile(from('candles.csv'), ['timestamp,open,high,low,close,volume', ...rows].join('\n'))
  })
  afterAll(() => rm(sources, { recursive: true, force: true }))
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), 'candlewick-converted-'))
    return () => rm(out, { recursive: true, force: true })
  })

  it('converts an export to every precision and prints how far each is off', async () => {
    const { code, stdout, stderr } = await convert(
      from('opset13-dynamic.onnx'),
      '--precision',
      'all',
      '--out',
      out,
      // Eight places wide with wild weights: quantisation hits it hard.
      '--max-error',
      '5',
    )

    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('still lacks version') as string })
    expect(stdout).toContain('3 features x 24 bars, 5 patches of 8 every 4, width 8, 2 layers of 2 heads, 20 outputs')
    for (const word of ['fp32:', 'fp16:', 'int8:', 'max abs', 'max rel', 'mean abs']) expect(stdout).toContain(word)
    const files = await readdir(out)
    for (const precision of ['fp32', 'fp16', 'int8']) {
      expect(files.filter((file) => file.includes(`.${precision}.`))).toHaveLength(2)
      expect(await readJson(`model.${precision}.entry.json`)).toMatchObject({ artifact: { precision, opset: 17 } })
    }
  })

  it('makes models that a manifest is built of and an engine runs', async () => {
    const { code, stdout, stderr } = await convert(
      from('own.onnx'),
      '--precision',
      'all',
      '--out',
      out,
      '--entry',
      from('entry.json'),
      '--csv',
      from('candles.csv'),
      '--bars',
      '40',
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/candles: \d+ of 40 signals and \d+ of 160 horizons change sides/)

    const built = await candlewick('manifest', 'build', '--dir', out, '--out', join(out, 'manifest.json'))
    expect(built).toMatchObject({ code: 0, stderr: '' })
    const { models } = (await readJson('manifest.json')) as { models: { name: string; version: string }[] }
    expect(models.map(({ version }) => version.replace(/[0-9a-f]{8}$/, ''))).toEqual([
      '1.0.0+fp16.',
      '1.0.0+fp32.',
      '1.0.0+int8.',
    ])
    const series = CandleSeries.from(candles, { symbol: 'X', timeframe: '15m' })
    for (const { name, version } of models) {
      const id = `${name}_v${version}`
      await using engine = await createSignalEngine({ manifest: join(out, 'manifest.json'), model: id })

      expect(await engine.replay(series, { last: 1 })).toHaveLength(1)
    }
  })

  it('converts weights, and holds them against the answers of PyTorch', async () => {
    const proof = [
      '--input',
      join(golden, 'state-dict.input.f32'),
      '--expected',
      join(golden, 'state-dict.expected.f32'),
    ]
    const right = await convert(stateDict, ...weights, '--precision', 'fp32', '--out', out, ...proof, '--json')
    expect(right).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(right.stdout)).toMatchObject({
      kind: 'weights',
      recognised: true,
      checkedAgainstPyTorch: true,
      variants: [
        {
          precision: 'fp32',
          results: [
            { name: 'random', windows: 64 },
            { name: 'given', windows: 4 },
          ],
        },
      ],
    })

    const config = JSON.parse(await readFile(join(golden, 'state-dict.config.json'), 'utf8')) as { model: Json }
    await writeFile(from('heads.json'), JSON.stringify({ model: { ...config.model, n_heads: 4 } }))
    const wrong = await convert(
      stateDict,
      '--config',
      from('heads.json'),
      '--precision',
      'fp32',
      '--out',
      join(out, 'wrong'),
      ...proof,
    )
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('[convert/mismatch]')
    expect(existsSync(join(out, 'wrong'))).toBe(false)
  })

  it('says what unproven weights cannot show', async () => {
    const { code, stderr } = await convert(stateDict, ...weights, '--precision', 'fp32', '--out', out)

    expect(code).toBe(0)
    expect(stderr).toContain('the weights do not show the number of heads')
  })

  it('passes on what it does not recognise, byte by byte', async () => {
    const decoded = decodeModel(new Uint8Array(await readFile(from('opset17-separate.onnx'))))
    const nodes = decoded.graph!.node!.map((node) => (node.opType === 'Relu' ? { ...node, opType: 'LeakyRelu' } : node))
    const strange = encodeModel({ ...decoded, graph: { ...decoded.graph, node: nodes } })
    await writeFile(from('strange.onnx'), strange)

    const { code, stdout, stderr } = await convert(from('strange.onnx'), '--precision', 'int8', '--out', out, '--json')

    expect(code).toBe(0)
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as { recognised: boolean; reason: string; variants: { file: string }[] }
    expect(report).toMatchObject({ recognised: false, variants: [{ precision: null }] })
    expect(report.reason).toContain('LeakyRelu')
    expect(new Uint8Array(await readFile(join(out, report.variants[0]!.file)))).toEqual(strange)
    const text = await convert(from('strange.onnx'), '--precision', 'int8', '--out', out, '--force')
    expect(text.stderr).toContain('was not recognised as a PatchTST and is passed on unchanged')
  })

  it('reads weights that lie beside the model, and none that lie elsewhere', async () => {
    const decoded = decodeModel(new Uint8Array(await readFile(from('opset17-separate.onnx'))))
    const pieces: Uint8Array[] = []
    const apart = (location: string): Uint8Array => {
      let offset = 0
      const initializer = decoded.graph!.initializer!.map(({ rawData, ...tensor }) => {
        const length = rawData?.byteLength ?? 0
        pieces.push(rawData!)
        const places = { location, offset: `${offset}`, length: `${length}` }
        offset += length
        return {
          ...tensor,
          dataLocation: 1,
          externalData: Object.entries(places).map(([key, value]) => ({ key, value })),
        }
      })
      return encodeModel({ ...decoded, graph: { ...decoded.graph, initializer } })
    }
    await writeFile(from('apart.onnx'), apart('apart.bin'))
    await writeFile(from('apart.bin'), Buffer.concat(pieces))
    const args = ['--precision', 'fp32', '--out', out]

    expect(await convert(from('apart.onnx'), ...args, '--json')).toMatchObject({ code: 0, stderr: '' })
    for (const place of ['../apart.bin', '/etc/passwd', '..', '']) {
      await writeFile(from('apart.onnx'), apart(place))
      const { code, stderr } = await convert(from('apart.onnx'), ...args)
      expect({ code, named: stderr.includes('which is not beside the model') }).toEqual({ code: 1, named: true })
    }
  })

  it('reads a configuration in YAML', async () => {
    const config = JSON.parse(await readFile(join(golden, 'state-dict.config.json'), 'utf8')) as { model: Json }
    const lines = Object.entries(config.model).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
    await writeFile(from('config.yaml'), ['# trained in July', 'model:', ...lines].join('\n'))
    const args = ['--config', from('config.yaml'), '--precision', 'fp32', '--out', out, '--json']
    expect(await convert(stateDict, ...args)).toMatchObject({ code: 0 })

    await writeFile(from('config.yaml'), 'model: [unclosed')
    const { code, stderr } = await convert(stateDict, ...args)
    expect({ code, named: stderr.includes('[file/unreadable]') }).toEqual({ code: 1, named: true })
  })

  it('writes nothing with --dry-run', async () => {
    const folder = join(out, 'never')
    const { code, stdout } = await convert(from('own.onnx'), '--precision', 'fp32', '--out', folder, '--dry-run')

    expect(code).toBe(0)
    expect(stdout).toContain('Nothing was written')
    expect(existsSync(folder)).toBe(false)
  })

  it('replaces a file only when told so', async () => {
    await writeFile(join(out, 'model.fp32.entry.json'), 'mine')
    const args = [from('own.onnx'), '--precision', 'fp32', '--out', out]
    const refused = await convert(...args)

    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('[file/unwritable]')
    expect(await readdir(out)).toEqual(['model.fp32.entry.json'])
    expect(await readFile(join(out, 'model.fp32.entry.json'), 'utf8')).toBe('mine')
    expect(await convert(...args, '--force')).toMatchObject({ code: 0 })
  })

  it.each([
    ['weights.pth', [0x50, 0x4b, 3, 4], 'convert/source'],
    ['weights.pkl', [0x80, 4, 0x95], 'convert/source'],
    ['weights.pt', [1, 2, 3], 'convert/source'],
    ['broken.safetensors', [255, 255, 255, 255, 255, 255, 255, 255], 'safetensors/invalid'],
    ['broken.onnx', [1, 2, 3], 'model/unloadable'],
  ])('refuses %s with a reason', async (name, bytes, code) => {
    await writeFile(from(name), Uint8Array.from(bytes))
    const outcome = await convert(from(name), '--precision', 'fp32', '--out', out)

    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toContain(`[${code}]`)
    expect(await readdir(out)).toEqual([])
  })

  it.each([
    ['no configuration', {}, '--config'],
    ['a stride that is missing', { stride: undefined }, 'stride'],
    ['another width than the weights have', { d_model: 16 }, 'd_model'],
    ['an activation that nobody knows', { activation: 'swish' }, 'activation'],
  ])('refuses weights with %s', async (what, changes, field) => {
    const config = JSON.parse(await readFile(join(golden, 'state-dict.config.json'), 'utf8')) as { model: Json }
    await writeFile(from('config.json'), JSON.stringify({ model: { ...config.model, ...changes } }))
    const args = what === 'no configuration' ? [] : ['--config', from('config.json')]
    const { code, stderr } = await convert(stateDict, ...args, '--precision', 'fp32', '--out', out)

    expect(code).toBe(1)
    expect(stderr).toContain(`[convert/config]: The configuration is wrong at "${field}"`)
  })

  it('refuses a model that is further off than allowed', async () => {
    const { code, stderr } = await convert(from('own.onnx'), '--precision', 'int8', '--out', out, '--max-error', '1e-9')

    expect(code).toBe(1)
    expect(stderr).toContain('[convert/mismatch]')
    expect(await readdir(out)).toEqual([])
  })

  it('refuses a precision that it does not know', async () => {
    expect(await convert(from('own.onnx'), '--precision', 'int4', '--out', out)).toMatchObject({ code: 2 })
  })
})
