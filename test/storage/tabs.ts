/** What every test of the storage shares: a host of its own, tabs of one browser, and a watch for errors nobody expected. */
import { type BrowserContext, expect, type Page, test as base } from '@playwright/test'
import { ModelHost } from './host.ts'
import { offerPage } from './page/bundle.ts'
import type { Answer, Loaded, OpenSettings } from './page/page.ts'

interface Fixtures {
  /** An origin of its own. */
  readonly host: ModelHost
  /** Exceptions seen in any tab. */
  readonly faults: string[]
  /** Opens one more tab with the page, and in it the registry unless `false` is given. */
  readonly openTab: (settings?: OpenSettings | false) => Promise<Page>
}

/** Playwright's `test` with {@link Fixtures}. */
export const test = base.extend<Fixtures>({
  host: async ({ context }, use) => {
    const host = await ModelHost.start()
    await offerPage(host)
    await use(host)
    // Pages first: what the end of the server cuts off is no fault of theirs.
    await Promise.all(context.pages().map((page) => page.close()))
    await host.stop()
  },
  faults: [
    async ({ context }, use) => {
      const faults: string[] = []
      context.on('page', (page) => page.on('pageerror', (error) => faults.push(error.message)))
      await use(faults)
      expect(faults, 'exceptions in the tabs').toEqual([])
    },
    { auto: true },
  ],
  openTab: async ({ context, host }, use) => {
    await use((settings) => openTab(context, host, settings))
  },
})

export { expect }

/** Looks again and again, every few ms, until it is so. */
export const soon = <T>(look: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> =>
  expect.poll(async () => look(), { intervals: [20] })

/** Opens a tab in a browser that a test has started by itself. */
export async function openTab(
  context: BrowserContext,
  host: ModelHost,
  settings: OpenSettings | false = {},
): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${host.origin}/`)
  if (settings !== false) await open(page, settings)
  return page
}

/** Opens the registry of a tab. */
export async function open(page: Page, settings: OpenSettings = {}): Promise<void> {
  await page.evaluate((given) => window.tab.open(given), settings)
}

/** Installs versions in a tab and puts them into service, one after the other. */
export async function serve(page: Page, ...ids: readonly string[]): Promise<void> {
  await page.evaluate(async (given) => {
    for (const id of given) {
      await window.tab.registry.install(id)
      await window.tab.registry.promote(id, { force: true, reason: 'test' })
    }
  }, ids)
}

/** Loads a model in a tab; the answer tells a failure as well. */
export function load(page: Page, idOrName?: string): Promise<Answer<Loaded>> {
  return page.evaluate((id) => window.tab.attempt((tab) => tab.load(id)), idOrName)
}

/** State of stored bytes, and how many of their chunks are there. */
export function blobIn(page: Page, sha256: string): Promise<{ state: string | undefined; chunks: number }> {
  return page.evaluate((hash) => window.tab.raw.blob(hash), sha256)
}

/** Every rule that the registry breaks. */
export function faultsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => (await window.tab.registry.verify()).faults)
}
