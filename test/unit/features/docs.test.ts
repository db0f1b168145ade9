/** The committed list of features is the one the sources give. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { renderFeatures } from '../../../scripts/docs.mjs'
import * as features from '../../../src/features/index.ts'

it('docs/features.md is current (build, then `node scripts/docs.mjs`)', () => {
  const committed = readFileSync(new URL('../../../docs/features.md', import.meta.url), 'utf8')
  // Compared line by line, so that a difference is readable.
  expect(committed.split('\n')).toEqual(renderFeatures(features).split('\n'))
})
