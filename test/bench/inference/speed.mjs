/** Time of a run: every form of the network on every runtime, in turns. */
import * as ort from 'onnxruntime-web/wasm'
import { launch } from '../registry/bed.mjs'
import { script, serve, shell } from './bed.mjs'
import { duels, largestDifference, plans } from './duel.mjs'
import { nativeRuntime } from './native.mjs'
import { torchExport } from './torch.mjs'

const names = ['plain', 'fp32', 'fp16', 'int8']
const base = 'plain'

/** The operations of a graph, each as often as it stands there. */
const operations = (kit, model) =>
  kit
    .decodeModel(model)
    .graph.node.map(({ opType }) => opType)
    .sort()
    .join(' ')

/** Adds PyTorch's own export to the subjects, and holds ours of the same weights against it. */
async function addTorch(kit, workshop) {
  const torch = await torchExport()
  if (torch.reason !== undefined) return { proof: `PyTorch's own export is left out: ${torch.reason}` }
  const ours = kit.plainExport(kit.readSafetensors(torch.weights))
  await workshop.addModel('plain by torch', torch.model, ort, 'wasm')
  await workshop.addModel('ours of its weights', ours, ort, 'wasm')
  const [theirs, own] = [await workshop.answer('plain by torch', 4), await workshop.answer('ours of its weights', 4)]
  const same = operations(kit, torch.model) === operations(kit, ours) ? 'the same' : 'OTHER'
  const proof = `PyTorch ${torch.version} writes ${same} operations as "plain"; largest difference of outputs ${largestDifference(theirs, own)}`
  return { name: 'plain by torch', proof }
}

async function addNative(forms, workshop) {
  const { ort: native, reason } = await nativeRuntime()
  if (reason !== undefined) return { added: [], said: `Native ONNX Runtime is left out: ${reason}` }
  const added = []
  for (const form of ['plain', 'fp32', 'int8']) {
    await workshop.addModel(`native ${form}`, forms[form], native, 'cpu')
    added.push(`native ${form}`)
  }
  return { added, said: `Native ONNX Runtime ${native.env.versions.node}, 1 thread` }
}

async function differences(subjects, answer) {
  const expected = await answer(subjects[0])
  const found = {}
  for (const name of subjects) found[name] = largestDifference(expected, await answer(name))
  return found
}

/** In this process, one thread. */
export async function speedInNode({ kit, forms, rounds }) {
  ort.env.wasm.numThreads = 1
  ort.env.logLevel = 'error'
  const workshop = new kit.Workshop()
  for (const name of names) await workshop.addModel(name, forms[name], ort, 'wasm')
  await workshop.addTfjs('tfjs', kit.sampleWeights())
  const torch = await addTorch(kit, workshop)
  const { added, said } = await addNative(forms, workshop)
  const all = [...names, 'tfjs', ...added]
  const agreement = await differences(all, (name) => workshop.answer(name, 4))
  if (torch.name !== undefined) all.push(torch.name)
  const subjects = all.map((name) => ({ name, time: (batch, runs) => workshop.time(name, batch, runs) }))
  return { rows: await duels(subjects, base, rounds), agreement, notes: [torch.proof, said] }
}

/** A page whose threads hold the forms. */
export async function openThreads(forms, args = []) {
  const models = Object.entries(forms).map(([name, bytes]) => [`/forms/${name}.onnx`, bytes])
  const scripts = ['page', 'wasm.worker', 'webgpu.worker'].map(async (name) => [`/${name}.js`, await script(name)])
  const files = Object.fromEntries([['/', shell('/page.js')], ...models, ...(await Promise.all(scripts))])
  const server = await serve(files)
  const { context, version, close } = await launch('chromium', args)
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(error))
  await page.goto(`${server.origin}/`)
  await page.waitForFunction(() => 'threads' in window)
  const open = (name, options) => page.evaluate(([n, o]) => window.threads.open(n, o), [name, options])
  const subject = (thread, form, name = form) => ({
    name,
    time: (batch, runs) =>
      page.evaluate(([t, f, b, r]) => window.threads.time(t, f, b, r), [thread, form, batch, runs]),
    answer: (batch) => page.evaluate(([t, f, b]) => window.threads.answer(t, f, b), [thread, form, batch]),
  })
  const end = async () => {
    await close()
    server.close()
  }
  return { page, version, open, subject, close: end }
}

/** In Chromium: one thread, and two. */
export async function speedInChromium({ forms, rounds }) {
  const bed = await openThreads(forms)
  try {
    await bed.open('one', { script: '/wasm.worker.js', forms: names, tfjs: true })
    await bed.open('two', { script: '/wasm.worker.js', forms: names, threads: 2 })
    const subjects = [
      ...[...names, 'tfjs'].map((form) => bed.subject('one', form)),
      ...names.map((form) => bed.subject('two', form, `${form}, 2 threads`)),
    ]
    const byName = new Map(subjects.map((subject) => [subject.name, subject]))
    const agreement = await differences([...byName.keys()], (name) => byName.get(name).answer(4))
    return { version: bed.version, rows: await duels(subjects, base, rounds), agreement }
  } finally {
    await bed.close()
  }
}

const gpuArgs = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist']
const softwareArgs = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

/** On whatever WebGPU gives. A software adapter only proves that the way is open: its figures say nothing else. */
export async function speedOnGpu({ forms, rounds }) {
  for (const args of [gpuArgs, softwareArgs]) {
    const bed = await openThreads(forms, args)
    try {
      const adapter = await bed.page.evaluate(() => window.threads.adapter())
      if (adapter === undefined) continue
      const software = /swiftshader|llvmpipe|lavapipe/i.test(Object.values(adapter).join(' '))
      const opened = await bed.open('gpu', { script: '/webgpu.worker.js', forms: ['plain', 'fp32', 'fp16'] })
      await bed.open('cpu', { script: '/wasm.worker.js', forms: ['plain', 'fp32', 'int8'] })
      const subjects = [
        ...['plain', 'fp32', 'int8'].map((form) => bed.subject('cpu', form)),
        ...['plain', 'fp32', 'fp16'].map((form) => bed.subject('gpu', form, `${form}, WebGPU`)),
      ]
      const byName = new Map(subjects.map((subject) => [subject.name, subject]))
      const agreement = await differences([...byName.keys()], (name) => byName.get(name).answer(1))
      const wanted = software ? [{ batch: 1, warmup: 1, runs: 1 }] : plans
      const rows = await duels(subjects, base, software ? 2 : rounds, wanted)
      return { version: bed.version, adapter, software, openedMs: opened.map(Math.round), agreement, rows }
    } finally {
      await bed.close()
    }
  }
  return { reason: 'Chromium offers no WebGPU adapter here' }
}
