/** Tests of the built page in real browsers. They expect `npm run build` and `npx vite build` to have run. */
import { createServer } from 'node:net'
import { defineConfig, devices, type PlaywrightTestConfig } from '@playwright/test'
import { findBrowsers } from './scripts/browsers.mjs'

const { chromium, firefox } = await findBrowsers()
// Playwright reads this file again in each of its processes; they inherit the choice of the first one.
const port = (process.env['CANDLEWICK_TEST_PORT'] ??= String(await freePort()))

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 4273))
    })
  })
}

const chromiumArgs = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Chromium refuses to sandbox for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1440, height: 900 } }
const inChromium = { ...desktop, launchOptions: { ...chromium, args: chromiumArgs } }
const inFirefox = {
  browserName: 'firefox',
  viewport: desktop.viewport,
  // A Firefox of the system is driven by the standard protocol; Playwright's own build needs no channel.
  ...(firefox.executablePath === undefined ? {} : { channel: 'moz-firefox', launchOptions: firefox }),
} as const
/** The software rasteriser: it proves the path, not the speed. */
const webgpuArgs = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

const config: PlaywrightTestConfig = defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results/e2e',
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    serviceWorkers: 'allow',
    trace: 'off',
  },
  webServer: {
    command: `npx vite preview --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 2000 },
  },
  projects: [
    {
      name: 'chromium',
      testIgnore: 'webgpu.spec.ts',
      use: inChromium,
    },
    {
      name: 'chromium-webgpu',
      testMatch: 'webgpu.spec.ts',
      timeout: 240_000,
      expect: { timeout: 180_000 },
      use: { ...desktop, launchOptions: { ...chromium, args: [...chromiumArgs, ...webgpuArgs] } },
    },
    {
      name: 'firefox',
      testMatch: [
        'visits.spec.ts',
        'candles.spec.ts',
        'registry.spec.ts',
        'live.spec.ts',
        'exchange.spec.ts',
        'backtest.spec.ts',
      ],
      use: inFirefox,
    },
    { name: 'storage-chromium', testDir: 'test/storage', use: inChromium },
    { name: 'storage-firefox', testDir: 'test/storage', testIgnore: 'chromium-*.spec.ts', use: inFirefox },
  ],
})

export default config
