import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import Papa from 'papaparse'
import { beforeEach, describe, expect, it } from 'vitest'

import { type ExportProgress, MemoryLogStore, PredictionLog, type PredictionRow } from '../../../src/monitor/index.ts'
import { barMs, horizon, row, settledRow, start } from '../../contract/prediction-rows.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

let log: PredictionLog
beforeEach(() => {
  const clock = { now: () => start, sleep: () => new Promise<void>(() => undefined) }
  log = new PredictionLog(new MemoryLogStore(), { onProblem: (problem) => expect.fail(problem.kind), clock })
})

const bytesOf = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<ArrayBuffer> =>
  new Response(stream).arrayBuffer()
const textOf = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> => new Response(stream).text()

/** Rows with everything that is hard to write. */
const hard: readonly PredictionRow[] = [
  row(0, {
    confidence: -0,
    closePrice: 5e-324,
    stopLoss: 1.7976931348623157e308,
    reason: 'a "quoted", two-line\ntext',
    rejections: [{ rule: 'minReturn', value: -0.001, threshold: 0.0015 }],
    horizons: [
      horizon(start, {
        outcome: 'known',
        actualReturn: -0.25,
        actualDirection: 'SHORT',
        returnError: 0.1,
        correct: false,
      }),
    ],
  }),
  settledRow(1, { symbol: '=1+1', experiment: '@SUM(A1)', reason: '-2+3', backend: '+x', side: null, status: 'error' }),
  settledRow(2, {
    features: null,
    outputs: null,
    risk: null,
    epoch: null,
    closePrice: null,
    confidence: null,
    side: null,
  }),
  row(3, { horizons: [horizon(start + 9, { name: '4h', bars: 16 }), horizon(start + 8, { name: '1h', bars: 4 })] }),
]

type Cells = Record<string, string | number | boolean | bigint | null>

/** What a table must have in the cells of a row, by the names of its columns. */
function expectedCells(given: PredictionRow): Cells {
  const cells: Cells = {
    id: given.id,
    symbol: given.symbol,
    barTime: given.barTime,
    epoch: given.epoch,
    reason: given.reason,
    experiment: given.experiment,
    confidence: given.confidence,
    closePrice: given.closePrice,
    stopLoss: given.stopLoss,
    rejections: JSON.stringify(given.rejections),
    featureMean: given.features?.mean ?? null,
    featureBars: given.features?.bars ?? null,
    feature_rsi_14: given.features?.named['rsi_14'] ?? null,
    risk_maxRally1h: given.risk?.['maxRally1h'] ?? null,
    output_0: given.outputs?.[0] ?? null,
    output_2: given.outputs?.[2] ?? null,
    inferenceMs: given.timings.inferenceMs,
  }
  for (const name of ['15m', '1h', '4h']) {
    const found = given.horizons.find((one) => one.name === name)
    cells[`dueAt_${name}`] = found?.dueAt ?? null
    cells[`probabilityShort_${name}`] = found?.probabilities?.SHORT ?? null
    cells[`actualReturn_${name}`] = found?.actualReturn ?? null
    cells[`actualDirection_${name}`] = found?.actualDirection ?? null
    cells[`correct_${name}`] = found?.correct ?? null
  }
  return cells
}

describe('An export as JSON Lines', () => {
  it('has everything, and reads back to the same', async () => {
    for (const given of hard) log.append(given)
    const lines = (await textOf(log.export({ format: 'jsonl' }))).trimEnd().split('\n')
    const floats = (list: unknown): Float32Array | null => (list === null ? null : Float32Array.from(list as number[]))
    const read = lines.map((line): unknown => {
      const parsed = JSON.parse(line) as PredictionRow
      const features = parsed.features === null ? null : { ...parsed.features, last: floats(parsed.features.last) }
      return { ...parsed, features, outputs: floats(parsed.outputs) }
    })
    // JSON knows no minus zero.
    expect(read).toEqual(
      hard.map((given) => ({
        ...given,
        confidence: given.confidence === 0 ? 0 : given.confidence,
        features: given.features && { ...given.features, last: new Float32Array([0.1, 0]) },
      })),
    )
  })
})

describe('An export as CSV', () => {
  const parse = (text: string): Cells[] => Papa.parse<Cells>(text, { header: true, skipEmptyLines: true }).data

  it('reads back to the same numbers and texts, with empty fields for what is not known', async () => {
    for (const given of hard) log.append(given)
    const read = parse(await textOf(log.export({ format: 'csv' })))
    expect(read).toHaveLength(hard.length)
    for (const [i, given] of hard.entries())
      for (const [name, expected] of Object.entries(expectedCells(given))) {
        const cell = read[i]![name]
        if (expected === null) expect(cell, name).toBe('')
        else if (typeof expected === 'number') expect(Number(cell), name).toBe(expected)
        else if (typeof expected === 'string' && /^[=+\-@]/.test(expected)) expect(cell, name).toBe(`'${expected}`)
        else expect(cell, name).toBe(String(expected))
      }
  })

  it('has no field that a spreadsheet would run, and keeps negative numbers numbers', async () => {
    for (const given of hard) log.append(given)
    const read = parse(await textOf(log.export({ format: 'csv' })))
    const risky = read.flatMap((cells) => Object.values(cells) as string[]).filter((cell) => /^[=+\-@\t\r]/.test(cell))
    expect(risky.length).toBeGreaterThan(0)
    expect(risky.filter((cell) => Number.isNaN(Number(cell)))).toEqual([])
  })

  it('names every horizon, the shortest first, and has a header without rows too', async () => {
    expect((await textOf(log.export({ format: 'csv' }))).trimEnd().split('\n')).toHaveLength(1)
    for (const given of hard) log.append(given)
    const [header] = (await textOf(log.export({ format: 'csv' }))).split('\n', 1)
    expect(header!.split(',').filter((name) => name.startsWith('dueAt_'))).toEqual([
      'dueAt_15m',
      'dueAt_1h',
      'dueAt_4h',
    ])
  })
})

describe('An export as Parquet', () => {
  it('reads back to the very same values, nulls included', async () => {
    for (const given of hard) log.append(given)
    const read = (await parquetReadObjects({ file: await bytesOf(log.export({ format: 'parquet' })) })) as Cells[]
    expect(read).toHaveLength(hard.length)
    for (const [i, given] of hard.entries())
      for (const [name, expected] of Object.entries(expectedCells(given))) {
        const cell = read[i]![name]
        expect(typeof cell === 'bigint' ? Number(cell) : (cell ?? null), `${name} of row ${i}`).toBe(expected)
      }
  })

  it('has a row group for each block, so that neither writing nor reading needs the whole', async () => {
    for (const bar of range(0, 2500)) log.append(settledRow(bar))
    const file = await bytesOf(log.export({ format: 'parquet' }))
    const { row_groups: groups } = await parquetMetadataAsync(file)
    expect(groups.map(({ num_rows: rows }) => Number(rows))).toEqual([1024, 1024, 452])
    const read = await parquetReadObjects({ file, columns: ['barTime'] })
    expect(read.map((cells) => Number(cells['barTime']))).toEqual(range(0, 2500).map((bar) => start + bar * barMs))
  })

  it('keeps the sign of zero, however often numbers repeat', async () => {
    for (const bar of range(0, 200)) log.append(settledRow(bar, { confidence: bar % 2 === 0 ? 0 : -0 }))
    const read = await parquetReadObjects({ file: await bytesOf(log.export({ format: 'parquet' })) })
    for (const [bar, cells] of read.entries()) expect(cells['confidence']).toBe(bar % 2 === 0 ? 0 : -0)
  })

  it('can be read without rows', async () => {
    expect(await parquetReadObjects({ file: await bytesOf(log.export({ format: 'parquet' })) })).toEqual([])
  })
})

describe.each(['jsonl', 'csv', 'parquet'] as const)('An export as %s', (format) => {
  it('says how far it is', async () => {
    for (const bar of range(0, 1500)) log.append(settledRow(bar))
    const seen: ExportProgress[] = []
    const { byteLength } = await bytesOf(log.export({ format, onProgress: (progress) => void seen.push(progress) }))
    const total = format === 'jsonl' ? 0 : 1500
    expect(seen.at(-1)).toEqual({ rows: 1500, total, bytes: byteLength })
    expect(seen.map(({ rows }) => rows)).toEqual([0, 1024, 1500, 1500])
  })

  it('writes the rows of its query as they were when it began', async () => {
    for (const bar of range(0, 1500)) log.append(settledRow(bar, { symbol: bar % 2 === 0 ? 'A' : 'B' }))
    const reader = log.export({ format, symbol: 'A', order: 'desc', limit: 700 }).getReader()
    const first = await reader.read()
    for (const bar of range(2000, 2010)) log.append(row(bar, { symbol: 'A', horizons: [horizon(1, { name: 'new' })] }))
    await log.flush()
    const pieces = [first.value!]
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) pieces.push(piece.value)
    const bytes = await new Blob(pieces).arrayBuffer()
    const text = new TextDecoder().decode(bytes)
    const count =
      format === 'parquet'
        ? (await parquetReadObjects({ file: bytes })).length
        : text.trimEnd().split('\n').length - Number(format === 'csv')
    expect(count).toBe(700)
    expect(text).not.toContain(String(start + 2000 * barMs))
  })

  it('ends when its signal aborts, or nobody reads any more', async () => {
    for (const bar of range(0, 2200)) log.append(settledRow(bar))
    const controller = new AbortController()
    const reason = new Error('enough')
    const stopped = log.export({
      format,
      signal: controller.signal,
      onProgress: ({ rows }) => rows > 0 && controller.abort(reason),
    })
    await expect(bytesOf(stopped)).rejects.toBe(reason)
    const seen: number[] = []
    const reader = log.export({ format, onProgress: ({ rows }) => void seen.push(rows) }).getReader()
    while (seen.at(-1) !== 1024) await reader.read()
    await reader.cancel()
    await log.flush()
    expect(seen.at(-1)).toBe(1024)
  })
})
