import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bySimplicity,
  type CandidateLimits,
  candidates,
  choose,
  type Configuration,
  type DeviceOffer,
  type FailedCandidate,
  type Measurement,
  nameOf,
  sameConfiguration,
} from '../../../src/inference/calibrate.ts'

const device = (offer: Partial<DeviceOffer> = {}): DeviceOffer => ({
  cores: 8,
  isolated: true,
  saveData: false,
  withoutGpu: 'no adapter',
  ...offer,
})

const limits = (some: Partial<CandidateLimits> = {}): CandidateLimits => ({
  backends: ['wasm', 'webgpu'],
  threads: 'auto',
  workers: 'auto',
  symbols: 1,
  ...some,
})

const brief = ({ backend, threads, workers }: Configuration): string => `${backend} ${threads}x${workers}`

const found = (offer: Partial<DeviceOffer>, some: Partial<CandidateLimits> = {}): string[] =>
  candidates(device(offer), limits(some)).configurations.map(brief)

const configuration = fc.record<Configuration>({
  backend: fc.constantFrom('wasm', 'webgpu'),
  threads: fc.integer({ min: 1, max: 8 }),
  workers: fc.integer({ min: 1, max: 8 }),
})

/** Different configurations, each with a time of its own. */
const measurements = fc
  .uniqueArray(configuration, { minLength: 1, maxLength: 8, comparator: sameConfiguration })
  .chain((all) =>
    fc.tuple(
      ...all.map((one) =>
        fc
          .record({ medianMs: fc.integer({ min: 1, max: 400 }), spreadMs: fc.integer({ min: 0, max: 20 }) })
          .map((time): Measurement => ({ ...one, ...time, symbols: 1 })),
      ),
    ),
  )

describe('the candidates', () => {
  it('are one where nothing else can be had, and it says why', () => {
    const { configurations, ruledOut } = candidates(device({ isolated: false }), limits())
    expect(configurations.map(brief)).toEqual(['wasm 1x1'])
    expect(ruledOut).toEqual([
      'no adapter',
      'the page is not cross-origin isolated',
      'one symbol is too few for workers',
    ])
  })

  it('have threads where the page is isolated and the cores allow', () => {
    expect(found({ cores: 1 })).toEqual(['wasm 1x1'])
    expect(found({ cores: 2 })).toEqual(['wasm 1x1', 'wasm 2x1'])
    expect(found({ cores: 8 })).toEqual(['wasm 1x1', 'wasm 2x1', 'wasm 4x1'])
  })

  it('have workers for eight symbols or more, as many as there are cores and symbols', () => {
    expect(found({ isolated: false }, { symbols: 7 })).toEqual(['wasm 1x1'])
    expect(found({ isolated: false, cores: 2 }, { symbols: 8 })).toEqual(['wasm 1x1', 'wasm 1x2'])
    expect(found({ isolated: false, cores: 6 }, { symbols: 100 })).toEqual([
      'wasm 1x1',
      'wasm 1x2',
      'wasm 1x4',
      'wasm 1x6',
    ])
    expect(found({ isolated: false, cores: 64 }, { symbols: 100 })).toContain('wasm 1x8')
    expect(found({ isolated: false, cores: 64 }, { symbols: 100 })).not.toContain('wasm 1x64')
  })

  it('have the graphics card where an adapter answered and data need not be saved', () => {
    expect(found({ isolated: false, withoutGpu: undefined })).toEqual(['wasm 1x1', 'webgpu 1x1'])
    expect(found({ isolated: false, withoutGpu: undefined, saveData: true })).toEqual(['wasm 1x1'])
  })

  it('keep what was settled', () => {
    expect(found({}, { backends: ['wasm'], threads: 3, workers: 2, symbols: 100 })).toEqual(['wasm 3x2'])
    expect(found({ cores: 1 }, { backends: ['wasm'], threads: 4, workers: 4 })).toEqual(['wasm 4x4'])
    expect(found({ isolated: false }, { backends: ['wasm'], threads: 4 }), 'threads cannot be had').toEqual([
      'wasm 1x1',
    ])
    expect(found({ withoutGpu: undefined }, { backends: ['webgpu'], threads: 2, workers: 2 })).toEqual(['webgpu 1x2'])
    expect(found({}, { backends: ['webgpu'] }), 'whatever the device says').toEqual(['webgpu 1x1'])
    expect(found({ cores: 8 }, { backends: ['wasm'], workers: 2 })).toEqual(['wasm 1x2', 'wasm 2x2', 'wasm 4x2'])
  })

  it('are always at least one, all different, simplest first, and never more than the cores unless settled', () => {
    const offers = fc.record<DeviceOffer>({
      cores: fc.integer({ min: 1, max: 128 }),
      isolated: fc.boolean(),
      saveData: fc.boolean(),
      withoutGpu: fc.constantFrom(undefined, 'no adapter'),
    })
    const count = fc.oneof(fc.constant<'auto'>('auto'), fc.integer({ min: 1, max: 16 }))
    const wishes = fc.record<CandidateLimits>({
      backends: fc.subarray(['wasm', 'webgpu'], { minLength: 1 }),
      threads: count,
      workers: count,
      symbols: fc.integer({ min: 1, max: 500 }),
    })
    fc.assert(
      fc.property(offers, wishes, (offer, wish) => {
        const { configurations } = candidates(offer, wish)
        expect(configurations.length).toBeGreaterThan(0)
        for (const [at, one] of configurations.entries()) {
          if (at > 0) expect(bySimplicity(configurations[at - 1]!, one)).toBeLessThan(0)
          if (wish.threads === 'auto' && wish.workers === 'auto')
            expect(one.threads * one.workers).toBeLessThanOrEqual(offer.cores)
          if (wish.workers !== 'auto') expect(one.workers).toBe(wish.workers)
          if (wish.threads !== 'auto' && one.backend === 'wasm' && offer.isolated)
            expect(one.threads).toBe(wish.threads)
          if (!offer.isolated) expect(one.threads).toBe(1)
        }
      }),
    )
  })
})

describe('the choice', () => {
  const at = (some: Partial<Measurement>): Measurement => ({
    backend: 'wasm',
    threads: 1,
    workers: 1,
    symbols: 1,
    medianMs: 10,
    spreadMs: 1,
    ...some,
  })

  it('is the simplest unless another is at least 10 % faster', () => {
    const simple = at({})
    expect(choose([at({ threads: 2, medianMs: 9.01 }), simple])).toBe(simple)
    const faster = at({ threads: 2, medianMs: 9 })
    expect(choose([faster, simple])).toBe(faster)
  })

  it('is nothing where nothing was measured', () => {
    expect(choose([])).toBeUndefined()
    expect(choose([{ backend: 'wasm', threads: 1, workers: 1, reason: 'no' }])).toBeUndefined()
    expect(choose([at({ medianMs: Number.NaN }), at({ medianMs: 0 })])).toBeUndefined()
  })

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(
        measurements.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(choose(shuffled)).toEqual(choose(all))
        },
      ),
    )
  })

  it('does not depend on how fast the device is', () => {
    fc.assert(
      fc.property(measurements, fc.integer({ min: -20, max: 20 }), (all, power) => {
        const scaled = all.map((one) => ({ ...one, medianMs: one.medianMs * 2 ** power }))
        expect(brief(choose(scaled)!)).toBe(brief(choose(all)!))
      }),
    )
  })

  it('is never one that failed, and failures change nothing', () => {
    const failures = fc.array(configuration.map((one): FailedCandidate => ({ ...one, reason: 'it broke' })))
    fc.assert(
      fc.property(measurements, failures, (all, failed) => {
        expect(choose([...failed, ...all])).toBe(choose(all))
      }),
    )
  })

  it('is beaten by none by 10 %, and beats every simpler one by 10 %', () => {
    fc.assert(
      fc.property(measurements, (all) => {
        const choice = choose(all)!
        const fastestMs = Math.min(...all.map(({ medianMs }) => medianMs))
        expect(fastestMs > choice.medianMs * 0.9 || fastestMs === choice.medianMs).toBe(true)
        for (const one of all)
          if (bySimplicity(one, choice) < 0) expect(fastestMs).toBeLessThanOrEqual(one.medianMs * 0.9)
      }),
    )
  })
})

it('names a configuration in words', () => {
  expect(nameOf({ backend: 'wasm', threads: 1, workers: 2 })).toBe('WASM with 1 thread in 2 workers')
  expect(nameOf({ backend: 'webgpu', threads: 2, workers: 1 })).toBe('WebGPU with 2 threads in 1 worker')
})
