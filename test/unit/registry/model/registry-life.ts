/** A registry and the one that it should be, side by side: every step happens to both, and then they are compared. */
import { expect, vi } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { canonicalJson } from '../../../../src/registry/json-copy.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import { metricOf } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { ModelFilter } from '../../../../src/registry/queries.ts'
import type { EventDraft, Family, ModelRecord, RegistryEvent } from '../../../../src/registry/records.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { Network } from './network.ts'
import { entryOf, lastKeysVersion, manifestUrl, publish, trust, unfitId } from './publisher.ts'
import { newestFirst } from './reference-calls.ts'
import { type Offered, takeOver } from './reference-manifest.ts'
import { codeOf, Reference } from './reference.ts'
import type { RegistryLife, Step } from './steps.ts'

/** Where a life takes place. */
export interface Place {
  open(): Promise<RegistryStore>
  /** Closes the store as a page does that goes away; what is stored stays. */
  leave(store: RegistryStore): Promise<void>
  /** Clears everything. */
  clear(store: RegistryStore): Promise<void>
}

const dayMs = 86_400_000
const rotating: readonly ModelFilter[] = [
  {},
  { status: 'candidate' },
  { name: 'tcn', minPerformance: { ic_mean: 0.15 } },
]

/** What happened last, for the sentence that tells of a difference. */
const told = (step: Step | 'opening'): string => JSON.stringify(step)

/** Both registries, and the world they share. */
export class TwoRegistries {
  readonly reference = new Reference()
  readonly network = new Network()
  /** Every code that was seen, so that a suite can tell that it saw them. */
  readonly codes = new Set<string>()
  readonly #place: Place
  readonly #editions: Offered[] = []
  #store: RegistryStore | undefined
  #registry: ModelRegistry | undefined
  #steps = 0
  #compared = 0
  #checked = 0

  constructor(place: Place, { policy }: RegistryLife) {
    this.#place = place
    this.reference.policy = policy
  }

  get store(): RegistryStore {
    return this.#store ?? expect.fail('the store is not open')
  }

  get registry(): ModelRegistry {
    return this.#registry ?? expect.fail('the registry is not open')
  }

  /** The edition that was accepted last, and those before it. */
  get editions(): readonly Offered[] {
    return this.#editions
  }

  /** Makes a manifest; what is not given is as in the one in force. */
  async offer(changes: Partial<Offered>, by: 'publisher' | 'stranger' = 'publisher'): Promise<Offered> {
    const { stored } = this.reference
    const edition = {
      version: (this.#editions.at(-1)?.version ?? 0) + 1,
      keysVersion: stored?.keysVersion ?? this.#editions.at(-1)?.keysVersion ?? 1,
      issuedAt: Date.now(),
      expires: Date.now() + 30 * dayMs,
      entries: stored?.entries ?? [],
      ...changes,
    }
    const keysVersion = Math.min(edition.keysVersion, lastKeysVersion)
    const text = await publish({ ...edition, keysVersion }, by)
    return { ...edition, keysVersion, text, genuine: by === 'publisher' }
  }

  /** Both take a manifest over, or refuse it with the same code. */
  async refresh(offered: Offered, step: Step): Promise<void> {
    this.network.manifest = offered.text
    await this.both(
      step,
      () => takeOver(this.reference, offered),
      () => this.registry.refresh(),
    )
    if (this.reference.stored === offered) this.#editions.push(offered)
    this.network.manifest = this.reference.stored?.text ?? ''
  }

  /** Opens a new visit: the manifest is fetched, or the stored one stays in force. */
  async open(offered: Offered | undefined): Promise<void> {
    const { reference, network } = this
    reference.inForce = reference.stored
    const expected = offered === undefined ? 'model/download-failed' : codeOf(() => takeOver(reference, offered))
    if (offered !== undefined && reference.stored === offered && this.#editions.at(-1) !== offered)
      this.#editions.push(offered)
    network.online = offered !== undefined
    network.manifest = offered?.text ?? ''
    this.#store ??= await this.#place.open()
    this.#registry = await ModelRegistry.open({
      store: this.#store,
      manifest: manifestUrl,
      trust,
      read: network.read,
      withdrawalPolicy: reference.policy,
      incompatibility: ({ id }) => (id === unfitId ? 'the host cannot use it' : undefined),
    })
    network.online = true
    network.manifest = reference.stored?.text ?? ''
    expect(this.registry.manifestProblem?.code).toBe(expected)
    expect(this.registry.storeProblem).toBeUndefined()
    await this.compare('opening')
  }

  async leave(): Promise<void> {
    await this.#registry?.close()
    if (this.#store !== undefined) await this.#place.leave(this.#store)
    this.#registry = undefined
    this.#store = undefined
  }

  async clear(): Promise<void> {
    await this.#registry?.close()
    await this.#place.clear(this.store)
    this.#store = undefined
    this.reference.evict()
    this.#compared = 0
  }

  /** Both do something, and refuse it with the same code or not at all; what they answer is the same. */
  async both(step: Step, plainly: () => unknown, really: () => Promise<unknown>): Promise<void> {
    let answer: unknown
    const expected = codeOf(() => void (answer = plainly()))
    const actual = await refusalOf(really)
    expect({ code: actual.code }, told(step)).toEqual({ code: expected })
    if (expected !== undefined) this.codes.add(expected)
    else if (typeof answer === 'string') expect(actual.answer, told(step)).toBe(answer)
  }

  /** The stored state is the one that should be, breaks no rule, and is what its log tells. */
  async compare(step: Step | 'opening'): Promise<void> {
    const snapshot = await this.store.read({ families: 'all', blobs: 'all', manifests: 'all' })
    const events = await this.store.listEvents()
    const { reference } = this
    // Without a new line the log tells the same, and a state that changed nevertheless differs from the one that should be.
    if (events.length !== this.#checked) expect(brokenInvariants({ ...snapshot, events }), told(step)).toEqual([])
    this.#checked = events.length
    const real = textOf(snapshot.families)
    if (real !== textOf(reference.families)) expect(snapshot.families, told(step)).toEqual(reference.families)
    const { facts } = reference
    const happened = events.filter(({ name }) => name !== undefined).map(draftOf)
    expect(happened.length, told(step)).toBe(facts.length)
    // What was compared before cannot have changed: the log is chained.
    const since = Math.min(this.#compared, facts.length)
    expect(inNoOrder(happened.slice(since)), told(step)).toEqual(inNoOrder(facts.slice(since)))
    this.#compared = facts.length
    this.#compareBlobs(
      new Set([...snapshot.blobs.values()].flatMap((blob) => (blob.state === 'ready' ? blob.sha256 : []))),
      step,
    )
    expect(this.registry.manifest?.version, told(step)).toBe(reference.inForce?.version)
    await this.list(rotating[this.#steps++ % rotating.length]!)
  }

  /** A list is what a plain filter makes of all records. */
  async list(filter: ModelFilter): Promise<void> {
    const listed = await this.registry.listModels(filter)
    expect(
      listed.map((info) => info.modelId),
      told({ step: 'list', filter }),
    ).toEqual(
      this.reference.records
        .filter((record) => passes(record, filter))
        .sort(inOrder)
        .map(({ id }) => id),
    )
  }

  /** Rotten files vanish when somebody looks at them; all others are where they should be. */
  #compareBlobs(ready: ReadonlySet<string>, step: Step | 'opening'): void {
    const { good, spoiled } = this.reference
    for (const sha256 of spoiled.keys()) if (!ready.has(sha256)) spoiled.delete(sha256)
    expect([...ready].sort(), told(step)).toEqual([...good.keys(), ...spoiled.keys()].sort())
  }
}

const inNoOrder = (drafts: readonly EventDraft[]): string[] => drafts.map(canonicalJson).sort()

/** A line of the log without its place. */
function draftOf(line: RegistryEvent): EventDraft {
  const { seq: _seq, hash: _hash, prevHash: _prevHash, ...draft } = line
  return draft
}

async function refusalOf(call: () => Promise<unknown>): Promise<{ code?: string; answer?: unknown }> {
  try {
    return { answer: await call() }
  } catch (error) {
    if (isCandlewickError(error)) return { code: error.code }
    throw error
  }
}

const texts = new WeakMap<Family, string>()

/** Families as texts that do not depend on the order of anything. Families never change, so each is written once. */
function textOf(families: ReadonlyMap<string, Family>): string {
  const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  const one = (family: Family): string => {
    const { name, models, tombstones, channel } = family
    const text = texts.get(family) ?? canonicalJson([name, sorted(models), sorted(tombstones), channel])
    texts.set(family, text)
    return text
  }
  return sorted(families)
    .map(([, family]) => one(family))
    .join('\n')
}

const inOrder = (a: ModelRecord, b: ModelRecord): number =>
  a.name === b.name ? newestFirst(a, b) : a.name < b.name ? -1 : 1

function passes(record: ModelRecord, filter: ModelFilter): boolean {
  const { name, modelType, status, minPerformance, dateFrom, dateTo } = filter
  const day = record.metadata.trainingDate?.slice(0, 10) ?? ''
  return (
    (name === undefined || name === record.name) &&
    (modelType === undefined || modelType === record.metadata.modelType) &&
    (status === undefined || [status].flat().includes(record.status)) &&
    Object.entries(minPerformance ?? {}).every(([metric, least]) => (metricOf(record, metric) ?? -Infinity) >= least) &&
    (dateFrom === undefined || (day !== '' && day >= dateFrom.slice(0, 10))) &&
    (dateTo === undefined || (day !== '' && day <= dateTo.slice(0, 10)))
  )
}

/** The time at which every life begins. */
export const beginning = Date.UTC(2026, 0, 1)

/** Lives a life; `take` makes a step happen to both. */
export async function live(
  place: Place,
  life: RegistryLife,
  take: (two: TwoRegistries, step: Step) => Promise<void>,
): Promise<TwoRegistries> {
  vi.setSystemTime(beginning)
  const two = new TwoRegistries(place, life)
  try {
    await two.open(await two.offer({ entries: life.first.map(entryOf) }))
    for (const step of life.steps) {
      await take(two, step)
      await two.compare(step)
    }
    return two
  } finally {
    await two.leave()
  }
}
