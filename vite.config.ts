/** Builds and previews the demo: a PWA that works offline and under any path, and a page beside it that asks exchanges. */
import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { ccxtFolder, chunkName, smallCcxt } from './demo/build/ccxt-chunks.ts'
import { pageParts } from './demo/build/page-parts.ts'

const inDemo = (path: string): string => fileURLToPath(new URL(`demo/${path}`, import.meta.url))

const config: UserConfig = defineConfig({
  root: inDemo(''),
  base: './',
  // Several pages in Vite's words: a missing model file must be a 404 and not the page itself.
  appType: 'mpa',
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    chunkSizeWarningLimit: 1000,
    // Notices that the licences of bundled packages ask for.
    license: { fileName: 'licences.md' },
    rolldownOptions: {
      input: { index: inDemo('index.html'), exchange: inDemo('exchange.html') },
      output: { chunkFileNames: chunkName },
    },
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1', port: 4173 },
  plugins: [
    pageParts(inDemo('parts')),
    smallCcxt(),
    VitePWA({
      strategies: 'generateSW',
      registerType: 'autoUpdate',
      // The page registers it, so that the content security policy needs no exception.
      injectRegister: false,
      manifest: {
        name: 'Candlewick',
        short_name: 'Candlewick',
        description: 'Trading signals, computed on your own device.',
        start_url: './',
        display: 'standalone',
        background_color: '#14120f',
        theme_color: '#14120f',
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      includeAssets: [],
      workbox: {
        // Models are not here: the package keeps them in IndexedDB, verified, and would hold them twice.
        globPatterns: ['**/*.{js,css,html,svg,png,wasm}'],
        // Exchanges need the network anyway.
        globIgnores: ['models/**', `${ccxtFolder}/**`, '**/*.{jspi,asyncify,jsep}*.wasm'],
        // What a page shows first is in its address; the file is the same.
        ignoreURLParametersMatching: [/./],
        // The runtime is 14 MB; the default limit would leave it out without a word, and with it the offline start.
        maximumFileSizeToCacheInBytes: 32 * 1024 * 1024,
        clientsClaim: true,
        skipWaiting: true,
        cleanupOutdatedCaches: true,
        runtimeCaching: [
          {
            urlPattern: /\.(jspi|asyncify|jsep)[^/]*\.wasm$/,
            handler: 'CacheFirst',
            options: { cacheName: 'webgpu-runtime', expiration: { maxEntries: 2 } },
          },
        ],
      },
    }),
  ],
})

export default config
