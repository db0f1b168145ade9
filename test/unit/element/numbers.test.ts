import { describe, expect, it } from 'vitest'
import { decimalsFor, numbersOf } from '../../../src/element/numbers.ts'
import { reasonText } from '../../../src/element/reasons.ts'

describe('decimalsFor', () => {
  it.each([
    [[64123.45, 63481.2, 65406.1], 2],
    [[1e7, 9e6], 2],
    [[150.1234], 3],
    [[1.23456, 1.2345], 5],
    [[0.00001234, 0.00001271, 0.00001155], 8],
    [[1 / 3], 6],
    [[0], 2],
    [[NaN, Infinity], 2],
    [[], 2],
  ])('lets %j share %i decimals', (prices, decimals) => {
    expect(decimalsFor(prices)).toBe(decimals)
  })
})

describe('numbersOf', () => {
  it('writes as the language does', () => {
    const [english, german] = [numbersOf('en'), numbersOf('de')]
    expect([english.price(64123.45, 2), german.price(64123.45, 2)]).toEqual(['64,123.45', '64.123,45'])
    expect(english.change(0.0123)).toBe('+1.23%')
    expect(english.change(0)).toBe('0.00%')
    expect(english.percent(NaN)).toBe('—')
    expect(english.time(NaN, 0)).toBe('—')
  })

  it('names the day where it is not today', () => {
    const [now, day] = [Date.UTC(2024, 4, 5, 12), 86_400_000]
    expect(numbersOf('en').time(now, now)).not.toContain('May')
    expect(numbersOf('en').time(now + day, now)).toContain('May 6')
  })
})

describe('reasonText', () => {
  const numbers = numbersOf('en')

  it.each([
    ['minQuality', 0.31, 0.5, 'The quality is 31%; at least 50% is asked for.'],
    ['minQuality', 0.4996, 0.5, 'The quality is 49.96%; at least 50.00% is asked for.'],
    ['minReturn', 0.0009, 0.0015, 'The expected return is 0.09%; at least 0.15% is asked for.'],
    ['minAgreement', 2, 3, 'Horizons that agree: 2; at least 3 are asked for.'],
    ['maxRisk', 'HIGH', 'MEDIUM', 'The risk is HIGH; at most MEDIUM is allowed.'],
    ['maxAgeHours', 1234.567, 720, 'The model is older than the 720 hours that it is good for.'],
    ['toString', 1, 2, 'toString: 1; the limit is 2.'],
  ])('tells of %s', (rule, value, threshold, text) => {
    expect(reasonText({ rule, value, threshold }, numbers)).toBe(text)
  })
})
