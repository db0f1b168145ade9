/** Two versions that mean different features never agree on a fingerprint. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compareFingerprint, features, fingerprintOf } from '../../../src/features/index.ts'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const names = ['rsi', 'atr_pct', 'hour']
const lines = names.map((id) => `${id} = ${features.get(id)!.formula.text}\n`)

describe('fingerprints', () => {
  it('hash the lines `id = formula` in order', async () => {
    expect(await fingerprintOf(names)).toEqual({
      hash: sha(lines.join('')),
      digests: lines.map((line) => sha(line).slice(0, 16)),
    })
    expect((await fingerprintOf(names.toReversed())).hash).not.toBe(sha(lines.join('')))
  })

  it('are pinned for formulas that models are trained on', async () => {
    expect(lines).toMatchInlineSnapshot(`
      [
        "rsi = mul(100,ratio(wilder(max(change(close),0),14),add(wilder(max(change(close),0),14),wilder(max(neg(change(close)),0),14)),0.5))
      ",
        "atr_pct = clip(div(wilderMean(trueRange(high,low,close),14),close),-0.2,0.2)
      ",
        "hour = floor(div(minuteOfDay(time),60))
      ",
      ]
    `)
  })

  it('agree with themselves', async () => {
    const { hash } = await fingerprintOf(names)
    await expect(compareFingerprint({ names, hash })).resolves.toBe(undefined)
    await expect(compareFingerprint({ names, hash: hash.toUpperCase() })).resolves.toBe(undefined)
  })

  it('name what is missing', async () => {
    await expect(compareFingerprint({ names: ['rsi', 'nonsense'], hash: 'x' })).rejects.toMatchObject({
      code: 'model/feature-mismatch',
      details: { missing: ['nonsense'], changed: [] },
    })
  })

  it('name what is missing and what changed beside it', async () => {
    const { digests } = await fingerprintOf(names)
    const claim = {
      names: ['nonsense', ...names],
      hash: 'x',
      digests: ['1'.repeat(16), ...digests.slice(0, 2), 'other'],
    }
    await expect(compareFingerprint(claim)).rejects.toMatchObject({
      details: { missing: ['nonsense'], changed: ['hour'] },
    })
  })

  it('name what changed, or everything where the manifest does not tell', async () => {
    const { digests } = await fingerprintOf(names)
    const claim = { names, hash: 'f'.repeat(64), digests: [digests[0]!, '0'.repeat(16), digests[2]!] }
    await expect(compareFingerprint(claim)).rejects.toMatchObject({ details: { missing: [], changed: ['atr_pct'] } })
    await expect(compareFingerprint({ names, hash: claim.hash })).rejects.toMatchObject({ details: { changed: names } })
    await expect(compareFingerprint({ ...claim, digests })).rejects.toMatchObject({ details: { changed: names } })
  })
})
