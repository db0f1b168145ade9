/** The part of the options that crosses to the engine: plain data only. */
import type { EngineOptions } from '../engine/core.ts'
import type { CreateOptions } from './port.ts'

/** Leaves out what cannot be cloned and what is still to be chosen, and makes the manifest's address absolute. */
export function engineOptions(options: CreateOptions, manifest: string): EngineOptions {
  const {
    worker: _worker,
    wasmUrl: _wasmUrl,
    timeouts: _timeouts,
    recoveries: _recoveries,
    onRecovery: _recovery,
    onProgress: _progress,
    signal: _signal,
    symbols: _symbols,
    calibration: _calibration,
    onCalibration: _onCalibration,
    backends,
    threads,
    workers,
    ...rest
  } = options
  return { ...rest, manifest, backends: settled(backends), threads: settled(threads), workers: settled(workers) }
}

const settled = <T>(wish: T | 'auto' | undefined): T | undefined => (wish === 'auto' ? undefined : wish)
