/**
 * Measures features: per bar in batch, candle by candle and of a forming candle, memory, and the same fourteen indicators by
 * other libraries in the same run. `npm run bench:features -- [candles.csv[.gz]]`; without a file, on a simulated market.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { featureSets, FeatureStream } from 'candlewick/features'
import { readCsv, SimulatedMarket } from 'candlewick/feeds'
import { contestants, inputsOf } from './features-basket.mjs'

const rounds = 7
/** Rounds against other libraries: many and short, because a machine shared with others has good and bad moments. */
const duels = 31
const peeks = 2000
const file = process.argv[2]

function load() {
  if (file === undefined) {
    const market = new SimulatedMarket()
    const lines = market.take(46_656).map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume].join(','))
    return readCsv(['timestamp,open,high,low,close,volume', ...lines].join('\n'), market)[0]
  }
  const bytes = readFileSync(file)
  return readCsv((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), { gaps: 'flat' })[0]
}

/** The value that a share of all values lies below. */
const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.round((values.length - 1) * share)]
const median = (values) => quantile(values, 0.5)

/**
 * CPU time of all works in µs per bar, round by round in turn, so that a slow moment of the machine meets all. CPU time,
 * because others may be at work; that of the garbage collector's threads counts. Each round begins with another work, so
 * that none always inherits the same one's garbage. What a work returns is held until its next turn: nobody's results are
 * for nothing, and nobody's objects all die between rounds, which would make the compiler forget them. The first rounds
 * warm up.
 */
function measure(works, bars, count = rounds, warmup = 1) {
  const times = works.map(() => [])
  const held = []
  for (let round = -warmup; round < count; round++)
    for (let turn = 0; turn < works.length; turn++) {
      const k = (turn + round + warmup) % works.length
      const start = process.cpuUsage()
      held[k] = works[k]()
      const { user, system } = process.cpuUsage(start)
      if (round >= 0) times[k].push((user + system) / bars)
    }
  return times
}

const series = load()
const { columns } = series
const candles = series.slice()
/** One row of the table of sets. */
function measureSet([name, ids]) {
  const out = new Float64Array(columns.length * ids.length)
  const [batch, push] = measure(
    [
      () => {
        const stream = new FeatureStream(ids)
        stream.advance(columns, 0, columns.length, out)
        return stream
      },
      () => {
        const stream = new FeatureStream(ids)
        for (const candle of candles) stream.push(candle)
        return stream
      },
    ],
    columns.length,
  )
  const stream = new FeatureStream(ids)
  stream.advance(columns, 0, columns.length - peeks)
  const [peek] = measure(
    [
      () => {
        for (let i = columns.length - peeks; i < columns.length; i++) stream.peek(candles[i])
      },
    ],
    peeks,
  )
  const heap = JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--expose-gc',
        '--min-semi-space-size=64',
        fileURLToPath(new URL('features-heap.mjs', import.meta.url)),
        ids.join(','),
      ],
      { encoding: 'utf8' },
    ),
  )
  return {
    set: name,
    features: ids.length,
    'batch µs/bar': median(batch).toFixed(2),
    'push µs/bar': median(push).toFixed(2),
    'peek µs': median(peek).toFixed(2),
    'state kB': (stream.stateBytes / 1024).toFixed(1),
    'warm-up bars': stream.warmup,
    'garbage, B/push': heap.garbage.toFixed(0),
    'heap growth, B per 100,000 pushes': heap.growth,
  }
}

/** Outputs whose last values differ from ours by more than a millionth. */
function differences(values, truth) {
  return Object.keys(truth).filter(
    (name) => values[name] !== undefined && !(Math.abs(values[name] - truth[name]) <= 1e-6 * Math.abs(truth[name])),
  )
}

/** Rows of the table of libraries, for `batch` or `stream`: each against ours alone, so that no third one's garbage counts. */
function compare(mode) {
  const inputs = inputsOf(candles, columns)
  const peers = contestants.filter((contestant) => contestant[mode] !== undefined && contestant.against !== undefined)
  return peers.map((peer) => {
    const mine = contestants.find((one) => one.name === peer.against)
    const works = [mine, peer].map((contestant) => () => contestant[mode](inputs))
    const [ours, theirs] = measure(works, columns.length, duels, 3)
    const ratios = theirs.map((time, round) => time / ours[round])
    const [least, low, middle, high] = [0, 0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2))
    return {
      library: peer.name,
      mode,
      'µs/bar': median(theirs).toFixed(3),
      'ours, µs/bar': median(ours).toFixed(3),
      'times ours, median': middle,
      'least; quartiles': `${least}; ${low}-${high}`,
      'last values that differ from ours': differences(peer[mode](inputs)(), mine[mode](inputs)()).join(' '),
    }
  })
}

/** A table in Markdown. */
function print(rows) {
  const names = Object.keys(rows[0])
  const line = (cells) => `| ${cells.join(' | ')} |`
  console.log([line(names), line(names.map(() => '---')), ...rows.map((row) => line(Object.values(row)))].join('\n'))
}

const [{ model }] = cpus()
console.log(
  `${model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB; Node ${process.version}; ` +
    `${columns.length} bars ${file === undefined ? '(simulated)' : `of ${file}`}; CPU time, medians of ${rounds} rounds in turn, ${duels} against each other library\n`,
)
print(Object.entries(featureSets).map(measureSet))
console.log('\nSMA20 EMA20 RSI14 MACD BB20 ATR14 ADX14 STOCH14 CCI20 MFI14 OBV W%R14 ROC10 max/min100')
print([...compare('batch'), ...compare('stream')])
console.log()
