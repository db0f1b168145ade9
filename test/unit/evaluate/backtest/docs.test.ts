/** The program of docs/backtest.md that needs no model, as its reader would run it. */
import { expect, it } from 'vitest'
import { programsOf, run, textOf } from '../documented-programs.ts'

it('shows a program that runs and tells numbers', async () => {
  const [, program] = programsOf(await textOf('docs/backtest.md'))
  const [[trades, profit, depth], [bytes]] = (await run(program!)) as [number[], number[]]
  expect(trades).toBeGreaterThan(10)
  expect(profit).not.toBe(0)
  expect(depth).toBeGreaterThan(0)
  expect(bytes).toBeGreaterThan(1000)
})
