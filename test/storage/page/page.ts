/** What the page of the tests offers: a registry of the built package in this tab. */
import {
  type LoadProgress,
  MemoryStore,
  ModelRegistry,
  openIndexedDbStore,
  type RegistryOptions,
  sha256Hex,
} from 'candlewick/registry'
import { RawDatabase } from './raw-database.ts'

/** An error as it crosses from the page to the test. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly details: unknown
}

/** What a call ended in. */
export type Answer<T> = { readonly value: T } | { readonly failure: Failure }

/** How a tab opens its registry. */
export interface OpenSettings extends Pick<RegistryOptions, 'trust' | 'minManifestVersion'> {
  /** Default `indexeddb`. */
  readonly store?: 'indexeddb' | 'memory'
  readonly openTimeoutMs?: number
}

/** A loaded model, without its bytes. */
export interface Loaded {
  readonly id: string
  readonly source: 'network' | 'store'
  readonly persisted: boolean
  readonly storeProblem: string | undefined
  readonly standsInFor: string | undefined
  readonly epoch: number
  readonly sha256: string
}

const failureOf = (error: unknown): Failure => {
  const fields: { code?: unknown; details?: unknown } = typeof error === 'object' && error !== null ? error : {}
  const { code, details } = fields
  return { code: typeof code === 'string' ? code : '(none)', message: String(error), details }
}

/** One tab. */
class Tab {
  #registry: ModelRegistry | undefined
  readonly raw = new RawDatabase()
  /** Everything heard of changes, here and in other tabs. */
  readonly heard: (string | undefined)[] = []
  /** Whether the last `pageshow` brought this page back as it was. */
  cameBack = false

  constructor() {
    addEventListener('pageshow', ({ persisted }) => {
      this.cameBack = persisted
    })
  }

  /** Opens the registry. */
  async open(settings: OpenSettings = {}): Promise<void> {
    const { store: kind = 'indexeddb', openTimeoutMs, ...options } = settings
    const store = kind === 'memory' ? new MemoryStore() : await openIndexedDbStore({ openTimeoutMs })
    this.#registry = await ModelRegistry.open({ ...options, manifest: `${location.origin}/manifest.json`, store })
    this.#registry.subscribe(({ name }) => this.heard.push(name))
  }

  get registry(): ModelRegistry {
    if (this.#registry === undefined) throw new Error('The registry of this tab is not open.')
    return this.#registry
  }

  /** Loads a model and hashes what came. */
  async load(idOrName?: string, onProgress?: (progress: LoadProgress) => void): Promise<Loaded> {
    const { id, source, persisted, storeProblem, standsInFor, epoch, model } = await this.registry.load(idOrName, {
      onProgress,
    })
    const sha256 = await sha256Hex(model)
    return { id, source, persisted, storeProblem, standsInFor: standsInFor?.id, epoch, sha256 }
  }

  /** The outcome of a call, failures included. */
  async attempt<T>(work: (tab: Tab) => Promise<T>): Promise<Answer<T>> {
    try {
      return { value: await work(this) }
    } catch (error) {
      return { failure: failureOf(error) }
    }
  }
}

declare global {
  interface Window {
    readonly tab: Tab
  }
}

Object.defineProperty(window, 'tab', { value: new Tab() })
