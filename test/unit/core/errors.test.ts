import { describe, expect, it } from 'vitest'
import { CandlewickError, isCandlewickError } from '../../../src/core/errors.ts'

describe('an error of the package', () => {
  const error = new CandlewickError('model/not-found', { id: 'lstm', available: ['patchtst_v1.0.0'] })

  it('says what happened, quotes the value and says what is there instead', () => {
    expect(error.message).toMatchInlineSnapshot(`"The manifest has no model "lstm". Known: patchtst_v1.0.0."`)
  })

  it('is known by its code', () => {
    expect(isCandlewickError(error)).toBe(true)
    expect(isCandlewickError(error, 'model/not-found')).toBe(true)
    expect(isCandlewickError(error, 'model/integrity')).toBe(false)
  })

  it('is known without its class, as after crossing a worker', () => {
    const copy = Object.assign(new Error(error.message), { name: 'CandlewickError', code: error.code })
    expect(isCandlewickError(copy, 'model/not-found')).toBe(true)
  })

  it('is not mistaken for other errors', () => {
    expect(isCandlewickError(new TypeError('no'))).toBe(false)
    expect(isCandlewickError(Object.assign(new Error('no'), { code: 'model/not-found' }))).toBe(false)
    expect(isCandlewickError('model/not-found')).toBe(false)
  })
})
