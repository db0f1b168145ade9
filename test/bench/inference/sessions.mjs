/** The part of a start that depends on the model alone, in processor time: waiting for others does not count in it. */
import { cpuUsage } from 'node:process'
import * as ort from 'onnxruntime-web/wasm'
import { median } from '../registry/figures.mjs'

function processorMs() {
  const { user, system } = cpuUsage()
  return (user + system) / 1000
}

/** A session of the model and its first answer, as a fresh page makes them. */
async function open(model) {
  const began = processorMs()
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  })
  const created = processorMs()
  const window = new ort.Tensor('float32', new Float32Array(96 * 240).fill(0.5), [1, 96, 240])
  await session.run({ x: window })
  const answered = processorMs()
  await session.release()
  return { session: created - began, firstRun: answered - created, both: answered - began }
}

/** Forms in turn, so that each meets the same machine. The runtime has been started and its code compiled by a round before. */
export async function sessionsInNode({ forms, rounds }) {
  ort.env.wasm.numThreads = 1
  const samples = Object.fromEntries(Object.keys(forms).map((form) => [form, []]))
  for (let round = 0; round <= rounds; round++)
    for (const [form, model] of Object.entries(forms)) {
      const sample = await open(model)
      if (round > 0) samples[form].push(sample)
    }
  const middle = (form, part) => median(samples[form].map((sample) => sample[part]))
  const rows = Object.keys(forms).map((form) => ({
    form,
    'model, MB': Number((forms[form].length / 1e6).toFixed(1)),
    'session, ms': Number(middle(form, 'session').toFixed(1)),
    'first run, ms': Number(middle(form, 'firstRun').toFixed(1)),
    'both x plain': Number((middle(form, 'both') / middle('plain', 'both')).toFixed(2)),
  }))
  return { rows, notes: ['Processor time of this process, medians.'] }
}
