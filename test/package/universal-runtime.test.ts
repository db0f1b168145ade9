import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { replaceOnce } from '../../scripts/build/replace-once.mjs'

const file = new URL('../../dist/inference/backends/ort-universal.js', import.meta.url)

describe('an edit of a foreign source', () => {
  it('replaces what is there once', () => {
    expect(
      replaceOnce(
        'one two three',
        [
          ['two', '2'],
          ['three', '3'],
        ],
        'a.js',
      ),
    ).toBe('one 2 3')
  })

  it('takes a replacement as it is written', () => {
    expect(replaceOnce('price', [['price', '$& and $1']], 'a.js')).toBe('$& and $1')
  })

  it.each([
    ['is missing', 'one', 0],
    ['is there twice', 'two two', 2],
  ])('is refused by name where its text %s', (_case, text, times) => {
    expect(() => replaceOnce(text, [['two', '2']], 'lib/a.js')).toThrow(
      `lib/a.js contains "two" ${times} times, not once: ONNX Runtime no longer has the form this build expects`,
    )
  })
})

describe.skipIf(!existsSync(file))('the one-file ONNX Runtime (needs npm run build)', () => {
  const code = existsSync(file) ? readFileSync(file, 'utf8') : ''

  it('carries the licence that its copies must carry', () => {
    expect(code).toMatch(
      /^\/\*!\nONNX Runtime Web 1\.30\.0.*MIT License.*Copyright \(c\) Microsoft Corporation.*\*\/\n/s,
    )
  })

  it('imports nothing, starts nothing and names no file', () => {
    expect(code).not.toMatch(/\bimport\b|\brequire\b|\bnew Worker\b|process\.|__dirname/)
  })

  it('is small enough to start with', () => {
    expect(code.length).toBeLessThan(72_000)
  })
})
