import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url))

export default defineConfig({
  resolve: { alias: { '#platform': source('platform/node.ts') } },
  test: {
    include: [
      'test/unit/**/*.test.ts',
      'test/contract/**/*.test.ts',
      'test/package/**/*.test.ts',
      'test/runtime/**/*.test.ts',
    ],
    sequence: { shuffle: true },
    retry: 0,
    testTimeout: 30_000,
    // Packing the package takes its time on a busy machine.
    hookTimeout: 60_000,
  },
})
