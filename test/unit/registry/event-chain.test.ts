import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../src/core/errors.ts'
import { appendEvent, verifyChain } from '../../../src/registry/event-chain.ts'
import type { EventDraft, RegistryEvent } from '../../../src/registry/records.ts'

const draft = (type: string, data: EventDraft['data'] = {}): EventDraft => ({ at: 5, actor: 'host', type, data })

function logOf(drafts: readonly EventDraft[]): RegistryEvent[] {
  const log: RegistryEvent[] = []
  for (const one of drafts) log.push(appendEvent(log.at(-1), one))
  return log
}

// -0 is 0 in JSON, so it is no other value.
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
const drafts = (least: number): fc.Arbitrary<EventDraft[]> =>
  fc.array(
    fc.record({
      at: fc.nat(),
      actor: fc.string(),
      type: fc.constantFrom('registered', 'promoted'),
      name: fc.option(fc.string(), { nil: undefined }),
      version: fc.option(fc.string(), { nil: undefined }),
      data: fc.dictionary(fc.string(), json),
    }),
    { minLength: least, maxLength: 8 },
  )

/** The number of the line that verification blames; `undefined` where it accepts. */
function blamed(log: readonly RegistryEvent[], from?: RegistryEvent): number | undefined {
  try {
    verifyChain(log, { from })
    return undefined
  } catch (error) {
    if (isCandlewickError(error, 'registry/log-broken')) return error.details.seq
    throw error
  }
}

describe('appendEvent', () => {
  it('numbers lines from 1 and chains each to the one before', () => {
    const log = logOf([draft('a'), draft('b'), draft('c')])
    expect(log.map((line) => line.seq)).toEqual([1, 2, 3])
    expect(log.map((line) => line.prevHash)).toEqual(['0'.repeat(64), log[0]!.hash, log[1]!.hash])
  })

  it('hashes the JSON text with sorted names, which any other program can do again', () => {
    const [line] = logOf([{ ...draft('a', { b: [1, { z: null, y: 'ü' }], '10': true, '9': 0.1 }), name: undefined }])
    const text = `{"actor":"host","at":5,"data":{"10":true,"9":0.1,"b":[1,{"y":"ü","z":null}]},"prevHash":"${'0'.repeat(64)}","seq":1,"type":"a"}`
    expect(line!.hash).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it('keeps its own copy, without fields that are undefined', () => {
    const data = { deep: { list: [1] }, nothing: undefined }
    const line = appendEvent(undefined, { ...draft('a', data), version: undefined })
    data.deep.list.push(2)
    expect(Object.keys(line)).not.toContain('version')
    expect(line.data).toStrictEqual({ deep: { list: [1] } })
  })

  it.each([
    ['NaN', Number.NaN],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a big integer', 1n],
    ['a hole', [undefined]],
  ])('refuses %s, which JSON cannot say', (_, value) => {
    expect(() => appendEvent(undefined, draft('a', { x: { y: value } }))).toThrow('$.data.x.y')
  })
})

describe('verifyChain', () => {
  it('accepts every log that was appended line by line, also after a way through JSON', () => {
    fc.assert(
      fc.property(drafts(0), (list) => {
        const log = logOf(list)
        verifyChain(log)
        verifyChain(JSON.parse(JSON.stringify(log)) as RegistryEvent[])
      }),
    )
  })

  it('accepts the rest of a log behind a trusted line, and nothing else behind it', () => {
    fc.assert(
      fc.property(drafts(2), fc.nat(), (list, at) => {
        const log = logOf(list)
        const cut = 1 + (at % (log.length - 1))
        verifyChain(log.slice(cut), { from: log[cut - 1] })
        expect(blamed(log.slice(cut))).toBe(1)
        expect(blamed(log.slice(cut), { ...log[cut - 1]!, hash: 'f'.repeat(64) })).toBe(cut + 1)
      }),
    )
  })

  it('finds every field that was altered, in the line itself', () => {
    const change: Record<keyof RegistryEvent, (line: RegistryEvent) => object> = {
      at: (line) => ({ at: line.at + 1 }),
      actor: (line) => ({ actor: `${line.actor} ` }),
      type: () => ({ type: 'demoted' }),
      name: (line) => ({ name: line.name === undefined ? '' : undefined }),
      version: (line) => ({ version: line.version === undefined ? '' : undefined }),
      data: (line) => ({ data: { ...line.data, '\u0000more': null } }),
      seq: (line) => ({ seq: line.seq + 1 }),
      prevHash: () => ({ prevHash: 'f'.repeat(64) }),
      hash: () => ({ hash: 'f'.repeat(64) }),
    }
    fc.assert(
      fc.property(drafts(1), fc.nat(), fc.constantFrom(...Object.values(change)), (list, at, alter) => {
        const log = logOf(list)
        const i = at % log.length
        const altered = log.with(i, { ...log[i]!, ...alter(log[i]!) })
        expect(blamed(altered)).toBe(i + 1)
      }),
    )
  })

  it('finds a line that was altered and hashed anew by the line behind it', () => {
    const log = logOf([draft('a'), draft('b'), draft('c')])
    const forged = log.with(1, appendEvent(log[0], draft('x')))
    expect(blamed(forged)).toBe(3)
  })

  it('finds a line that was removed', () => {
    fc.assert(
      fc.property(drafts(2), fc.nat(), (list, at) => {
        const log = logOf(list)
        const i = at % (log.length - 1)
        expect(blamed(log.toSpliced(i, 1))).toBe(i + 1)
      }),
    )
  })

  it('finds two lines that were swapped', () => {
    fc.assert(
      fc.property(drafts(2), fc.nat(), fc.nat(), (list, left, right) => {
        const log = logOf(list)
        const [i, j] = [left % log.length, right % log.length]
        fc.pre(i !== j)
        expect(blamed(log.with(i, log[j]!).with(j, log[i]!))).toBe(Math.min(i, j) + 1)
      }),
    )
  })

  it('finds a line that was inserted, whether a copy, a new one or one that is chained to its place', () => {
    fc.assert(
      fc.property(drafts(2), fc.nat(), fc.nat(), fc.nat(2), (list, place, source, kind) => {
        const log = logOf(list)
        const i = place % log.length
        const copy = log[source % log.length]!
        const line = [copy, { ...copy, seq: i + 1 }, appendEvent(log[i - 1], draft('x'))][kind]!
        expect(blamed(log.toSpliced(i, 0, line))).toBeGreaterThan(i)
      }),
    )
  })

  it('blames a line that holds what JSON cannot say', () => {
    const log = logOf([draft('a', { x: 0 })])
    expect(blamed([{ ...log[0]!, data: { x: Number.NaN } }])).toBe(1)
  })
})
