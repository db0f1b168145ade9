import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Candle } from '../../src/core/candle.ts'
import { CandleSeries } from '../../src/core/series.ts'
import { computeTargets, featureSets, FeatureStream, targetNames } from '../../src/features/index.ts'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { candlewick, type Outcome, program } from './program.ts'

/** Names of columns, and rows of numbers. */
interface Table {
  readonly names: readonly string[]
  readonly rows: readonly (readonly number[])[]
}

/** One of them is -0 on some bars; the longest takes 50 candles. */
const ids = ['returns', 'market_regime', 'close_sma_50_ratio', 'rsi']

/** What a data set must hold: rows of a stream, candle by candle, and targets. */
function expected(candles: readonly Candle[], features: readonly string[], targets: boolean): Table {
  const stream = new FeatureStream(features)
  const pushed = candles.map((candle) => [candle.time, ...stream.push(candle)])
  if (!targets) return { names: ['time', ...features], rows: pushed.slice(stream.warmup - 1) }
  const matrix = computeTargets(CandleSeries.from(candles, { timeframe: '15m' }).columns)
  const rows = pushed
    .slice(0, matrix.rows)
    .map((row, i) => [...row, ...matrix.values.subarray(i * targetNames.length, (i + 1) * targetNames.length)])
  return { names: ['time', ...features, ...targetNames], rows: rows.slice(stream.warmup - 1) }
}

async function readCsvTable(path: string): Promise<Table> {
  const text = await readFile(path, 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  const [header, ...lines] = text.slice(0, -1).split('\n')
  return { names: header!.split(','), rows: lines.map((line) => line.split(',').map(Number)) }
}

/** By hand, from NumPy's description of the format. */
async function readNpyTable(path: string): Promise<Table> {
  const bytes = await readFile(path)
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, ...Buffer.from('NUMPY'), 1, 0])
  const start = 10 + bytes.readUInt16LE(8)
  expect(start % 64).toBe(0)
  const header = bytes.toString('latin1', 10, start)
  const [, order, length, width] =
    /^\{'descr': '([<>])f8', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/.exec(header)!
  expect(bytes.length - start).toBe(Number(length) * Number(width) * 8)
  const number = (at: number): number =>
    order === '<' ? bytes.readDoubleLE(start + at * 8) : bytes.readDoubleBE(start + at * 8)
  const rows = Array.from({ length: Number(length) }, (_, row) =>
    Array.from({ length: Number(width) }, (_, k) => number(row * Number(width) + k)),
  )
  const names = JSON.parse(await readFile(path.replace('.npy', '.columns.json'), 'utf8')) as string[]
  return { names, rows }
}

async function readParquetObjects(path: string): Promise<Record<string, unknown>[]> {
  const bytes = await readFile(path)
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) })
}

async function readParquetTable(path: string): Promise<Table> {
  const objects = await readParquetObjects(path)
  expect(typeof objects[0]!.time).toBe('bigint')
  return { names: Object.keys(objects[0]!), rows: objects.map((row) => Object.values(row).map(Number)) }
}

const readers: Readonly<Record<string, (path: string) => Promise<Table>>> = {
  csv: readCsvTable,
  npy: readNpyTable,
  parquet: readParquetTable,
}

const csvOf = (candles: readonly Candle[], symbol?: string): string[] =>
  candles.map((c) =>
    [c.time, c.open, c.high, c.low, c.close, c.volume, ...(symbol === undefined ? [] : [symbol])].join(','),
  )

describe.skipIf(!existsSync(program))('candlewick features (needs npm run build)', () => {
  let folder = ''
  let csv = ''
  let list = ''
  const candles = new SimulatedMarket({ seed: 3 }).take(5000)
  const other = new SimulatedMarket({ seed: 4, price: 100 }).take(300)
  const at = (name: string): string => join(folder, name)
  const write = (out: string, ...args: string[]): Promise<Outcome> =>
    candlewick('features', '--csv', csv, '--set', list, '--out', at(out), ...args)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candlewick-dataset-'))
    csv = at('candles.csv')
    list = at('list.json')
    await writeFile(csv, ['timestamp,open,high,low,close,volume', ...csvOf(candles)].join('\n'))
    await writeFile(
      at('two.csv'),
      [
        'timestamp,open,high,low,close,volume,symbol',
        ...csvOf(candles.slice(0, 200), 'ONE'),
        ...csvOf(other, '"TWO, INC"'),
      ].join('\n'),
    )
    await writeFile(list, JSON.stringify(ids))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(Object.keys(readers))('writes what a stream gives, and targets, to .%s', async (format) => {
    const plain = await write(`plain.${format}`)
    expect(plain).toMatchObject({ code: 0, stderr: '' })
    expect(plain.stdout).toBe(`Wrote ${at(`plain.${format}`)}: 4951 rows, 4 columns after the time.\n`)
    const table = await readers[format]!(at(`plain.${format}`))
    expect(table).toEqual(expected(candles, ids, false))
    expect(
      table.rows.some((row) => Object.is(row[2], -0)),
      'keeps the sign of zero',
    ).toBe(true)

    expect(await write(`both.${format}`, '--targets')).toMatchObject({ code: 0, stderr: '' })
    expect(await readers[format]!(at(`both.${format}`))).toEqual(expected(candles, ids, true))
  })

  it.each(Object.entries(featureSets))('knows the set %s by its name', async (name, set) => {
    expect(await write(`${name}.npy`, '--set', name)).toMatchObject({ code: 0, stderr: '' })
    expect(await readNpyTable(at(`${name}.npy`))).toEqual(expected(candles, set, false))
  })

  it('writes several row groups to .parquet, so that no reader needs the whole', async () => {
    await write('groups.parquet')
    const bytes = await readFile(at('groups.parquet'))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    const { row_groups: groups, schema } = await parquetMetadataAsync(file)
    expect(groups.map((group) => Number(group.num_rows))).toEqual([4096, 855])
    expect(schema.slice(1).map(({ type }) => type)).toEqual(['INT64', 'DOUBLE', 'DOUBLE', 'DOUBLE', 'DOUBLE'])
  })

  it('says which symbol a row is of where there are several', async () => {
    const two = ['--csv', at('two.csv')]
    const [first, second] = [expected(candles.slice(0, 200), ids, false), expected(other, ids, false)]
    expect(await write('two.parquet', ...two)).toMatchObject({ code: 0, stderr: '' })
    const objects = await readParquetObjects(at('two.parquet'))
    expect(Object.keys(objects[0]!)).toEqual(['time', 'symbol', ...ids])
    expect(objects.map(({ symbol }) => symbol)).toEqual([
      ...first.rows.map(() => 'ONE'),
      ...second.rows.map(() => 'TWO, INC'),
    ])
    expect(objects.map((row) => ['time', ...ids].map((name) => Number(row[name])))).toEqual([
      ...first.rows,
      ...second.rows,
    ])

    expect(await write('two-symbols.csv', ...two)).toMatchObject({ code: 0, stderr: '' })
    const lines = (await readFile(at('two-symbols.csv'), 'utf8')).trimEnd().split('\n')
    expect(lines[0]).toBe(`time,symbol,${ids.join(',')}`)
    expect(lines.slice(1)).toEqual([
      ...first.rows.map(([time, ...row]) => [time, 'ONE', ...row.map(text)].join(',')),
      ...second.rows.map(([time, ...row]) => [time, '"TWO, INC"', ...row.map(text)].join(',')),
    ])

    expect(await write('two.npy', ...two)).toMatchObject({ code: 1, stdout: '' })
    expect((await write('one.npy', ...two, '--symbol', 'TWO, INC')).code).toBe(0)
    expect(await readNpyTable(at('one.npy'))).toEqual(second)
  })

  it('puts the candles of a benchmark beside those of the same time', async () => {
    const compared = ['correlation_96', 'rsi']
    const market = new SimulatedMarket({ seed: 6, start: candles[1000]!.time }).take(400)
    await writeFile(at('compared.json'), JSON.stringify(compared))
    await writeFile(at('market.csv'), ['timestamp,open,high,low,close,volume', ...csvOf(market)].join('\n'))
    const args = ['--csv', at('market.csv'), '--set', at('compared.json')]
    expect(await write('compared.csv', ...args, '--benchmark', csv)).toMatchObject({ code: 0, stderr: '' })
    const stream = new FeatureStream(compared, { benchmark: true })
    const rows = market.map((candle, i) => [candle.time, ...stream.push(candle, candles[1000 + i])])
    expect((await readCsvTable(at('compared.csv'))).rows).toEqual(rows.slice(stream.warmup - 1))

    const refused = async (...more: string[]): Promise<string> => (await write('refused.csv', ...args, ...more)).stderr
    expect(await refused()).toContain('[feature/benchmark-required]')
    expect(await refused('--benchmark', at('two.csv'))).toContain('[csv/several-symbols]')
    await writeFile(
      at('ended.csv'),
      ['timestamp,open,high,low,close,volume', ...csvOf(candles.slice(0, 1300))].join('\n'),
    )
    expect(await refused('--benchmark', at('ended.csv'))).toContain('[candle/benchmark]')
    await writeFile(
      at('early.csv'),
      ['timestamp,open,high,low,close,volume', ...csvOf(candles.slice(0, 900))].join('\n'),
    )
    expect(await refused('--benchmark', at('early.csv'))).toContain('[candle/benchmark]')
    expect(existsSync(at('refused.csv'))).toBe(false)
  })

  it('fills gaps only when told, and says how many', async () => {
    const holed = at('holed.csv')
    await writeFile(
      holed,
      ['timestamp,open,high,low,close,volume', ...csvOf(candles.filter((_, i) => i < 90 || i > 92))].join('\n'),
    )
    const refused = await write('holed.npy', '--csv', holed)
    expect(refused.stderr).toContain('3 candle(s) are missing')
    const filled = await write('holed.npy', '--csv', holed, '--gaps', 'flat')
    expect(filled.stdout).toContain('4951 rows, 4 columns after the time. 3 missing bars were filled flat.')
  })

  it.each([
    ['a file name of no known format', ['--out', 'data.xlsx'], 2, 'must end with .csv, .npy, .parquet'],
    ['no set', ['--set', 'unified-9'], 1, '[feature/set-unknown]: "unified-9" is neither a set of features nor a file'],
    ['a set that is no list', ['--set', 'candles.csv'], 1, '[feature/list-invalid]'],
    ['an id twice', ['--set', 'twice.json'], 1, 'it names "rsi" twice'],
    [
      'an unknown id',
      ['--set', 'unknown.json'],
      1,
      '[feature/unknown]: There is no feature "rsii". Did you mean "rsi"?',
    ],
    ['a target as a feature', ['--set', 'target.json'], 1, '[feature/unknown]: There is no feature "future_return_1h"'],
    ['a missing file', ['--csv', 'no-such.csv'], 1, '[file/unreadable]'],
    ['a symbol that is not there', ['--csv', 'two.csv', '--symbol', 'THREE'], 1, '[csv/symbol]'],
    ['too few candles', ['--csv', 'few.csv'], 1, '[dataset/empty]: UNKNOWN has 49 candles, and one row takes 50.'],
    ['too few for targets', ['--csv', 'more.csv', '--targets'], 1, 'has 97 candles, and one row takes 98.'],
    ['a folder that is not there', ['--out', 'no-such/data.csv'], 1, '[file/unwritable]'],
    ['a folder in the place of the file', ['--out', 'folder.csv'], 1, '[file/unwritable]'],
    ['a folder in the place of the names', ['--out', 'taken.npy'], 1, '[file/unwritable]'],
    ['to write over what it reads', ['--out', 'two.csv', '--csv', 'two.csv'], 1, 'it is one of the files to read'],
    ['several symbols for .npy', ['--csv', 'two.csv'], 1, '[csv/several-symbols]'],
  ])('refuses %s, says why and leaves no file', async (_, args, code, words) => {
    const place = await mkdtemp(join(folder, 'refusal-'))
    const header = 'timestamp,open,high,low,close,volume'
    await writeFile(join(place, 'twice.json'), '["rsi", "returns", "rsi"]')
    await writeFile(join(place, 'unknown.json'), '["rsii"]')
    await writeFile(join(place, 'target.json'), '["future_return_1h"]')
    await writeFile(join(place, 'few.csv'), [header, ...csvOf(candles.slice(0, 49))].join('\n'))
    await writeFile(join(place, 'more.csv'), [header, ...csvOf(candles.slice(0, 97))].join('\n'))
    for (const name of ['candles.csv', 'two.csv']) await writeFile(join(place, name), await readFile(at(name)))
    await mkdir(join(place, 'folder.csv', 'full'), { recursive: true })
    await mkdir(join(place, 'taken.columns.json', 'full'), { recursive: true })
    const before = await readdir(place)
    const placed = args.map((arg) => (/\.[a-z]+$/.test(arg) ? join(place, arg) : arg))
    const ended = await write(`${place.slice(folder.length + 1)}/data.npy`, ...placed)
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(words)
    expect(await readdir(place)).toEqual(before)
  })

  it('leaves the former file as it was when it is interrupted', async () => {
    const place = await mkdtemp(join(folder, 'interrupted-'))
    const long = join(place, 'long.csv')
    const many = new SimulatedMarket({ seed: 5 }).take(40_000)
    await writeFile(long, ['timestamp,open,high,low,close,volume', ...csvOf(many)].join('\n'))
    await writeFile(join(place, 'data.csv'), 'former')
    const args = ['features', '--csv', long, '--set', 'reference-221', '--out', join(place, 'data.csv')]
    const running: ChildProcess = spawn(process.execPath, [program, ...args], { stdio: 'ignore' })
    const ended = new Promise<number | null>((resolve) => running.once('exit', resolve))
    while ((await readdir(place)).length < 3) await new Promise((resolve) => setTimeout(resolve, 10))
    running.kill('SIGINT')
    expect(await ended).toBe(130)
    expect((await readdir(place)).sort()).toEqual(['data.csv', 'long.csv'])
    expect(await readFile(join(place, 'data.csv'), 'utf8')).toBe('former')
  })
})

/** A number as it is written. */
function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
