import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

/** Root needs it, and CI runs as root in a container of its own. */
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']
const executable = (path: string | undefined): { executablePath?: string } =>
  path === undefined || path === '' ? {} : { executablePath: path }

const chromium = { ...executable(process.env['CHROMIUM_PATH']), args: [...sandbox, ...quiet] }
// Software rendering: it shows that the path works and says nothing about speed.
const gpu = { ...chromium, args: [...chromium.args, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] }
const firefox = executable(process.env['FIREFOX_PATH'])

/** What is pure computation must give the same on every engine, so its own suites run there too. */
const portable = [
  'test/unit/core/{candle,concurrency,errors}.test.ts',
  'test/unit/evaluate/{evaluation-set,judge-model,logistic-baseline,noise-check}.test.ts',
  'test/unit/features/{catalogue,classics,expression,pipeline,scaler,stream,window}.test.ts',
  'test/unit/feeds/{backoff,bar-cursor,csv,outlet,rows,simulated}.test.ts',
  'test/unit/numeric/**/*.test.ts',
  'test/unit/registry/lifecycle/**/*.test.ts',
  'test/unit/registry/model/{crash,model}.test.ts',
  'test/unit/registry/semver.test.ts',
  'test/unit/signals/{decide,layout}.test.ts',
]

/** What browsers ask of a page whose workers may share memory: threads, and a look at the memory of the whole page. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
/** Measures memory when asked, and not some time within 20 seconds. */
const eager = { ...chromium, args: [...chromium.args, '--enable-blink-features=ForceEagerMeasureMemory'] }

const pages = {
  // The sample model, under /models/.
  publicDir: '.cache/sample',
  // The tests run the built package; its workers are files of their own that nothing may rewrite.
  optimizeDeps: {
    exclude: ['candlewick'],
    include: [
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      'comlink',
      'idb',
      'jose',
      'jose',
      'papaparse',
      'react',
      'react-dom',
      'react-dom/client',
      'fast-check',
      'pure-rand/distribution/uniformFloat64',
      'pure-rand/distribution/uniformInt',
      'pure-rand/generator/xoroshiro128plus',
      'valibot',
    ],
  },
}
const suite = {
  globalSetup: ['test/browser/node-signals.ts', 'test/browser/faulty-models.ts'],
  retry: 0,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  fileParallelism: false,
}
const inBrowser = { enabled: true, headless: true, screenshotFailures: false } as const
const withFirefox = (): ReturnType<typeof playwright> =>
  playwright({ launchOptions: { ...firefox, channel: 'moz-firefox' } })

export default defineConfig({
  test: {
    retry: 0,
    fileParallelism: false,
    projects: [
      {
        ...pages,
        test: {
          ...suite,
          name: 'pages',
          include: ['test/browser/*.test.ts', ...portable],
          browser: {
            ...inBrowser,
            instances: [
              {
                browser: 'chromium',
                name: 'chromium',
                provider: playwright({ launchOptions: chromium }),
                exclude: ['**/webgpu*'],
              },
              {
                browser: 'chromium',
                name: 'chromium-webgpu',
                provider: playwright({ launchOptions: gpu }),
                include: ['test/browser/webgpu*.test.ts'],
              },
              {
                browser: 'firefox',
                name: 'firefox',
                provider: withFirefox(),
                exclude: ['**/webgpu*', '**/registry/model/**'],
              },
            ],
          },
        },
      },
      {
        ...pages,
        server: { headers: isolation },
        test: {
          ...suite,
          name: 'isolated',
          include: ['test/browser/isolated/*.test.ts'],
          browser: {
            ...inBrowser,
            instances: [
              { browser: 'chromium', name: 'chromium-isolated', provider: playwright({ launchOptions: eager }) },
              {
                browser: 'firefox',
                name: 'firefox-isolated',
                provider: withFirefox(),
                // Only Chromium tells how much memory a page uses.
                exclude: ['**/memory*'],
              },
            ],
          },
        },
      },
    ],
  },
})
