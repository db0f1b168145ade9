/** Workers without a thread of their own: the worker's whole side behind a real message channel, with faults on demand. */
import { onTestFinished, vi } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { CandleSeries } from '../../../src/core/series.ts'
import type { EngineOptions, SymbolHistory } from '../../../src/engine/core.ts'
import { LocalEngine } from '../../../src/engine/local-engine.ts'
import { type Backend, type BackendName, type RuntimeSession, wasmBackend } from '../../../src/inference/index.ts'
import { MemoryStore } from '../../../src/registry/index.ts'
import { serveEngine } from '../../../src/rpc/host.ts'
import type { Recovery } from '../../../src/rpc/recovery.ts'
import { RemoteEngine, type RemoteParts } from '../../../src/rpc/remote-engine.ts'
import { publish } from '../engine/published-models.ts'

/** What happens when a call comes in: nothing special, the worker's end in the middle of it, or no word any more. */
export type Fault = 'crash' | 'silence' | undefined

/** A call as it reaches a worker. */
export interface IncomingCall {
  readonly name: string
  readonly values: readonly unknown[]
  readonly worker: InThreadWorker
}

interface WireMessage {
  readonly path?: readonly string[]
  readonly argumentList?: readonly { readonly value: unknown }[]
}

/** A worker, and what it went through. */
export class InThreadWorker extends EventTarget {
  readonly backend: BackendName
  /** Names of the calls that came in. */
  readonly calls: string[] = []
  terminated = false
  /** Settles when it is terminated. */
  readonly ended: Promise<void>
  #end!: () => void
  readonly #ports = new MessageChannel()
  readonly #faultOf: (call: IncomingCall) => Fault
  #silent = false

  constructor(backend: BackendName, serve: (port: MessagePort) => void, faultOf: (call: IncomingCall) => Fault) {
    super()
    this.backend = backend
    this.#faultOf = faultOf
    this.ended = new Promise((resolve) => (this.#end = resolve))
    const { port1, port2 } = this.#ports
    port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!this.#silent && !this.terminated) this.dispatchEvent(new MessageEvent('message', { data }))
    })
    port1.start()
    serve(port2)
  }

  postMessage(message: WireMessage, transfer: Transferable[] = []): void {
    const name = message.path?.[0]
    const values = message.argumentList?.map(({ value }) => value) ?? []
    this.#ports.port1.postMessage(message, transfer)
    if (name === undefined) return
    this.calls.push(name)
    const fault = this.#faultOf({ name, values, worker: this })
    if (fault === undefined) return
    this.#silent = true
    if (fault === 'crash') setTimeout(() => this.crash(), 0)
  }

  /** Ends as a worker does whose script throws. */
  crash(): void {
    if (!this.terminated) this.dispatchEvent(Object.assign(new Event('error'), { message: 'it met its end' }))
  }

  terminate(): void {
    this.terminated = true
    this.#end()
    this.#ports.port1.close()
    this.#ports.port2.close()
  }
}

const { manifest, files } = await publish(['1.0.0', '2.0.0'])

const read = async (url: string): Promise<ReadableStream<Uint8Array>> => {
  const name = url.split('/').at(-1)!
  const bytes = name === 'manifest.json' ? new TextEncoder().encode(JSON.stringify(manifest)) : files.get(name)!
  return new Blob([bytes]).stream()
}

const tiny: EngineOptions = { manifest: 'https://models.example/manifest.json' }

const openLocal = (options: EngineOptions, backends: readonly Backend[]): Promise<LocalEngine> =>
  LocalEngine.open(options, { openStore: async () => ({ store: new MemoryStore() }), read, backends })

/** How a test differs from a world without faults. */
export interface Surroundings extends Partial<RemoteParts> {
  readonly options?: Partial<EngineOptions>
  readonly faultOf?: (call: IncomingCall) => Fault
  /** Changes what a worker computes with. */
  readonly compute?: (backend: BackendName, session: RuntimeSession) => RuntimeSession
}

/** An engine whose workers live in this thread. */
export interface Surrounded {
  readonly engine: RemoteEngine
  /** All workers that were ever started. */
  readonly workers: InThreadWorker[]
  readonly recoveries: Recovery[]
  /** The worker started last. */
  readonly latest: InThreadWorker
}

/** Opens an engine; it is closed after the test. */
export async function openRemote(surroundings: Surroundings = {}): Promise<Surrounded> {
  const { options = {}, faultOf = () => undefined, compute = (_, session) => session, ...others } = surroundings
  const workers: InThreadWorker[] = []
  const recoveries: Recovery[] = []
  const backendOf = (name: BackendName): Backend => {
    const processor = wasmBackend()
    return { ...processor, name, load: async (model, id) => compute(name, await processor.load(model, id)) }
  }
  const parts: RemoteParts = {
    spawn: (backend) => {
      const serve = (port: MessagePort): void =>
        serveEngine(
          (wanted, hooks) =>
            LocalEngine.open(
              wanted,
              { openStore: async () => ({ store: new MemoryStore() }), read, backends: [backendOf(backend)] },
              hooks,
            ),
          () => Promise.reject(new TypeError('nothing is served for direct use here')),
          port,
        )
      const worker = new InThreadWorker(backend, serve, faultOf)
      workers.push(worker)
      // Ports of this thread have the methods of a worker under the same names.
      return worker as unknown as Worker
    },
    unsupported: () => undefined,
    wasmUrl: () => '',
    onRecovery: (recovery) => recoveries.push(recovery),
    ...others,
  }
  const engine = await RemoteEngine.open({ ...tiny, ...options }, parts)
  onTestFinished(() => engine.close())
  return {
    engine,
    workers,
    recoveries,
    get latest() {
      return workers.at(-1)!
    },
  }
}

/** The same model without workers; it is closed after the test. */
export async function openUndisturbed(options: Partial<EngineOptions> = {}): Promise<LocalEngine> {
  const engine = await openLocal({ ...tiny, ...options }, [wasmBackend()])
  onTestFinished(() => engine.close())
  return engine
}

/** Candles as the engines take them. */
export function historyOf(symbol: string, candles: readonly Candle[]): SymbolHistory {
  return { symbol, columns: CandleSeries.from(candles, { symbol, timeframe: '15m' }).columns }
}

/** Waits until a check passes, however busy the machine is. */
export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 10 })
