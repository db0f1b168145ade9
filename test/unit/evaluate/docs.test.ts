/** The examples of docs/evaluation.md, as their reader would run them. */
import { expect, it } from 'vitest'
import { evaluateModel, tradingMetrics } from '../../../src/evaluate/index.ts'
import { programsOf, run, textOf } from './documented-programs.ts'
import { madeRows } from './rows.ts'

const text = await textOf('docs/evaluation.md')
// What needs a model runs in test/browser/evaluation.test.ts and on the command line.
const needsModel = (program: string): boolean => program.includes('createSignalEngine')
const programs = programsOf(text).filter((program) => !needsModel(program))

it('shows programs', () => {
  expect(programs).toHaveLength(2)
  expect(programsOf(text).filter(needsModel)).toHaveLength(1)
})

it.each(programs)('shows a program that runs and tells numbers: %#', async (program) => {
  const words: unknown[] = (await run(program)).flat()
  expect(words.length).toBeGreaterThanOrEqual(2)
  // JSON has null for NaN.
  expect(words).not.toContain(undefined)
  expect(JSON.stringify(words)).not.toContain('null')
})

it('has every figure in its tables', () => {
  const report = evaluateModel(madeRows(100), { timeframe: '15m', bootstrap: false })
  const trading = tradingMetrics({ times: [0], equity: [1] }, [], { timeframe: '15m' })
  const told = ['n', 'periodsPerYear', 'riskFreePerYear', 'missingBars', 'turnoverPerYear', 'trades']
  const names = [...Object.keys(report.horizons[0]!.metrics), ...Object.keys(trading)]
  for (const name of names) if (!told.includes(name)) expect(text).toContain(`\`${name}\``)
})
