/** Builds and previews the demo page: a PWA that works offline and under any path. */
import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('demo', import.meta.url)),
  base: './',
  // Several pages in Vite's words: a missing model file must be a 404 and not the page itself.
  appType: 'mpa',
  build: { target: 'es2023', outDir: 'dist', emptyOutDir: true, chunkSizeWarningLimit: 1000 },
  worker: { format: 'es' },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1', port: 4173 },
  plugins: [
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
        globIgnores: ['models/**', '**/*.{jspi,asyncify,jsep}*.wasm'],
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
