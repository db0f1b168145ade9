/** The page against the command line on real bars. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Signal } from 'candlewick'
import { expect, inState, openReady, probabilities, side, test } from './page.ts'

const data = fileURLToPath(new URL('../../../shared/data/BTCUSDT-15m.csv.gz', import.meta.url))
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const manifest = fileURLToPath(new URL('../../demo/public/models/manifest.json', import.meta.url))

test('on 46,656 real bars the page agrees with the command line on the last 500', async ({ page }) => {
  test.skip(!existsSync(data), 'needs ../shared/data')
  const output = execFileSync(
    process.execPath,
    [program, 'signal', '--csv', data, '--manifest', manifest, '--last', '500', '--json'],
    { encoding: 'utf8', maxBuffer: 64e6 },
  )
  const signals = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Signal)
  expect(signals).toHaveLength(500)
  const sided = signals.filter((signal) => signal.side !== 'NEUTRAL')
  const newest = signals.at(-1)!

  await openReady(page)
  await page.getByTestId('file').setInputFiles(data)
  await expect(page.getByTestId('data-source')).toHaveText('BTCUSDT-15m.csv.gz · 46,656 bars')
  await inState(page, 'ready')

  await expect(page.getByTestId('recent')).toContainText(`${sided.length} of 500 bars looked at gave a side`)
  await expect(side(page)).toHaveText(newest.side)
  for (const { time } of sided.slice(-5))
    await expect(page.getByTestId('recent')).toContainText(new Date(time).toISOString().slice(0, 16).replace('T', ' '))
  const shown = await probabilities(page)
  const expected = Object.values(newest.probabilities).flatMap(({ LONG, NEUTRAL, SHORT }) => [LONG, NEUTRAL, SHORT])
  expect(shown).toHaveLength(12)
  shown.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5))
})
