/** Pages that the browser keeps for going back: they hold nothing up, and work when they return. */
import type { Page } from '@playwright/test'
import { makeModel, offer } from './models.ts'
import { expect, soon, test } from './tabs.ts'

const first = makeModel('1.0.0')
const second = makeModel('2.0.0')

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    // Playwright switches it off in Chromium.
    await use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
  },
})

async function promote(page: Page, id: string): Promise<void> {
  await page.evaluate(async (model) => {
    await window.tab.registry.install(model)
    await window.tab.registry.promote(model, { force: true, reason: 'test' })
  }, id)
}

/** Has a page write down for the other tabs what it sees when it comes back, and whatever it hears then. */
async function tellOnReturn(page: Page): Promise<void> {
  await page.evaluate(() =>
    addEventListener('pageshow', ({ persisted }) => {
      void (async () => {
        if (!persisted) return
        const answer = await window.tab.attempt((tab) => tab.load())
        window.tab.registry.subscribe(({ name }) => localStorage.setItem('heard', String(name)))
        localStorage.setItem('returned', JSON.stringify(answer))
      })()
    }),
  )
}

const told = (page: Page, key: string): Promise<string | null> =>
  page.evaluate((wanted) => localStorage.getItem(wanted), key)

test('a page that went and came back serves and hears what another tab did', async ({ host, openTab }) => {
  offer(host, [first, second])
  host.put('/elsewhere', '<!doctype html><title>Elsewhere</title>', 'text/html')
  const [a, b] = [await openTab(), await openTab()]
  await promote(a, first.id)
  await tellOnReturn(a)
  await a.goto(`${host.origin}/elsewhere`)
  await promote(b, second.id)
  // It ends only when no page holds the database, not even one that does not run.
  await b.evaluate(() => window.tab.raw.upgrade(7))

  // Not goBack(): a page that returns as it was never loads, and that would be waited for.
  await a.evaluate(() => setTimeout(() => history.back()))
  await soon(() => told(b, 'returned')).not.toBeNull()
  expect(JSON.parse((await told(b, 'returned')) ?? '')).toMatchObject({
    value: { id: second.id, source: 'store', sha256: second.sha256 },
  })
  await b.evaluate(() => window.tab.registry.rollback())
  await soon(() => told(b, 'heard')).toBe(first.entry.name)
})
