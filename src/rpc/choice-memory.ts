/** Remembers what was measured on a device. Whatever cannot be read, is too old or belongs elsewhere counts as never measured. */
import type { EngineChoice } from '../engine/choice.ts'
import {
  type Configuration,
  type FailedCandidate,
  type Measurement,
  sameConfiguration,
} from '../inference/calibrate.ts'

/** A place for small texts, by key. It may refuse: then nothing is remembered. */
export interface ChoiceStore {
  read(key: string): string | undefined
  write(key: string, text: string): void
  remove(key: string): void
}

/** What a measured choice holds for. */
export interface ChoiceScope {
  /** What the choice is looked up by: manifest, model, symbols. */
  readonly subject: string
  /** What must be the same for it to hold: device, versions, limits. */
  readonly identity: string
}

/** A choice from an earlier time. */
export interface Remembered {
  readonly choice: EngineChoice
  /** SHA-256 of the model that was measured. */
  readonly model: string
  /** The graphics adapter that was there; `undefined` for none. */
  readonly gpu: string | undefined
}

const dayMs = 24 * 3_600_000

/** Drivers and browsers change; a month later it is measured again. What found no time on a busy day gets another one. */
const lifetimeMs = { whole: 30 * dayMs, inPart: dayMs } as const

/** How all keys of the package's remembered choices begin. */
const prefix = 'candlewick-choice:'

/** The remembered choice of one engine. */
export class ChoiceMemory {
  readonly #store: ChoiceStore
  readonly #key: string
  readonly #identity: string

  constructor(store: ChoiceStore, { subject, identity }: ChoiceScope) {
    this.#store = store
    this.#key = `${prefix}${subject}`
    this.#identity = identity
  }

  /** The choice of an earlier time, if it still holds and is one of `allowed`. */
  recall(allowed: readonly Configuration[], nowMs: number = Date.now()): Remembered | undefined {
    const found = parsed(this.#store.read(this.#key))
    if (!isRecord(found) || found['identity'] !== this.#identity) return undefined
    const { choice, model, gpu } = found
    if (!isChoice(choice) || typeof model !== 'string') return undefined
    const ageMs = nowMs - Date.parse(choice.at ?? '')
    // A time to come is a clock that was put right since.
    const limitMs = choice.tried.length === 0 ? lifetimeMs.whole : lifetimeMs.inPart
    if (!(ageMs >= 0 && ageMs < limitMs)) return undefined
    if (!allowed.some((one) => sameConfiguration(one, choice))) return undefined
    return { choice, model, gpu: typeof gpu === 'string' ? gpu : undefined }
  }

  /** Remembers a choice instead of the one before. */
  keep({ choice, model, gpu }: Remembered): void {
    this.#store.write(this.#key, JSON.stringify({ identity: this.#identity, choice, model, gpu }))
  }

  /** Forgets the choice. */
  forget(): void {
    this.#store.remove(this.#key)
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    // Somebody else wrote there, or writing was cut off.
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

const isCount = (value: unknown): boolean => isNumber(value) && Number.isSafeInteger(value) && value > 0

const isConfiguration = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) &&
  (value['backend'] === 'wasm' || value['backend'] === 'webgpu') &&
  isCount(value['threads']) &&
  isCount(value['workers'])

const isMeasurement = (value: unknown): value is Measurement =>
  isConfiguration(value) && isCount(value['symbols']) && isNumber(value['medianMs']) && isNumber(value['spreadMs'])

const isFailure = (value: unknown): value is FailedCandidate =>
  isConfiguration(value) && typeof value['reason'] === 'string'

const isListOf = <T>(value: unknown, is: (item: unknown) => item is T): value is T[] =>
  Array.isArray(value) && value.every(is)

const isChoice = (value: unknown): value is EngineChoice =>
  isConfiguration(value) &&
  value['how'] === 'measured' &&
  typeof value['reason'] === 'string' &&
  typeof value['at'] === 'string' &&
  isListOf(value['measured'], isMeasurement) &&
  isListOf(value['tried'], isFailure)
