/** The text of docs/features.md. */
export function renderFeatures(built: typeof import('../src/features/index.ts')): string
