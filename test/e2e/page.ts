/** What every test of the page shares: a counting site, a watch for errors nobody expected, and words for the page. */
import { expect, type Locator, type Page, test as base } from '@playwright/test'
import { Site } from './site.ts'

interface Fixtures {
  /** The page on a counting server. */
  readonly site: Site
  /** Exceptions and policy violations seen so far; a test that causes one on purpose empties the list. */
  readonly faults: string[]
}

/** Playwright's `test` with {@link Fixtures}; it fails on any exception or policy violation in the page. */
export const test = base.extend<Fixtures>({
  site: async ({ context }, use) => {
    const site = await Site.start()
    await use(site)
    // Pages first: what the end of the server cuts off is no fault of theirs.
    await Promise.all(context.pages().map((page) => page.close()))
    await site.stop()
  },
  faults: [
    // The faults are judged before the site's pages are closed: what that cuts off is no fault either.
    async ({ page, site: _site }, use) => {
      const faults: string[] = []
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
          reportError(new Error(`Content Security Policy: ${violatedDirective} ${blockedURI}`))
        })
      })
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        if (/content.security.policy/i.test(message.text())) faults.push(message.text())
      })
      await use(faults)
      expect(faults, 'exceptions and policy violations in the page').toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** Waits until the page is in this state. */
export async function inState(page: Page, state: 'ready' | 'failed' | 'cancelled' | 'loading'): Promise<void> {
  await expect(page.locator('body')).toHaveAttribute('data-state', state)
}

/** Opens the page and waits for its first signal. */
export async function openReady(page: Page, url = './'): Promise<void> {
  await page.goto(url)
  await inState(page, 'ready')
}

/** Waits until the service worker has everything it needs for a start without a network, and the page asks for no more. */
export async function readyForOffline(page: Page): Promise<void> {
  await expect(page.getByTestId('models')).toHaveAttribute('aria-busy', 'false')
  await expect(page.getByTestId('offline-ready')).toHaveText('Works offline')
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
}

/** The current side. */
export function side(page: Page): Locator {
  return page.getByTestId('side')
}

/** The exact probabilities of the current signal, row by row. */
export async function probabilities(page: Page): Promise<number[]> {
  const cells = page.locator('[data-testid^="probability-"]')
  return cells.evaluateAll((all) => all.map((cell) => Number(cell.getAttribute('data-value'))))
}

/** Names of the browser's databases with the number of records in each object store. */
export async function storedRecords(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(request.error ?? new Error('no reason given')))
      })
    const counts: Record<string, number> = {}
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue
      const database = await settled(indexedDB.open(name))
      for (const store of database.objectStoreNames)
        counts[store] = await settled(database.transaction(store).objectStore(store).count())
      database.close()
    }
    return counts
  })
}

/** Keeps screenshots of the page at these sizes, light and dark, to be looked at; nothing may need sideways scrolling. */
export async function keepScreens(
  page: Page,
  name: string,
  sizes: readonly (readonly [width: number, height: number])[],
): Promise<void> {
  for (const [width, height] of sizes)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, `no horizontal scrolling at ${width} px`).toBeLessThanOrEqual(0)
      await page.screenshot({ path: `test-results/screens/${name}-${width}-${colorScheme}.png`, fullPage: true })
    }
}
