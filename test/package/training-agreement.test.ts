import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type EvaluationReport, type HorizonReport, registryMetrics } from '../../src/evaluate/index.ts'
import type { ModelEntry } from '../../src/registry/index.ts'
import { candlewick, program } from './program.ts'

const bundle = new URL('../../training/bundle/', import.meta.url)
const manifestPath = fileURLToPath(new URL('manifest.json', bundle))
const candles = ['BTCUSDT', 'ETHUSDT'].map((symbol) =>
  fileURLToPath(new URL(`../../../shared/data/${symbol}-15m.csv.gz`, import.meta.url)),
)

/** What no figure may differ by. */
const tolerance = 1e-4

/** Parts of a horizon that the recipe in Python reports as well. */
const parts = ['n', 'from', 'to', 'metrics', 'classification', 'calibration', 'symbols', 'stability'] as const

type Figures = Readonly<Record<string, unknown>>

/** What `training` found, in Python. */
interface Measured {
  readonly test: {
    readonly n: number
    readonly report: Readonly<Record<string, Figures>>
    readonly figures: { readonly model: Readonly<Record<string, Figures>> }
  }
  readonly agreement: Readonly<Record<string, { readonly figures: number; readonly largestDifference: number }>>
}

type Evaluated = Omit<EvaluationReport, 'evalSetId'> & { readonly evalSetId: string }

async function published<Content>(name: string): Promise<Content> {
  return JSON.parse(await readFile(new URL(name, bundle), 'utf8')) as Content
}

async function publishedModels(): Promise<readonly ModelEntry[]> {
  const { payload } = await published<{ readonly payload: string }>('manifest.json')
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { models: readonly ModelEntry[] }).models
}

const evaluationOf = ({ artifact }: ModelEntry): string =>
  artifact.precision === 'fp16' ? 'evaluation.json' : `evaluation.${artifact.precision}.json`

/** Every number of the first, by its path, beside what the second has there. Names of classes and symbols are no figures. */
function* pairs(one: unknown, other: unknown, path: string): Generator<readonly [string, unknown, unknown]> {
  if (typeof one === 'string') return
  if (typeof one !== 'object' || one === null) {
    yield [path, one, other]
    return
  }
  const others = (typeof other === 'object' && other !== null ? other : {}) as Figures
  for (const [name, value] of Object.entries(one)) yield* pairs(value, others[name], `${path}.${name}`)
}

/** The figures that differ, and how many were compared. */
function compared(one: unknown, other: unknown, path: string): { readonly count: number; readonly wrong: string[] } {
  const all = [...pairs(one, other, path)]
  const wrong = all.filter(([, a, b]) => {
    if (a === null) return b !== null
    return !(typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= tolerance)
  })
  return { count: all.length, wrong: wrong.map(([name, a, b]) => `${name}: ${String(a)}, ${String(b)}`) }
}

/** Holds a report of the package against figures of Python, both ways, so that neither may lack one. */
function expectAgreement(report: EvaluationReport, { test }: Measured): void {
  expect(report.horizons.map(({ name }) => name)).toEqual(Object.keys(test.report))
  let figures = 0
  for (const horizon of report.horizons) {
    const own = test.report[horizon.name]!
    const told: Figures = Object.fromEntries(parts.map((part) => [part, horizon[part]]))
    expect(horizon).toMatchObject({ n: test.n, pending: 0 })
    const found = compared(told, own, horizon.name)
    expect(found.wrong).toEqual([])
    expect(compared(own, told, horizon.name).wrong).toEqual([])
    expect(compared(horizon.metrics, test.figures.model[horizon.name], horizon.name).wrong).toEqual([])
    figures += found.count
  }
  expect(figures).toBeGreaterThan(1000)
}

/** The horizon that leads the signals of this layout: the longer of the two in the middle. */
const main = '4h'

describe('the published model and what is said of it', () => {
  it("agrees with Python's evaluation in every figure of the report that lies beside it", async () => {
    expectAgreement(await published<Evaluated>('evaluation.json'), await published<Measured>('metrics.json'))
  })

  it('has the metrics of its own evaluation in the manifest, by the names of a registry, for each file', async () => {
    const models = await publishedModels()
    expect(models.map(({ artifact }) => artifact.precision)).toEqual(['fp16', 'int8'])
    for (const model of models) {
      const report = await published<Evaluated>(evaluationOf(model))
      expect(report.model).toBe(`${model.name}_v${model.version}`)
      expect(model.metrics).toMatchObject(registryMetrics(report, main))
      expect(model.metrics).toMatchObject({
        ic_mean: expect.any(Number) as number,
        ic_std: expect.any(Number) as number,
      })
      for (const { name, metrics } of report.horizons)
        expect(model.metrics).toMatchObject({
          [`${name}.rankIc`]: metrics['rankIc'],
          [`${name}.macroF1`]: metrics['macroF1'],
        })
      expect(model.evalSetId).toBe(report.evalSetId)
      expect(report.evalSetId).toMatch(/^set-[0-9a-f]{16}$/)
    }
  })

  it('tells in its card how well both evaluations agree', async () => {
    const { agreement } = await published<Measured>('metrics.json')
    const card = await readFile(new URL('MODEL-CARD.md', bundle), 'utf8')
    for (const [precision, { figures, largestDifference }] of Object.entries(agreement)) {
      expect(largestDifference).toBeLessThan(tolerance)
      expect(card).toMatch(new RegExp(`^- ${precision}: .* agree to \\S+ in all ${figures} figures\\.$`, 'm'))
    }
  })
})

const missing = [...candles, program].filter((path) => !existsSync(path))

describe.skipIf(missing.length > 0)(
  `the package's evaluation of the published model${missing.length === 0 ? '' : ` (skipped: ${missing[0]} is missing)`}`,
  () => {
    async function evaluated(model: ModelEntry, { from, to }: Pick<HorizonReport, 'from' | 'to'>): Promise<Evaluated> {
      const files = candles.flatMap((path) => ['--csv', path])
      // The bar after the last one: what comes later is looked at for outcomes alone.
      const window = ['--from', String(from), '--to', String(to! + 900_000)]
      const which = ['--manifest', manifestPath, '--model', `${model.name}_v${model.version}`]
      const quick = ['--resamples', '0', '--no-baselines', '--noise', '0', '--json']
      const ended = await candlewick('evaluate', ...files, ...which, ...window, ...quick)
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      return JSON.parse(ended.stdout) as Evaluated
    }

    it("equals Python's on the bars of the test period, in every figure", async () => {
      const [model] = await publishedModels()
      const told = await published<Evaluated>('evaluation.json')
      const report = await evaluated(model!, told.horizons[0]!)
      expectAgreement(report, await published<Measured>('metrics.json'))
      expect(report.evalSetId).toBe(told.evalSetId)
    }, 60_000)

    it('is what was published with the int8 file', async () => {
      const model = (await publishedModels()).find(({ artifact }) => artifact.precision === 'int8')!
      const told = await published<Evaluated>(evaluationOf(model))
      const report = await evaluated(model, told.horizons[0]!)
      for (const [at, horizon] of told.horizons.entries())
        for (const part of parts) expect(compared(horizon[part], report.horizons[at]![part], part).wrong).toEqual([])
      expect(report.evalSetId).toBe(told.evalSetId)
    }, 60_000)
  },
)
