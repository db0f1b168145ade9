/**
 * Writes ../golden/talib.json: values of TA-Lib (its C source, as built by the npm package `talib`) on the series
 * `walk`. Run `npm install talib@1.1.6` in an empty folder and give that folder as the argument.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const [place] = process.argv.slice(2)
if (place === undefined) throw new TypeError('Give the folder in which `npm install talib@1.1.6` was run.')
const require = createRequire(join(resolve(place), 'package.json'))
const talib = require('talib')
const { version } = require('talib/package.json')

const { candles } = JSON.parse(readFileSync(new URL('../golden/features/walk.json', import.meta.url), 'utf8'))
const { open, high, low, close, volume } = candles
const endIdx = close.length - 1
/** Late enough for every seed to be forgotten: (29 / 30)^700 is 5e-11. */
const bars = [700, 727, 750, 777, 800, 840, 888, 911, 950, 1000, 1024, 1050, 1077, 1099]
const returns = close.map((price, i) => (i === 0 ? 0 : Math.log(price / close[i - 1])))
const relativeRange = close.map((price, i) => (high[i] - low[i]) / price)

/** Outputs of one TA-Lib function, one value per bar. */
function run(name, options, inputs = { inReal: close }) {
  const output = talib.execute({ name, startIdx: 0, endIdx, ...inputs, ...options })
  if (output.error !== undefined) throw new Error(`${name}: ${output.error}`)
  return Object.fromEntries(
    Object.entries(output.result).map(([key, values]) => [key, bars.map((bar) => values[bar - output.begIndex])]),
  )
}

const prices = { open, high, low, close, volume }
const period = (length) => ({ optInTimePeriod: length })
/** TA-Lib's number of the simple mean and of the exponential one. */
const [simple, exponential] = [0, 1]

const calls = []
const call = (name, options, outputs, inputs) => {
  const result = run(name, options, inputs)
  for (const [output, label] of Object.entries(outputs)) {
    if (result[output] === undefined) throw new Error(`${name} has no output ${output}.`)
    calls.push({ name: label, call: name, options, output, values: result[output] })
  }
}

for (const n of [5, 10, 15, 20, 30, 45, 50, 60, 90, 100, 120, 200]) call('SMA', period(n), { outReal: `SMA ${n}` })
for (const n of [5, 10, 12, 15, 20, 26, 30, 45, 50, 60]) call('EMA', period(n), { outReal: `EMA ${n}` })
for (const n of [5, 7, 10, 14, 15, 21, 30]) call('RSI', period(n), { outReal: `RSI ${n}` })
for (const n of [14, 21]) call('ATR', period(n), { outReal: `ATR ${n}` }, prices)
call('NATR', period(14), { outReal: 'NATR 14' }, prices)
for (const n of [7, 14, 28]) call('ADX', period(n), { outReal: `ADX ${n}` }, prices)
call('PLUS_DI', period(14), { outReal: '+DI 14' }, prices)
call('MINUS_DI', period(14), { outReal: '-DI 14' }, prices)
call('ADXR', period(14), { outReal: 'ADXR 14' }, prices)
for (const n of [10, 20, 45, 90]) call('CCI', period(n), { outReal: `CCI ${n}` }, prices)
for (const n of [7, 14, 30, 60]) call('MFI', period(n), { outReal: `MFI ${n}` }, prices)
call('WILLR', period(14), { outReal: 'WILLR 14' }, prices)
call('ULTOSC', { optInTimePeriod1: 7, optInTimePeriod2: 14, optInTimePeriod3: 28 }, { outReal: 'ULTOSC' }, prices)
for (const n of [4, 10, 16, 96]) call('ROC', period(n), { outReal: `ROC ${n}` })
call('TRIX', period(15), { outReal: 'TRIX 15' })
call('KAMA', period(10), { outReal: 'KAMA 10' })
for (const n of [10, 20, 45]) {
  call('WMA', period(n), { outReal: `WMA ${n}` })
  call('DEMA', period(n), { outReal: `DEMA ${n}` })
  call('TEMA', period(n), { outReal: `TEMA ${n}` })
}
for (const n of [10, 20, 30, 45, 60, 90]) call('LINEARREG_SLOPE', period(n), { outReal: `slope ${n}` })
call(
  'MACD',
  { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 },
  {
    outMACD: 'MACD',
    outMACDSignal: 'MACD signal',
    outMACDHist: 'MACD histogram',
  },
)
call('PPO', { optInFastPeriod: 12, optInSlowPeriod: 26, optInMAType: exponential }, { outReal: 'PPO' })
call(
  'BBANDS',
  { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: simple },
  {
    outRealUpperBand: 'upper band',
    outRealMiddleBand: 'middle band',
    outRealLowerBand: 'lower band',
  },
)
for (const n of [5, 10, 14, 30, 45, 60, 90, 120])
  call(
    'STOCHF',
    { optInFastK_Period: n, optInFastD_Period: 3, optInFastD_MAType: simple },
    {
      outFastK: `%K ${n}`,
      ...(n === 14 ? { outFastD: '%D 14' } : {}),
    },
    prices,
  )
call('AROON', period(25), { outAroonDown: 'Aroon down', outAroonUp: 'Aroon up' }, prices)
for (const n of [10, 25, 50, 100]) call('AROONOSC', period(n), { outReal: `Aroon oscillator ${n}` }, prices)
for (const n of [20, 50, 100]) {
  call('MAX', period(n), { outReal: `highest ${n}` }, { inReal: high })
  call('MIN', period(n), { outReal: `lowest ${n}` }, { inReal: low })
}
call('MIDPRICE', period(26), { outReal: 'middle 26' }, prices)
call('AD', {}, { outReal: 'AD' }, prices)
call('BOP', {}, { outReal: 'balance of power' }, prices)
call('ADOSC', { optInFastPeriod: 3, optInSlowPeriod: 10 }, { outReal: 'ADOSC' }, prices)
call('EMA', period(10), { outReal: 'EMA 10 of volume' }, { inReal: volume })
call('SAR', { optInAcceleration: 0.02, optInMaximum: 0.2 }, { outReal: 'SAR' }, prices)
call('TYPPRICE', {}, { outReal: 'typical price' }, prices)
call('STDDEV', { ...period(20), optInNbDev: 1 }, { outReal: 'deviation 20 of log returns' }, { inReal: returns })
call('CORREL', period(20), { outReal: 'return-volume correlation 20' }, { inReal0: returns, inReal1: volume })
call('SMA', period(20), { outReal: 'mean relative range 20' }, { inReal: relativeRange })

/** As its ta_version.c says. */
const head = { source: `TA-Lib 0.6.0-dev, the C source in the npm package talib ${version}`, series: 'walk', bars }
const rows = calls.map((row) => `    ${JSON.stringify(row)}`)
writeFileSync(
  new URL('../golden/talib.json', import.meta.url),
  `${JSON.stringify(head).slice(0, -1)},\n  "rows": [\n${rows.join(',\n')}\n  ]\n}\n`,
)
