/** What each call on a registry must come to, said plainly: see {@link Reference}. */
import type { ErrorCode } from '../../../../src/core/errors.ts'
import type { Command, NewModel } from '../../../../src/registry/lifecycle/commands.ts'
import type { ModelRecord } from '../../../../src/registry/records.ts'
import { sha256 } from '../sample-manifest.ts'
import { contentOf, contract, modelFile, scalerFile } from './publisher.ts'
import { type Reference, Refused } from './reference.ts'
import type { Expected, Of } from './steps.ts'

/** The epoch or revision that a step asks for. */
export const expectedNumber = (expected: Expected, right: number | undefined): number | undefined =>
  expected === undefined ? undefined : expected === 'right' ? (right ?? 0) : (right ?? 0) + 7

/** The files and the description that a step registers. */
export function registration(step: Of<'register'>) {
  const { name, version, content, complete, metric, trainingDate } = step
  const label = `${content} ${name} ${version}`
  const published = content === 'published' && version !== undefined
  const scaler = published ? scalerFile(name, version) : scalerFile(name, label)
  return {
    model: published ? modelFile(name, version) : contentOf(label),
    scaler: complete ? scaler : undefined,
    description: {
      modelType: name,
      ...(trainingDate !== undefined && { trainingDate }),
      ...(complete && contract),
    },
    metrics: metric === undefined ? undefined : { ic_mean: metric },
  }
}

const numbersOf = (version: string): number[] => version.split('.').map(Number)

/** A minor above the highest release that was ever used. */
function nextVersion(registry: Reference, name: string): string {
  const { models, tombstones } = registry.family(name)
  const releases = [...models.keys(), ...tombstones.keys()].filter((version) => !version.includes('-')).map(numbersOf)
  const highest = releases.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!).at(-1)
  return highest === undefined ? '1.0.0' : `${highest[0]}.${highest[1]! + 1}.0`
}

export function register(registry: Reference, step: Of<'register'>): void {
  if (Number.isNaN(step.metric)) throw new Refused('registry/metadata-invalid')
  const { model, scaler, description, metrics } = registration(step)
  const local = (bytes: Uint8Array) => {
    const hash = sha256(bytes)
    return { url: `local:${hash}`, size: bytes.byteLength, sha256: hash }
  }
  const files = { artifact: local(model), scaler: scaler && local(scaler) }
  registry.keep(files.artifact)
  if (files.scaler !== undefined) registry.keep(files.scaler)
  const { name } = step
  const version = step.version === '2.1' ? '2.1.0' : (step.version ?? nextVersion(registry, name))
  const metadata = { ...description, ...(metrics !== undefined && { metrics }) }
  const added: NewModel = { name, version, id: `${name}_v${version}`, ...files, metadata }
  registry.run(name, 'host', { type: 'register', model: added })
}

export function install(registry: Reference, id: string, fetch: (url: string) => ErrorCode | undefined): void {
  const record = registry.record(id)
  registry.checkBegins(record, 'install')
  registry.bring(record, fetch)
}

/** The version that a load means, those that may stand in for it, and the one that it comes to. */
export function load(registry: Reference, which: string | undefined, online: boolean): string {
  const { record, standIns } = choose(registry, which)
  registry.checkBegins(record, 'load')
  checkComplete(record)
  try {
    registry.bring(record, () => (online ? undefined : 'model/download-failed'))
    return record.id
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'model/download-failed') throw error
    const standIn = standIns.find((earlier) => registry.isHere(earlier))
    if (standIn === undefined) throw error
    return standIn.id
  }
}

function checkComplete({ scaler, metadata }: ModelRecord): void {
  if (scaler === undefined || metadata.features === undefined) throw new Refused('registry/incompatible')
}

function choose(registry: Reference, which: string | undefined): { record: ModelRecord; standIns: ModelRecord[] } {
  const exact = registry.records.find(({ id }) => id === which)
  if (exact !== undefined) return { record: checkServes(registry, exact), standIns: [] }
  const entries = registry.inForce?.entries ?? []
  const name = which ?? entries[0]?.name ?? ''
  const { models, channel } = registry.family(name)
  const serving = models.get(channel.production ?? '')
  if (serving !== undefined) {
    const earlier = channel.previous.flatMap((version) => models.get(version) ?? [])
    const able = earlier.filter((one) => !one.heldBack && !one.withdrawn && one.status !== 'archived')
    return { record: serving, standIns: able.filter((one) => !isPast(registry, one)) }
  }
  const listed = entries.flatMap((entry) => registry.family(entry.name).models.get(entry.version) ?? [])
  const candidates = which === undefined && listed.length > 0 ? listed : [...models.values()].sort(newestFirst)
  const able = candidates.find(
    (one) => one.status !== 'archived' && !one.heldBack && !one.withdrawn && !one.unlisted && !isPast(registry, one),
  )
  if (able !== undefined) return { record: able, standIns: [] }
  if (candidates[0] !== undefined) checkServes(registry, candidates[0])
  throw new Refused('model/not-found')
}

const isPast = (registry: Reference, { metadata }: ModelRecord): boolean =>
  metadata.expires !== undefined && Date.parse(metadata.expires) <= registry.now

function checkServes(registry: Reference, record: ModelRecord): ModelRecord {
  if (record.withdrawn) throw new Refused('registry/withdrawn')
  if (record.status !== 'production' && isPast(registry, record)) throw new Refused('registry/expired')
  return record
}

/** The newest first; a pre-release comes before its release. */
export function newestFirst(a: { readonly version: string }, b: { readonly version: string }): number {
  const [x, y] = [a, b].map(({ version }) => [...numbersOf(version.split('-')[0]!), Number(!version.includes('-'))])
  for (let i = 0; i < 4; i++) if (x![i] !== y![i]) return y![i]! - x![i]!
  return 0
}

/** Runs a command that puts a version into service. */
export function serve(registry: Reference, id: string, command: (version: string) => Command): void {
  const record = registry.record(id)
  if (record.status !== 'production') registry.checkBegins(record, 'serve')
  registry.run(record.name, 'host', command(record.version))
}

export function demote(registry: Reference, step: Of<'demote'>): void {
  const { name, allowEmpty } = step
  const replacement = step.replacement === undefined ? undefined : registry.versionOf(step.replacement, name)
  checkBegins(registry, name, replacement)
  const expectedEpoch = expectedNumber(step.epoch, registry.family(name).channel.epoch)
  registry.run(name, 'host', { type: 'demote', replacement, allowEmpty, expectedEpoch })
}

/** Refuses a version that is to begin to serve under a manifest past its date. */
export function checkBegins(registry: Reference, name: string, version: string | undefined): void {
  const record = version === undefined ? undefined : registry.family(name).models.get(version)
  if (record !== undefined && record.status !== 'production') registry.checkBegins(record, 'serve')
}

export function archiveOlder(registry: Reference, date: string): void {
  const limit = Date.parse(date)
  if (Number.isNaN(limit)) throw new Refused('registry/metadata-invalid')
  for (const { name, models, channel } of registry.families.values()) {
    const needed = [channel.production, channel.canary?.version, channel.shadow, ...channel.previous]
    for (const { version, status, metadata } of models.values()) {
      const day = metadata.trainingDate?.slice(0, 10)
      if (day === undefined || status === 'archived' || needed.includes(version) || day >= date.slice(0, 10)) continue
      registry.run(name, 'host', { type: 'set-status', version, status: 'archived' })
    }
  }
}

/** What the network makes of an address under a step's fault. */
export function fetched(step: Of<'install'>): (url: string) => ErrorCode | undefined {
  const { fault } = step
  return (url) => {
    if (fault === undefined || !url.endsWith(fault.where)) return undefined
    return fault.what === 'offline' ? 'model/download-failed' : 'model/integrity'
  }
}
