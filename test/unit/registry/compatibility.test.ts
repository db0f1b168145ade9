import { expect, it } from 'vitest'
import { incompatibility } from '../../../src/registry/compatibility.ts'

it.each<[string, object, object, string | undefined]>([
  ['1.0.0', {}, {}, undefined],
  ['1.0.0', { minPackage: '1.0.0', maxPackage: '1.0.0' }, {}, undefined],
  ['1.10.0', { minPackage: '1.9.0' }, {}, undefined],
  ['0.9.0', { minPackage: '1.0.0' }, {}, 'it takes candlewick 1.0.0 or newer, and this is 0.9.0'],
  ['1.0.0-rc.1', { minPackage: '1.0.0' }, {}, 'it takes candlewick 1.0.0 or newer, and this is 1.0.0-rc.1'],
  ['2.0.0', { maxPackage: '1.9.9' }, {}, 'it takes candlewick 1.9.9 or older, and this is 2.0.0'],
  ['1.5.0', { minPackage: '1.0.0' }, { minPackage: '1.6.0' }, 'it takes candlewick 1.6.0 or newer, and this is 1.5.0'],
  ['1.5.0', { minPackage: '1.6.0' }, { minPackage: '1.0.0' }, 'it takes candlewick 1.6.0 or newer, and this is 1.5.0'],
])('with %s, an entry %o in a manifest %o: %s', (version, entry, manifest, reason) => {
  expect(incompatibility(entry, manifest, version)).toBe(reason)
})
