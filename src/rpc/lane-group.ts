/** The lanes of an engine, and which symbol lives in which. */
import type { CandleSeries } from '../core/series.ts'
import type { EngineInfo, EngineOptions, TriedBackend } from '../engine/core.ts'
import { Lane, type LaneParts } from './lane.ts'
import type { OpenHooks } from './open-worker.ts'

/** Lanes that share the symbols of an engine. Get one with {@link openLanes}. */
export class LaneGroup {
  /** At least one. */
  readonly lanes: readonly [Lane, ...Lane[]]
  readonly #homes = new Map<string, Lane>()

  constructor(lanes: readonly [Lane, ...Lane[]]) {
    this.lanes = lanes
  }

  /** What the first lane runs, with every backend that failed in any of them. */
  get info(): EngineInfo {
    const tried: TriedBackend[] = []
    for (const { info } of this.lanes)
      for (const one of info.tried)
        if (!tried.some(({ backend, reason }) => backend === one.backend && reason === one.reason)) tried.push(one)
    return { ...this.lanes[0].info, tried, workers: this.lanes.length }
  }

  /** The lane in which a symbol lives, or would live. */
  find(symbol: string): Lane {
    return this.#homes.get(symbol) ?? this.#emptiest()
  }

  /** The lane in which a symbol lives from now on: at first the one with the fewest symbols. */
  settle(symbol: string): Lane {
    const lane = this.find(symbol)
    this.#homes.set(symbol, lane)
    return lane
  }

  /** The candles of all symbols. */
  get candles(): ReadonlyMap<string, CandleSeries> {
    return new Map(this.lanes.flatMap(({ candles }) => [...candles.all]))
  }

  /** Ends all lanes at once. */
  close(): void {
    for (const lane of this.lanes) lane.close()
  }

  #emptiest(): Lane {
    const symbols = new Map<Lane, number>(this.lanes.map((lane) => [lane, 0]))
    for (const lane of this.#homes.values()) symbols.set(lane, symbols.get(lane)! + 1)
    return this.lanes.reduce((least, lane) => (symbols.get(lane)! < symbols.get(least)! ? lane : least))
  }
}

/**
 * Opens as many lanes as the options ask for. The first one downloads and stores the model; the others open from the
 * store, beside each other, with the backend that the first one found to work.
 *
 * @throws as {@link Lane.open}; no lane is left open then
 */
export async function openLanes(options: EngineOptions, parts: LaneParts, hooks: OpenHooks): Promise<LaneGroup> {
  const { workers = 1 } = options
  if (!Number.isSafeInteger(workers) || workers < 1)
    throw new TypeError(`workers is ${workers}: it must be a whole number from 1.`)
  const first = await Lane.open(0, options, parts, hooks)
  const indexes = Array.from({ length: workers - 1 }, (_, i) => i + 1)
  // Progress tells of the download, which is over.
  const { signal } = hooks
  const others = await Promise.allSettled(
    indexes.map((index) => Lane.open(index, options, parts, { signal }, first.info.tried)),
  )
  const lanes: Lane[] = []
  let failure: { readonly reason: unknown } | undefined
  for (const other of others) {
    if (other.status === 'fulfilled') lanes.push(other.value)
    else failure ??= other
  }
  const group = new LaneGroup([first, ...lanes])
  if (failure === undefined) return group
  group.close()
  throw failure.reason
}
