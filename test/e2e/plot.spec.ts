/** A feature under the chart. */
import { expect, openReady, test } from './page.ts'

test('any feature of the catalogue can be plotted, and goes on with the market', async ({ page }) => {
  await openReady(page)
  const choice = page.getByTestId('feature')
  await expect(choice.locator('option[value="rsi"]')).toBeAttached()
  const ids = await choice
    .locator('option')
    .evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value))
  expect(ids.length).toBeGreaterThan(300)

  await choice.selectOption('rsi')
  await expect(page.getByTestId('feature-doc')).toContainText('Relative strength index')
  await expect(page).toHaveURL(/feature=rsi/)
  await page.screenshot({ path: 'test-results/screens/plot.png' })
  await page.getByTestId('play').click()
  await expect(page.getByTestId('data-source')).toContainText('1,502 bars')
  await page.getByTestId('play').click()

  // One that cannot be drawn would be reported as a fault of the page.
  for (const id of ids.filter((_, i) => i % 25 === 0)) await choice.selectOption(id)
})

test('an address names the feature to plot, and a wrong one is said', async ({ page }) => {
  await openReady(page, './?feature=atr_pct')
  await expect(page.getByTestId('feature')).toHaveValue('atr_pct')
  await expect(page.getByTestId('feature-doc')).not.toBeEmpty()

  await openReady(page, './?feature=magic')
  await expect(page.getByTestId('failure')).toContainText('feature=magic is no feature')
})
