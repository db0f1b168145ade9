import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EngineChoice } from '../../../src/engine/choice.ts'
import type { Configuration } from '../../../src/inference/calibrate.ts'
import { ChoiceMemory, type ChoiceStore, type Remembered } from '../../../src/rpc/choice-memory.ts'

const inMemory = (): ChoiceStore & { texts: Map<string, string> } => {
  const texts = new Map<string, string>()
  return {
    texts,
    read: (key) => texts.get(key),
    write: (key, text) => void texts.set(key, text),
    remove: (key) => void texts.delete(key),
  }
}

const plain: Configuration = { backend: 'wasm', threads: 1, workers: 1 }
const two: Configuration = { backend: 'wasm', threads: 2, workers: 1 }
const at = '2026-03-01T10:00:00.000Z'
const madeMs = Date.parse(at)
const dayMs = 24 * 3_600_000

const choice: EngineChoice = {
  ...two,
  how: 'measured',
  reason: 'It was faster.',
  measured: [{ ...two, symbols: 1, medianMs: 1.7, spreadMs: 0.1 }],
  tried: [{ backend: 'webgpu', threads: 1, workers: 1, reason: 'it broke' }],
  at,
}
const remembered: Remembered = { choice, model: 'ab'.repeat(32), gpu: 'intel xe' }
const scope = { subject: 'manifest.json', identity: 'this device' }

describe('a remembered choice', () => {
  it('comes back as it was, under a key of the package', () => {
    const store = inMemory()
    new ChoiceMemory(store, scope).keep(remembered)
    expect([...store.texts.keys()]).toEqual(['candlewick-choice:manifest.json'])
    expect(new ChoiceMemory(store, scope).recall([plain, two], madeMs)).toEqual(remembered)
  })

  it('holds for thirty days', () => {
    const store = inMemory()
    const memory = new ChoiceMemory(store, scope)
    const whole = { ...remembered, choice: { ...choice, tried: [] } }
    memory.keep(whole)
    expect(memory.recall([two], madeMs + 30 * dayMs - 1)).toEqual(whole)
    expect(memory.recall([two], madeMs + 30 * dayMs)).toBeUndefined()
    expect(memory.recall([two], madeMs - 1), 'from a time to come').toBeUndefined()
  })

  it('holds for a day where not every candidate could be measured', () => {
    const memory = new ChoiceMemory(inMemory(), scope)
    memory.keep(remembered)
    expect(memory.recall([two], madeMs + dayMs - 1)).toEqual(remembered)
    expect(memory.recall([two], madeMs + dayMs)).toBeUndefined()
  })

  it('holds for one device and one subject', () => {
    const store = inMemory()
    new ChoiceMemory(store, scope).keep(remembered)
    expect(new ChoiceMemory(store, { ...scope, identity: 'another' }).recall([two], madeMs)).toBeUndefined()
    expect(new ChoiceMemory(store, { ...scope, subject: 'other.json' }).recall([two], madeMs)).toBeUndefined()
  })

  it('does not hold where it is no longer among what may be chosen', () => {
    const store = inMemory()
    const memory = new ChoiceMemory(store, scope)
    memory.keep(remembered)
    expect(memory.recall([plain], madeMs)).toBeUndefined()
  })

  it('can be forgotten', () => {
    const store = inMemory()
    const memory = new ChoiceMemory(store, scope)
    memory.keep(remembered)
    memory.forget()
    expect(memory.recall([two], madeMs)).toBeUndefined()
    expect(store.texts.size).toBe(0)
  })

  it('is ignored where somebody else wrote, whatever it is', () => {
    const store = inMemory()
    const memory = new ChoiceMemory(store, scope)
    const texts = fc.oneof(fc.string(), fc.json(), fc.constant('{"identity":"this device","choice":{}}'))
    fc.assert(
      fc.property(texts, (text) => {
        store.texts.set('candlewick-choice:manifest.json', text)
        expect(memory.recall([plain, two], madeMs)).toBeUndefined()
      }),
    )
  })

  it('is ignored where a part of it is missing or wrong', () => {
    const store = inMemory()
    const memory = new ChoiceMemory(store, scope)
    memory.keep(remembered)
    const key = 'candlewick-choice:manifest.json'
    const whole = store.texts.get(key)!
    const parts = ['backend', 'threads', 'workers', 'how', 'reason', 'measured', 'tried', 'at']
    for (const part of parts)
      for (const wrong of [undefined, null, -1, 1.5, {}, [null], 'nothing of ours']) {
        if (part === 'reason' && typeof wrong === 'string') continue
        const json = JSON.parse(whole) as { choice: Record<string, unknown> }
        json.choice[part] = wrong
        store.texts.set(key, JSON.stringify(json))
        expect(memory.recall([plain, two], madeMs), `${part}: ${JSON.stringify(wrong)}`).toBeUndefined()
      }
    store.texts.set(key, whole)
    expect(memory.recall([plain, two], madeMs)).toEqual(remembered)
  })
})
