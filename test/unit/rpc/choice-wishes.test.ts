import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { runtimeVersion } from '../../../src/inference/runtime-version.ts'
import {
  candidatesFor,
  type ChoiceWishes,
  defaultBackends,
  defaultConfiguration,
  isForced,
  mayUseGraphics,
  rememberable,
  scopeOf,
} from '../../../src/rpc/choice-wishes.ts'
import type { Device } from '../../../src/rpc/device.ts'

const wishes = (some: Partial<ChoiceWishes> = {}): ChoiceWishes => ({
  backends: 'auto',
  threads: 'auto',
  workers: 'auto',
  symbols: 1,
  calibration: 'background',
  ...some,
})

const device = (some: Partial<Device> = {}): Device => ({
  agent: 'a browser',
  cores: 4,
  isolated: true,
  saveData: false,
  findGraphics: async () => ({ missing: 'no adapter' }),
  choices: { read: () => undefined, write: () => undefined, remove: () => undefined },
  ...some,
})

describe('the wishes of a host', () => {
  it('are one worker of one thread on WASM where there are none', () => {
    expect(defaultConfiguration(wishes())).toEqual({ backend: 'wasm', threads: 1, workers: 1 })
    expect(defaultBackends(wishes())).toEqual(['wasm'])
    expect(isForced(wishes())).toBe(false)
  })

  it('are taken as they are where they leave nothing open', () => {
    const all = wishes({ backends: ['webgpu', 'wasm'], threads: 2, workers: 3 })
    expect(isForced(all)).toBe(true)
    expect(defaultConfiguration(all)).toEqual({ backend: 'webgpu', threads: 2, workers: 3 })
    for (const open of ['backends', 'threads', 'workers'] as const)
      expect(isForced({ ...all, [open]: 'auto' })).toBe(false)
  })

  it('settle the backend by a list: the one in use', () => {
    const found = { running: 'wasm', symbols: 1, withoutGpu: undefined } as const
    const backendsOf = (some: ChoiceWishes): string[] =>
      candidatesFor(some, device(), found).configurations.map(({ backend }) => backend)
    expect(new Set(backendsOf(wishes({ backends: ['webgpu', 'wasm'] })))).toEqual(new Set(['wasm']))
    expect(new Set(backendsOf(wishes()))).toEqual(new Set(['wasm', 'webgpu']))
  })

  it('ask for the graphics card only where it may be used', () => {
    expect(mayUseGraphics(wishes(), device())).toBe(true)
    expect(mayUseGraphics(wishes({ backends: ['wasm'] }), device())).toBe(false)
    expect(mayUseGraphics(wishes(), device({ saveData: true }))).toBe(false)
  })

  it('allow everything to be remembered that can be measured', () => {
    const all = rememberable(wishes({ backends: ['webgpu', 'wasm'] }), device())
    expect(all).toContainEqual({ backend: 'webgpu', threads: 1, workers: 1 })
    expect(all).toContainEqual({ backend: 'wasm', threads: 4, workers: 1 })
    expect(rememberable(wishes({ threads: 2 }), device())).not.toContainEqual({
      backend: 'wasm',
      threads: 1,
      workers: 1,
    })
  })
})

describe('what a choice holds for', () => {
  const options = { manifest: 'https://site/manifest.json' }
  const keyOf = (some: {
    wishes?: Partial<ChoiceWishes>
    device?: Partial<Device>
    model?: string
    symbols?: number
  }) =>
    JSON.stringify(
      scopeOf({ ...options, model: some.model }, wishes(some.wishes), device(some.device), some.symbols ?? 1),
    )

  it('differs by everything that matters', () => {
    const keys = [
      keyOf({}),
      keyOf({ model: 'other' }),
      keyOf({ symbols: 2 }),
      keyOf({ wishes: { backends: ['wasm'] } }),
      keyOf({ wishes: { threads: 1 } }),
      keyOf({ wishes: { workers: 1 } }),
      keyOf({ device: { agent: 'another browser' } }),
      keyOf({ device: { cores: 8 } }),
      keyOf({ device: { isolated: false } }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('names the version of ONNX Runtime that the workers contain', () => {
    expect(runtimeVersion).toBe(packageJson.dependencies['onnxruntime-web'])
    expect(keyOf({})).toContain(runtimeVersion)
  })
})
