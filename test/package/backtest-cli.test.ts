import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CandleSeries } from '../../src/core/series.ts'
import { createSignalEngine } from '../../src/create.ts'
import type { ToldEvaluation } from '../../src/cli/evaluate/summary.ts'
import {
  backtest,
  type BacktestResult,
  defaultScore,
  judgeModel,
  logisticBaseline,
  noiseCheck,
  spreadBars,
} from '../../src/evaluate/index.ts'
import { featureSource, parseScaler, Scaler, windowsAt } from '../../src/features/index.ts'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { modelAnswers, SignalOutcomes } from '../../src/monitor/index.ts'
import { openRegistry } from '../../src/open-registry.ts'
import { candlewick, program } from './program.ts'

/** Few and quick features: what a model says is not what is tested here. */
const features = ['returns', 'returns_5', 'returns_20', 'rsi_14']

const bars = 400

const horizonNames = ['15m', '1h', '4h', '12h']

function marketOf(symbol: string, seed: number, length = bars): CandleSeries {
  const market = new SimulatedMarket({ seed, timeframe: '15m' })
  return CandleSeries.from(market.take(length), { symbol, timeframe: '15m' })
}

const csvOf = (series: CandleSeries): string =>
  [
    'timestamp,open,high,low,close,volume,turnover',
    ...series.slice().map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume, c.turnover].join(',')),
  ].join('\n')

describe.skipIf(!existsSync(program))('backtests and evaluations on the command line (needs npm run build)', () => {
  let folder = ''
  let manifest = ''
  let files: readonly string[] = []
  const markets = [marketOf('SIM', 2), marketOf('TOM', 3)]
  const inputs = (): string[] => [...files.flatMap((file) => ['--csv', file]), '--manifest', manifest]
  const timeOf = (row: number): number => markets[0]!.columns.time[row]!

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candlewick-backtest-'))
    manifest = join(folder, 'manifest.json')
    files = markets.map(({ symbol }) => join(folder, `${symbol}.csv`))
    for (const [i, file] of files.entries()) await writeFile(file, csvOf(markets[i]!))
    const list = join(folder, 'features.json')
    await writeFile(list, JSON.stringify(features))
    expect(await candlewick('sample', '--out', folder, '--features', list)).toMatchObject({ code: 0, stderr: '' })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('trades as the package does, to the last digit, and names what it was made from', async () => {
    const rules = ['--fees', '7', '--slippage', '3', '--stake', '0.2', '--on-opposite', 'close', '--max-bars', '20']
    const window = ['--from', String(timeOf(200)), '--to', new Date(timeOf(350)).toISOString()]
    const ended = await candlewick('backtest', ...inputs(), ...rules, ...window, '--json', '--strategy', 'aggressive')
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const told = JSON.parse(ended.stdout) as BacktestResult & {
      readonly inputs: readonly { name: string; sha256: string }[]
      readonly notice: string
    }
    await using engine = await createSignalEngine({ manifest, strategy: 'aggressive' })
    const result = await backtest(engine, markets, {
      feeBps: 7,
      slippageBps: 3,
      stake: 0.2,
      onOpposite: 'close',
      maxBars: 20,
      from: timeOf(200),
      to: timeOf(350),
    })
    expect(result.trades.length, 'there is something to compare').toBeGreaterThan(0)
    expect(told.trades).toEqual(result.trades)
    expect(told.metrics).toEqual(result.metrics)
    expect(told.curve.equity).toEqual([...result.curve.equity])
    expect(told).toMatchObject({ from: timeOf(200), to: timeOf(349), rules: result.rules, model: engine.info.model.id })
    expect(told.notice).toContain('Untrained sample')
    expect(told.inputs.map(({ name }) => name)).toEqual([...files, manifest, engine.info.model.id])
    for (const { sha256 } of told.inputs) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  it('prints a summary, and writes a page of its own', async () => {
    const report = join(folder, 'report.html')
    const ended = await candlewick('backtest', ...inputs(), '--from', String(timeOf(300)), '--report', report)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^patchtst-sample_v1\.0\.0\S* on SIM, TOM: 15m bars from /)
    expect(ended.stdout).toMatch(/^Sharpe ratio, a year +\S+ +\S+$/m)
    expect(ended.stdout).toMatch(/^TOM +\d+ +\d+ /m)
    expect(ended.stdout).toContain(`Wrote ${report}.`)
    const page = await readFile(report, 'utf8')
    expect(page).toMatch(/^<!doctype html>[^]*<\/html>\s*$/)
    expect(page).not.toContain('<script')
    for (const told of ['Untrained sample', 'SIM.csv', 'Buy and hold', 'The account begins with 10,000.00'])
      expect(page).toContain(told)
  })

  it('judges every horizon with intervals, beside baselines, the same each time', async () => {
    const args = ['evaluate', ...inputs(), '--resamples', '20', '--json', '--from', String(timeOf(200))]
    const ended = await candlewick(...args)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const told = JSON.parse(ended.stdout) as ToldEvaluation
    const judged = 2 * (bars - 200)
    expect(told.rows).toBe(judged)
    expect(told.horizons.map(({ name, n, pending }) => [name, n, pending])).toEqual([
      ['15m', judged - 2, 2],
      ['1h', judged - 8, 8],
      ['4h', judged - 32, 32],
      ['12h', judged - 96, 96],
    ])
    const names = ['accuracy', 'macroF1', 'hitRate', 'brier', 'ece', 'rankIc', 'icir', 'icTs']
    for (const { metrics, score } of told.horizons) {
      expect(Object.keys(metrics)).toEqual(expect.arrayContaining(names))
      expect(score).not.toBeNull()
    }
    expect(told.horizons[0]!.intervals['accuracy']).toMatchObject({ low: expect.any(Number) as number })
    expect(told.trading).toMatchObject({ n: bars - 200 })
    expect(told.comparisons.map(({ baseline, horizons }) => [baseline, horizons.length])).toEqual([
      ['always-neutral', 4],
      ['momentum', 4],
    ])
    expect(told.leftOut.map(({ name }) => name)).toEqual(horizonNames.map((name) => `logistic-regression of ${name}`))
    expect(told.leftOut[0]!.reason).toContain('it takes 1000: judge from a later bar on')
    expect(told.evalSetId).toMatch(/^set-[0-9a-f]{16}$/)
    expect((await candlewick(...args)).stdout).toBe(ended.stdout)
  })

  it('judges as the package does in a page, with a regression on earlier bars, and with noise', async () => {
    const series = marketOf('LONG', 5, 1400)
    const file = join(folder, 'LONG.csv')
    await writeFile(file, csvOf(series))
    const from = series.columns.time[1200]!
    const args = ['--csv', file, '--manifest', manifest, '--from', String(from), '--resamples', '20', '--noise', '0.1']
    const ended = await candlewick('evaluate', ...args, '--json')
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const told = JSON.parse(ended.stdout) as ToldEvaluation

    await using engine = await createSignalEngine({ manifest })
    await using registry = await openRegistry({ manifest })
    const { timeframe, model } = engine.info
    const outcomes = new SignalOutcomes({ horizons: model.horizons })
    const costs = { feeBps: 10, slippageBps: 2 }
    const traded = await backtest(engine, [series], {
      ...costs,
      from,
      onSignals: (market, signals) => outcomes.take(market, signals),
    })
    const { entry, scaler } = await registry.load(model.id)
    const { names: ids, lookback: window } = entry.features
    const { baseline, learned } = await logisticBaseline(outcomes.rows(), {
      histories: [series],
      features: featureSource(ids),
      thresholds: outcomes.thresholds,
    })
    const { report, comparisons } = await judgeModel(outcomes.rows(), {
      timeframe,
      model: model.id,
      evalSetId: await outcomes.evaluationSetId(),
      bootstrap: { resamples: 20, seed: 1 },
      score: { ...defaultScore, missing: 'exclude' },
      trading: { curve: traded.curve, trades: traded.trades },
      baselines: [...outcomes.baselines(), baseline!],
    })
    const plainly = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    expect(told).toMatchObject(plainly(report) as object)
    expect(told.comparisons).toEqual(plainly(comparisons))
    expect(comparisons.map(({ baseline: name }) => name)).toEqual(['always-neutral', 'momentum', 'logistic-regression'])
    expect(told.lessons).toEqual({ everyBars: 1, horizons: learned })
    expect(told.leftOut).toEqual([])
    expect(told).toMatchObject({ from, to: series.columns.time.at(-1) })

    await using direct = await registry.getModel(model.id)
    const [{ bars: chosen } = { bars: new Int32Array() }] = spreadBars([series], outcomes.rows(), 512)
    const pipeline = { ids, window, timeframe, scaler: new Scaler(parseScaler(scaler, ids)) }
    const windows = await windowsAt(series.columns, pipeline, chosen)
    const [count, features] = [chosen.length, ids.length]
    const noise = await noiseCheck({ windows, count, features, ask: modelAnswers(direct, entry), share: 0.1 })
    expect(told.noise).toEqual(noise)
    expect(noise).toMatchObject({ n: 200, share: 0.1, seed: 1, horizons: horizonNames.map((name) => ({ name })) })
    expect(noise.outputs.rootMeanSquare, 'noise moves something').toBeGreaterThan(0)

    const text = await candlewick('evaluate', ...args.slice(0, -4), '--resamples', '0')
    expect(text.stdout).toMatch(/^The regression learnt from earlier bars: 1,\d{3} for 15m, /m)
    expect(text.stdout).toMatch(/^Noise of 5 % of each feature's deviation on 200 windows: outputs move by [\d.]+ % /m)
    expect(text.stdout).toMatch(/^ {2}12h +\d+\.\d % +0\.\d{4} +0\.\d{4}$/m)
  })

  it('prints an evaluation as text, and leaves out what was not asked for', async () => {
    const quick = ['--resamples', '0', '--no-baselines', '--noise', '0', '--eval-set', 'mine']
    const ended = await candlewick('evaluate', ...inputs(), '--from', String(timeOf(300)), ...quick)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^4h \(bars ahead: 16\): n [\d,]+, 32 not closed yet, .*no intervals: not asked for$/m)
    expect(ended.stdout).toMatch(/^ {2}rankIc +−?0\.\d{4}$/m)
    expect(ended.stdout).toContain('set mine')
    expect(ended.stdout).not.toMatch(/Model less|Noise of|regression/)
  })

  it.each([
    ['backtest', 'a missing file', ['--csv', 'no-such.csv'], 1, '[file/unreadable]'],
    ['backtest', 'a market twice', ['--csv', 'SIM.csv'], 1, '[evaluate/option]'],
    ['backtest', 'a window after the last bar', ['--from', '2100-01-01'], 1, '[evaluate/option]'],
    ['backtest', 'one symbol for two files', ['--symbol', 'BTC'], 1, '[csv/several-symbols]'],
    ['backtest', 'a report over its input', ['--report', 'SIM.csv'], 1, '[file/unwritable]'],
    ['backtest', 'a date that is none', ['--from', '2024-02-30'], 2, 'It must be a date'],
    ['backtest', 'fees that are none', ['--fees', 'many'], 2, 'from 0 to 10000'],
    ['evaluate', 'noise that is more than all', ['--noise', '1.5'], 2, 'from 0 to 1'],
    ['evaluate', 'a threshold without a horizon', ['--threshold', '0.01'], 2, 'such as 4h=0.007'],
  ])('%s refuses %s, says why and ends with its status', async (command, _, args, code, words) => {
    const given = args.map((arg) => (arg === 'SIM.csv' ? files[0]! : arg))
    const ended = await candlewick(command, ...inputs(), ...given)
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(words)
    expect(await readFile(files[0]!, 'utf8'), 'no input is touched').toBe(csvOf(markets[0]!))
  })

  it.each(['backtest', 'evaluate'])('%s ends cleanly when it is interrupted', async (command) => {
    // A server that never answers: the command waits when the interruption comes.
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const asked = once(server, 'request')
    const { port } = server.address() as AddressInfo
    const place = `http://127.0.0.1:${port}/manifest.json`
    const child = spawn(process.execPath, [program, command, '--csv', files[0]!, '--manifest', place])
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += String(text)))
    const closed = once(child, 'close')
    await asked
    child.kill('SIGINT')
    const [code] = (await closed) as [number | null]
    server.close()
    server.closeAllConnections()
    expect({ code, printed }).toEqual({ code: 130, printed: '' })
  })
})
