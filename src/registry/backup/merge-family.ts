/** How the versions of a backup join those that are here: by facts, as if they had come one by one. */
import { CandlewickError } from '../../core/errors.ts'
import { evaluationsOf, isSameMeasurement } from '../lifecycle/evaluations.ts'
import { Course, known, type LifecycleContext, obstacle } from '../lifecycle/course.ts'
import type { Fact } from '../lifecycle/family.ts'
import type { Channel, Family, ModelRecord, Tombstone } from '../records.ts'
import { modelChanges, type RestoredModel, type RestoredPointer } from './restore-report.ts'

/** How a backup is merged. */
export interface MergeOptions {
  readonly context: LifecycleContext
  /** Takes over pointers also where others are in force. */
  readonly takePointers: boolean
  /** Goes into the log. */
  readonly why: string
}

/** What a merge of one name comes to. */
export interface MergedFamily {
  readonly family: Family
  readonly facts: readonly Fact[]
  readonly models: readonly RestoredModel[]
  readonly pointers: readonly RestoredPointer[]
}

/** The error for a backup that cannot be true together with what is here. */
export function conflict(reason: string): CandlewickError<'backup/conflict'> {
  return new CandlewickError('backup/conflict', { reason })
}

/**
 * Merges one name. What is here stays as it is; what is not, comes, evaluations of versions that are here among it. Versions deleted on either side stay so unless they live
 * here.
 *
 * @throws `backup/conflict` where a version has other bytes
 */
export function mergeFamily(ours: Family, theirs: Family, options: MergeOptions): MergedFamily {
  const course = new Course(ours, options.context)
  for (const record of theirs.models.values()) checkBytes(ours, record, record.artifact.sha256, record.scaler?.sha256)
  for (const grave of theirs.tombstones.values()) checkBytes(ours, grave, grave.sha256)
  const added = [...theirs.models.values()].filter(({ version }) => !isKnown(ours, version))
  const buried = [...theirs.tombstones.values()].filter(({ version }) => !isKnown(ours, version))
  for (const record of added) {
    const { version } = record
    course.add({ type: 'registered', version, record: outOfService(record), why: options.why })
  }
  for (const { version, sha256 } of buried) course.add({ type: 'deleted', version, sha256 })
  const pointers = mergePointers(course, theirs.channel, options)
  for (const { version } of added) course.compare(known(course, version))
  if (mergeEvaluations(course, theirs)) course.compareAll()
  return { family: course.family, facts: course.facts, models: linesOf(ours, theirs, course.family), pointers }
}

/** What was measured elsewhere of versions that are here too; where both measured, what is here stays. Whether something came. */
function mergeEvaluations(course: Course, theirs: Family): boolean {
  const before = course.facts.length
  for (const record of theirs.models.values()) {
    const here = course.family.models.get(record.version)
    if (here === undefined) continue
    for (const { recordedAt: _elsewhere, ...evaluation } of evaluationsOf(record))
      if (!evaluationsOf(here).some((one) => isSameMeasurement(one, evaluation)))
        course.add({ type: 'evaluated', version: record.version, evaluation })
  }
  return course.facts.length > before
}

const isKnown = ({ models, tombstones }: Family, version: string): boolean =>
  models.has(version) || tombstones.has(version)

/** A version is its bytes, for ever, also after it was deleted. */
function checkBytes(
  { models, tombstones }: Family,
  { id, version }: Pick<ModelRecord | Tombstone, 'id' | 'version'>,
  artifact: string,
  scaler?: string,
): void {
  const refuse = (what: string): never => {
    throw conflict(`${id} has ${what} than here`)
  }
  const record = models.get(version)
  const here = record?.artifact.sha256 ?? tombstones.get(version)?.sha256 ?? artifact
  if (here !== artifact) refuse('another model file')
  if (record !== undefined && scaler !== undefined && record.scaler !== undefined && record.scaler.sha256 !== scaler)
    refuse('another scaler')
}

/** The pointers decide who serves, and they come later: until then nobody who joins is in production. */
function outOfService(record: ModelRecord): ModelRecord {
  if (record.status !== 'production') return record
  const { candidateReason: _reason, lowTrust: _trust, ...rest } = record
  return record.withdrawn === undefined
    ? { ...rest, status: 'candidate', candidateReason: 'demoted' }
    : { ...rest, status: 'registered' }
}

function linesOf(ours: Family, theirs: Family, after: Family): RestoredModel[] {
  const told = modelChanges(ours, after).filter(
    ({ version, action }) => action !== 'skipped' || theirs.models.has(version),
  )
  const left = [...theirs.models.values()].filter(({ version }) => ours.tombstones.has(version))
  return [
    ...told.map((line) => (line.action === 'skipped' ? { ...line, reason: 'it is here already' } : line)),
    ...left.map(({ id, name, version }) => ({
      id,
      name,
      version,
      action: 'skipped' as const,
      reason: 'it was deleted here',
    })),
  ]
}

/** A channel that was never used has no pointers that could be changed. */
const isUnused = ({ epoch, canary, shadow }: Channel): boolean =>
  epoch === 0 && canary === undefined && shadow === undefined

type Pointer = RestoredPointer['pointer']

function mergePointers(course: Course, theirs: Channel, options: MergeOptions): RestoredPointer[] {
  const { name, production, canary, shadow } = theirs
  const open = options.takePointers || isUnused(course.family.channel)
  const wanted: readonly (readonly [Pointer, string | undefined])[] = [
    ['production', production],
    ['canary', canary?.version],
    ['shadow', shadow],
  ]
  return wanted.flatMap(([pointer, version]): RestoredPointer[] => {
    if (version === undefined) return []
    const reason = objection(course, pointer, version, open)
    if (reason !== undefined) return [{ name, pointer, version, taken: false, reason }]
    take(course, pointer, theirs, options.why)
    return [{ name, pointer, version, taken: true }]
  })
}

function versionOf({ production, canary, shadow }: Channel, pointer: Pointer): string | undefined {
  if (pointer === 'canary') return canary?.version
  return pointer === 'production' ? production : shadow
}

/** Why a version cannot be put there; the rules are those of the commands. */
function objection(course: Course, pointer: Pointer, version: string, open: boolean): string | undefined {
  const record = course.family.models.get(version)
  if (versionOf(course.family.channel, pointer) === version) return 'it is so already'
  if (!open) return 'another state is in force here'
  if (record === undefined) return 'it was deleted here'
  if (record.status === 'archived') return 'it is archived'
  if (pointer !== 'production' && record.status === 'production') return 'it is in production here'
  if (pointer === 'canary' && course.production === undefined) return 'there is no production version beside it'
  return obstacle(record, course.context)?.reason
}

function take(course: Course, pointer: Pointer, theirs: Channel, why: string): void {
  const { production, canary, shadow } = theirs
  if (pointer === 'production' && production !== undefined) return takeProduction(course, production, theirs, why)
  if (pointer === 'shadow') return course.add({ type: 'shadow-set', version: shadow })
  if (canary === undefined) return
  const ours = course.family.channel.canary
  if (ours !== undefined) course.add({ type: 'canary-ended', version: ours.version, outcome: 'aborted', why })
  const { version, basisPoints, unit } = canary
  course.add({ type: 'canary-started', version, canary: { basisPoints, unit } })
}

/** The way back leads first to what serves here now, and then to what served there. */
function takeProduction(course: Course, version: string, theirs: Channel, why: string): void {
  const from = course.production
  const { models, channel } = course.family
  const history = [...(from === undefined ? [] : [from.version]), ...theirs.previous, ...channel.previous]
  const previous = [...new Set(history)].filter((entry) => entry !== version && models.has(entry))
  if (from?.withdrawn !== undefined) course.setStatus(from, 'registered', why)
  else if (from !== undefined) course.setStatus(from, 'candidate', why, { candidateReason: 'demoted' })
  course.moveProduction(known(course, version), 'manual', why, previous)
}
