/** Where candles come from: `candlewick/feeds`. */
export { type CsvOptions, readCsv } from './csv.ts'
export { SimulatedMarket, type SimulationOptions } from './simulated.ts'
