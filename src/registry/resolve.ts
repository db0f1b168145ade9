/** Which version is meant by an id, a name, or nothing at all. */
import { CandlewickError } from '../core/errors.ts'
import { isExpired } from './lifecycle/course.ts'
import type { Manifest } from './manifest.ts'
import { byNameAndVersion } from './queries.ts'
import type { Family, ModelRecord } from './records.ts'

/** All records, by name and then the newest version first. */
export function allRecords(families: ReadonlyMap<string, Family>): ModelRecord[] {
  return [...families.values()].flatMap(({ models }) => [...models.values()]).sort(byNameAndVersion)
}

/**
 * The record of an id.
 *
 * @param name where given, versions of other names do not count
 * @throws `model/not-found`
 */
export function recordOf(families: ReadonlyMap<string, Family>, id: string, name?: string): ModelRecord {
  const records = allRecords(families).filter((one) => name === undefined || one.name === name)
  const record = records.find((one) => one.id === id)
  if (record !== undefined) return record
  throw new CandlewickError('model/not-found', { id, available: records.map((one) => one.id) })
}

/**
 * The name meant where none is given: the manifest's first, or the only one there is.
 *
 * @throws `model/not-found`, `registry/name-required`
 */
export function nameMeant(
  families: ReadonlyMap<string, Family>,
  manifest: Manifest | undefined,
  name: string | undefined,
): string {
  if (name !== undefined) return name
  const first = manifest?.models[0]?.name
  if (first !== undefined) return first
  const names = [...families.values()].filter(({ models }) => models.size > 0).map((family) => family.name)
  if (names.length > 1) throw new CandlewickError('registry/name-required', { names: names.sort() })
  if (names[0] === undefined) throw new CandlewickError('model/not-found', { id: '(any)', available: [] })
  return names[0]
}

/** A version chosen to serve, and those that may stand in for it. */
export interface Choice {
  readonly record: ModelRecord
  /** Earlier production versions, the latest first; empty where one version was asked for. */
  readonly standIns: readonly ModelRecord[]
  readonly epoch: number
}

const fit = (record: ModelRecord, at: number): boolean =>
  record.status !== 'archived' &&
  !record.heldBack &&
  !record.withdrawn &&
  !record.unlisted &&
  !isExpired(record, { at })

/** The way back that a rollback could take now, as far as bytes and this place allow it. */
function earlier({ models, channel }: Family, at: number): ModelRecord[] {
  const records = channel.previous.flatMap((version) => models.get(version) ?? [])
  return records.filter(
    (record) => !record.heldBack && !record.withdrawn && record.status !== 'archived' && !isExpired(record, { at }),
  )
}

/**
 * Chooses what serves. A name, or nothing, means its production version; until one was promoted, the manifest's first entry
 * that may serve (for nothing), or the highest version that may (for a name).
 *
 * @throws `model/not-found`, `registry/name-required`; `registry/withdrawn` and `registry/expired` for a version asked for
 * by its id
 */
export function chooseModel(
  families: ReadonlyMap<string, Family>,
  manifest: Manifest | undefined,
  idOrName: string | undefined,
  at: number,
): Choice {
  const records = allRecords(families)
  const exact = records.find(({ id }) => id === idOrName)
  if (exact !== undefined) {
    checkServes(exact, at)
    return { record: exact, standIns: [], epoch: families.get(exact.name)?.channel.epoch ?? 0 }
  }
  const family = families.get(nameMeant(families, manifest, idOrName))
  const production = family?.channel.production
  const serving = production === undefined ? undefined : family?.models.get(production)
  if (family !== undefined && serving !== undefined)
    return { record: serving, standIns: earlier(family, at), epoch: family.channel.epoch }
  const listed = (manifest?.models ?? []).flatMap(({ name, version }) => families.get(name)?.models.get(version) ?? [])
  const candidates =
    idOrName === undefined && listed.length > 0 ? listed : records.filter((one) => one.name === family?.name)
  const record = candidates.find((one) => fit(one, at))
  if (record !== undefined) return { record, standIns: [], epoch: families.get(record.name)?.channel.epoch ?? 0 }
  if (candidates[0] !== undefined) checkServes(candidates[0], at)
  throw new CandlewickError('model/not-found', { id: idOrName ?? '(any)', available: records.map(({ id }) => id) })
}

/** A version in production goes on past its date; another is not begun with. */
function checkServes(record: ModelRecord, at: number): void {
  const { id, withdrawn, metadata, status } = record
  if (withdrawn !== undefined) throw new CandlewickError('registry/withdrawn', { id, reason: withdrawn.reason })
  if (status !== 'production' && isExpired(record, { at }))
    throw new CandlewickError('registry/expired', { id, expires: String(metadata.expires) })
}
