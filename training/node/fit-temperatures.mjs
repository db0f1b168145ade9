/** Fits a temperature for each horizon with the package's own function. Reads and writes JSON. */
import { text } from 'node:stream/consumers'
import { fitTemperature } from '../../dist/signals/index.js'

/** `horizons[h]` is a list of `[probabilities in class order, number of the class that came]`. */
const { classOrder, horizons } = JSON.parse(await text(process.stdin))
const answered = ([values, actual]) => ({
  probabilities: Object.fromEntries(classOrder.map((side, at) => [side, values[at]])),
  actual: classOrder[actual],
})
process.stdout.write(
  `${JSON.stringify({ temperatures: horizons.map((answers) => fitTemperature(answers.map(answered))) })}\n`,
)
