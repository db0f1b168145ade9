/** What the host wishes an engine to run on, and what follows from it before anything is measured. */
import { packageVersion } from '../core/version.ts'
import type { Calibration } from '../engine/choice.ts'
import type { EngineOptions } from '../engine/core.ts'
import type { BackendName } from '../inference/index.ts'
import { type CandidateLimits, type Candidates, candidates, type Configuration } from '../inference/calibrate.ts'
import { runtimeVersion } from '../inference/runtime-version.ts'
import type { ChoiceScope } from './choice-memory.ts'
import type { Device } from './device.ts'

/** When an engine measures by itself: while it works, before it is given out, or never. */
export type CalibrationMode = 'background' | 'before-start' | 'off'

/** What the host wishes. Whatever is `auto` is found by measuring. */
export interface ChoiceWishes {
  readonly backends: 'auto' | readonly BackendName[]
  readonly threads: number | 'auto'
  readonly workers: number | 'auto'
  /** Symbols that come due at one candle close. */
  readonly symbols: number
  readonly calibration: CalibrationMode
  /** Told at the end of a calibration in the background that had something to measure. */
  readonly onCalibration?: ((calibration: Calibration) => void) | undefined
}

/** Whether the options leave nothing to choose. */
export function isForced({ backends, threads, workers }: ChoiceWishes): boolean {
  return backends !== 'auto' && threads !== 'auto' && workers !== 'auto'
}

/** The backends to open with, in order, while nothing is known. */
export function defaultBackends({ backends }: ChoiceWishes): readonly BackendName[] {
  return backends === 'auto' ? ['wasm'] : backends
}

/** What is run while nothing is known: the wishes, and one of everything else. */
export function defaultConfiguration(wishes: ChoiceWishes): Configuration {
  const { threads, workers } = wishes
  const [backend = 'wasm'] = defaultBackends(wishes)
  return { backend, threads: threads === 'auto' ? 1 : threads, workers: workers === 'auto' ? 1 : workers }
}

/** Whether the graphics card is to be asked for at all. */
export function mayUseGraphics({ backends }: ChoiceWishes, { saveData }: Device): boolean {
  return !saveData && (backends === 'auto' || backends.includes('webgpu'))
}

/**
 * What is worth measuring on this device. A list of backends is an order of preference, so the one in use is settled.
 *
 * @param withoutGpu why there is no graphics card to use
 */
export function candidatesFor(
  { backends, threads, workers }: ChoiceWishes,
  { cores, isolated, saveData }: Device,
  found: { readonly running: BackendName; readonly symbols: number; readonly withoutGpu: string | undefined },
): Candidates {
  const limits: CandidateLimits = {
    backends: backends === 'auto' ? ['wasm', 'webgpu'] : [found.running],
    threads,
    workers,
    symbols: found.symbols,
  }
  return candidates({ cores, isolated, saveData, withoutGpu: found.withoutGpu }, limits)
}

/** All that a remembered choice can be. */
export function rememberable(wishes: ChoiceWishes, device: Device): readonly Configuration[] {
  const { symbols } = wishes
  return defaultBackends({
    ...wishes,
    backends: wishes.backends === 'auto' ? ['wasm', 'webgpu'] : wishes.backends,
  }).flatMap((running) => candidatesFor(wishes, device, { running, symbols, withoutGpu: undefined }).configurations)
}

/** What a choice holds for. */
export function scopeOf(
  { manifest, model }: Pick<EngineOptions, 'manifest' | 'model'>,
  { backends, threads, workers }: ChoiceWishes,
  { agent, cores, isolated }: Device,
  symbols: number,
): ChoiceScope {
  return {
    subject: JSON.stringify([manifest, model ?? null, symbols, isolated]),
    identity: JSON.stringify([agent, cores, backends, threads, workers, packageVersion, runtimeVersion]),
  }
}
