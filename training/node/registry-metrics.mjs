/** The figures of an evaluation by the names of a registry, those of the horizon that leads the model's signals. Reads and writes JSON. */
import { text } from 'node:stream/consumers'
import { registryMetrics } from '../../dist/evaluate/index.js'
import { outputParts, readPrediction } from '../../dist/signals/index.js'

/** `report` of `candlewick evaluate --json`, `outputLayout` and `classOrder` of the entry. */
const { report, outputLayout, classOrder } = JSON.parse(await text(process.stdin))
const spec = { ...outputLayout, classOrder }
// Which one leads is for the package to say: any answer in this layout names it.
const width = Math.max(...outputParts(spec).map(({ to }) => to))
const { name: horizon } = spec.horizons[readPrediction(new Float32Array(width), spec).mainHorizon]
process.stdout.write(JSON.stringify({ horizon, metrics: registryMetrics(report, horizon) }))
