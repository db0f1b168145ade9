/** The page's form: sizes, themes, and what assistive technology finds. Screenshots are kept to be looked at. */
import { expect, openReady, test } from './page.ts'

const sizes = [
  { name: 'desktop', width: 1440, height: 900 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'narrow', width: 360, height: 740 },
] as const

for (const { name, width, height } of sizes)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`fits a ${name} screen of ${width} px in the ${colorScheme} theme`, async ({ page }) => {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await openReady(page)

      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, 'no horizontal scrolling').toBeLessThanOrEqual(0)
      const chart = await page.getByTestId('chart').boundingBox()
      expect(chart!.height).toBeGreaterThan(250)
      await page.screenshot({ path: `test-results/screens/${name}-${colorScheme}.png` })
      await page.screenshot({ path: `test-results/screens/${name}-${colorScheme}-full.png`, fullPage: true })
    })

test('the chart changes its colours with the theme', async ({ page }) => {
  const corner = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#chart canvas')!
      return [...canvas.getContext('2d')!.getImageData(2, 2, 1, 1).data]
    })
  await page.emulateMedia({ colorScheme: 'light' })
  await openReady(page)
  const light = await corner()
  await page.emulateMedia({ colorScheme: 'dark' })

  await expect.poll(async () => (await corner())[0]).toBeLessThan(100)
  expect(light[0]).toBeGreaterThan(200)
})

test('has landmarks, one main heading, and a name for every control and picture', async ({ page }) => {
  await openReady(page)

  await expect(page.getByRole('banner')).toHaveCount(1)
  await expect(page.getByRole('main')).toHaveCount(1)
  await expect(page.getByRole('contentinfo')).toHaveCount(1)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Candlewick')
  for (const name of ['Seed', 'Strategy', 'Backend', 'Choose a CSV file'])
    await expect(page.locator('#chart-view').getByLabel(name)).toHaveCount(1)
  await expect(page.getByTestId('chart')).toHaveAccessibleName(/Candlestick chart of 1500 bars/)
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, select, input, [role=img]')]
      .filter((element) => {
        const labels = 'labels' in element ? (element as HTMLInputElement).labels : null
        const text = [element.textContent, element.getAttribute('aria-label'), labels?.[0]?.textContent].join('')
        return text.trim() === ''
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  )
  expect(nameless).toEqual([])
})

test('can be used with the keyboard alone', async ({ page }) => {
  await openReady(page)

  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the chart and signal' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('#main')).toBeFocused()

  await page.getByTestId('play').focus()
  await page.keyboard.press('Space')
  await expect(page.getByTestId('play')).toHaveText('Pause')
  await page.keyboard.press('Space')
  await expect(page.getByTestId('play')).toHaveText('Play')
})

test('text has enough contrast in every view and both themes', async ({ page }) => {
  for (const [view, colorScheme] of [
    ['chart', 'light'],
    ['chart', 'dark'],
    ['live', 'light'],
    ['live', 'dark'],
    ['backtest', 'light'],
    ['backtest', 'dark'],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    if (view === 'chart') await openReady(page)
    else await page.goto(`./?view=${view}`)
    if (view === 'live') await expect(page.getByTestId('log-count')).toHaveText('0 rows')
    if (view === 'backtest') await expect(page.getByTestId('test-status')).toHaveText('Nothing was tested yet.')
    const weak = await page.evaluate(() => {
      const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
      const paint = (colours: readonly string[]): number[] => {
        for (const colour of colours) {
          pixel.fillStyle = colour
          pixel.fillRect(0, 0, 1, 1)
        }
        return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3)
      }
      const luminance = (colour: readonly number[]): number => {
        const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
      }
      const problems: string[] = []
      for (const element of document.querySelectorAll<HTMLElement>('body *:not(#chart *, #paper-chart *)')) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== '')
        if (!own || element.offsetParent === null || element.matches(':disabled, option, .skip')) continue
        const grounds: string[] = []
        for (let at: Element | null = element; at !== null; at = at.parentElement)
          grounds.unshift(getComputedStyle(at).backgroundColor)
        const ground = luminance(paint(grounds))
        const ink = luminance(paint([...grounds, getComputedStyle(element).color]))
        const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05)
        if (contrast < 4.5) problems.push(`${contrast.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`)
      }
      return problems
    })
    expect(weak, `the ${view} view in the ${colorScheme} theme`).toEqual([])
  }
})
