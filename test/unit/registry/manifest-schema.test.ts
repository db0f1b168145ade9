import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { renderSchema } from '../../../scripts/schema.mjs'
import { manifestSchema } from '../../../src/registry/manifest-schema.ts'

const written = JSON.parse(
  readFileSync(new URL('../../../schema/model-manifest.schema.json', import.meta.url), 'utf8'),
) as { properties: Record<string, unknown>; required: string[] }

it('schema/model-manifest.schema.json is current (npm run schema)', () => {
  expect(written).toEqual(JSON.parse(JSON.stringify(renderSchema(manifestSchema))))
})

it('tells editors the fields, their form, and which of them are due', () => {
  expect(written.required).toEqual(['schema', 'version', 'issuedAt', 'models'])
  expect(written.properties['version']).toEqual({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
  expect(JSON.stringify(written.properties['models'])).toContain('"pattern":"^[0-9a-f]{64}$"')
})

it('has patterns that work without the flags of JavaScript', () => {
  const patterns = [...JSON.stringify(written).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]
  expect(patterns.length).toBeGreaterThan(5)
  for (const [, pattern] of patterns) expect(() => new RegExp(JSON.parse(pattern!) as string)).not.toThrow()
})
