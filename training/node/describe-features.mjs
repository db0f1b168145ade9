/** Names the features of a set, the fingerprint of their formulas, and the targets. Reads and writes JSON. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { featureSets, fingerprintOf, targetHorizon, targetNames } from '../../dist/features/index.js'

const { set } = JSON.parse(await text(process.stdin))
const ids = featureSets[set] ?? JSON.parse(await readFile(set, 'utf8'))
const { hash } = await fingerprintOf(ids)
process.stdout.write(`${JSON.stringify({ ids, hash, targetNames, targetHorizon })}\n`)
