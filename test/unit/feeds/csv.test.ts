import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { readCsv, symbolOfFile, SimulatedMarket } from '../../../src/feeds/index.ts'

const head = 'timestamp,open,high,low,close,volume'
const rows = ['1704067200000,10,12,9,11,5', '1704068100000,11,13,10,12,6', '1704069000000,12,14,11,13,7']
const csv = (...lines: string[]): string => lines.join('\n')

function failure(text: string): unknown {
  try {
    readCsv(text)
  } catch (error) {
    return error
  }
  return undefined
}

describe('a CSV file', () => {
  it('becomes a checked series', () => {
    const [series] = readCsv(csv(head, ...rows, ''), { symbol: 'BTCUSDT' })
    expect(series).toMatchObject({ symbol: 'BTCUSDT', timeframe: '15m', length: 3 })
    expect(series!.at(1)).toEqual({
      time: 1704068100000,
      open: 11,
      high: 13,
      low: 10,
      close: 12,
      volume: 6,
      turnover: 72,
    })
  })

  it('is read whatever the order of columns, line ends, byte-order mark, quotes, spaces and extra columns', () => {
    const text =
      '\uFEFFVolume, close ,low,high,open,Timestamp,note\r\n5,11,9,12,10,"2024-01-01T00:00:00Z",x\r\n6,12,10,13,11,2024-01-01 00:15,y\r\n'
    expect(readCsv(text)[0]!.slice()).toEqual(readCsv(csv(head, ...rows.slice(0, 2)))[0]!.slice())
  })

  it('takes the turnover where there is one', () => {
    const [series] = readCsv(csv(`${head},turnover`, `${rows[0]},54.5`, `${rows[1]},`))
    expect([...series!.columns.turnover]).toEqual([54.5, 72])
  })

  it('names its market where it has no column for it', () => {
    for (const name of ['BTCUSDT-15m.csv.gz', 'BTCUSDT-15m.CSV', 'BTCUSDT-15m.gz', 'BTCUSDT-15m'])
      expect(symbolOfFile(name)).toBe('BTCUSDT-15m')
    expect(symbolOfFile('.csv.gz')).toBeUndefined()
    expect(symbolOfFile('a.csv.b.csv')).toBe('a.csv.b')
  })

  it('gives one series for each symbol, in order of appearance', () => {
    const text = csv(`${head},symbol`, `${rows[0]},ETH`, `${rows[0]},BTC`, `${rows[1]},ETH`, `${rows[1]},BTC`)
    expect(readCsv(text).map((series) => [series.symbol, series.length])).toEqual([
      ['ETH', 2],
      ['BTC', 2],
    ])
  })

  it.each<[string, string, number, string]>([
    ['has no header', csv(...rows), 1, 'timestamp'],
    ['lacks a column', csv('timestamp,open,high,low,close', '1,2,3,4,5'), 1, 'volume'],
    ['names a column twice', csv(`${head},close`, `${rows[0]},1`), 1, 'close'],
    ['is empty', '', 1, 'timestamp'],
    ['has only a header', head, 1, 'timestamp'],
    ['has a word for a price', csv(head, rows[0]!, '1704068100000,11,abc,10,12,6'), 3, 'high'],
    ['has an empty price', csv(head, rows[0]!, '1704068100000,11,13,10,,6'), 3, 'close'],
    ['has a price in hexadecimal', csv(head, '1704067200000,0x10,12,9,11,5', rows[1]!), 2, 'open'],
    ['has a time in seconds', csv(head, '1704067200,10,12,9,11,5', rows[1]!), 2, 'timestamp'],
    ['has a day that does not exist', csv(head, '2024-13-01,10,12,9,11,5', rows[1]!), 2, 'timestamp'],
    ['has a short row', csv(head, rows[0]!, '1704068100000,11,13'), 3, 'row'],
    ['has a high below the close', csv(head, rows[0]!, '1704068100000,11,11.5,10,12,6'), 3, 'high'],
    ['has a negative volume', csv(head, rows[0]!, '1704068100000,11,13,10,12,-6'), 3, 'volume'],
    ['has a gap', csv(head, rows[0]!, rows[1]!, '1704070800000,13,14,12,13,7'), 4, 'timestamp'],
    ['goes back in time', csv(head, rows[1]!, rows[0]!, rows[2]!), 3, 'timestamp'],
    ['has a broken quote', csv(head, rows[0]!, '"1704068100000,11,13,10,12,6'), 3, 'row'],
    ['has an empty line before the mistake', csv(head, rows[0]!, '', '1704068100000,x,13,10,12,6'), 4, 'open'],
    [
      'has a line break inside quotes before it',
      csv(`${head},note`, `${rows[0]},"a\nb"`, '1704068100000,x,13,10,12,6,c'),
      4,
      'open',
    ],
  ])('that %s is refused with line and column', (_, text, line, column) => {
    expect(failure(text)).toMatchObject({ code: 'csv/invalid', details: { line, column } })
  })

  it('with missing bars is filled flat when asked', () => {
    const [series] = readCsv(csv(head, rows[0]!, rows[1]!, '1704070800000,13,14,12,13,7'), { gaps: 'flat' })
    expect(series).toMatchObject({ length: 5, filled: 2 })
    expect(series!.at(2)).toMatchObject({ open: 12, close: 12, volume: 0 })
  })

  it('of any text gives candles or a typed error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => csv(head, rows[0]!, text)),
        ),
        (text) => {
          const error = failure(text)
          expect(error === undefined || isCandlewickError(error, 'csv/invalid')).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('written from candles reads back the same', () => {
    const candles = new SimulatedMarket({ seed: 5 }).take(200)
    const text = csv(head, ...candles.map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume].join(',')))
    const [series] = readCsv(text)
    expect(series!.slice()).toEqual(candles.map((c) => ({ ...c, turnover: c.close * c.volume })))
  })
})
