/**
 * The life of a model's versions as pure functions: a family and a command in, facts out, or a typed error. What they say is
 * stored in one transaction; the property tests run the very same functions as their model.
 */
import { CandlewickError } from '../../core/errors.ts'
import { finishCanary, setCanary, setShadow, startCanary } from './canary.ts'
import { compareWithProduction } from './candidate-rule.ts'
import type { Command, CommandOf, NewModel, WithdrawalPolicy } from './commands.ts'
import { Course, known, type LifecycleContext, obstacle, useOf } from './course.ts'
import type { Fact } from './family.ts'
import { evaluationsOf, isSameMeasurement, tellsTheSame } from './evaluations.ts'
import { checkEvaluation, checkMetadata } from './metadata-form.ts'
import { diffPatch, mergePatch } from './merge-patch.ts'
import { type Family, type ModelMetadata, type ModelRecord, type ModelStatus, modelStatuses } from '../records.ts'
import { checkServable, demote, fallBack, promote, rollback, rollbackTarget } from './serving.ts'

/** What a command led to. */
export interface Outcome {
  readonly family: Family
  /** In order; empty where everything was already so. */
  readonly facts: readonly Fact[]
}

/**
 * Decides a command.
 *
 * @throws `registry/…`; the family is then as it was
 */
export function decide(family: Family, command: Command, context: LifecycleContext): Outcome {
  const course = new Course(family, context)
  run(course, command)
  return { family: course.family, facts: course.facts }
}

function run(course: Course, command: Command): void {
  switch (command.type) {
    case 'register':
      return register(course, command.model)
    case 'promote':
      return promote(course, command)
    case 'demote':
      return demote(course, command)
    case 'rollback':
      return rollback(course, command)
    case 'hold-back':
      return holdBack(course, known(course, command.version), command.reason)
    case 'release':
      return release(course, known(course, command.version), command.reason)
    case 'set-status':
      return setStatus(course, known(course, command.version), command.status)
    case 'update-metadata':
      return updateMetadata(course, command)
    case 'record-evaluation':
      return recordEvaluation(course, command)
    case 'delete':
      return remove(course, known(course, command.version), command.force === true)
    case 'withdraw':
      return withdraw(course, known(course, command.version), command.reason, command.policy ?? 'rollback')
    case 'list':
      return list(course, known(course, command.version), command.listed)
    case 'start-canary':
      return startCanary(course, command)
    case 'set-canary':
      return setCanary(course, command.basisPoints)
    case 'finish-canary':
      return finishCanary(course, command.outcome, command.reason)
    case 'set-shadow':
      return setShadow(course, command.version)
  }
}

function register(course: Course, asked: NewModel): void {
  const model = withoutClaims(asked)
  const { family, context } = course
  const grave = family.tombstones.get(model.version)
  if (grave !== undefined) throw new CandlewickError('registry/version-retired', { id: model.id })
  const present = family.models.get(model.version)
  if (present !== undefined) return registerAgain(course, present, model)
  checkMetadata(model.metadata)
  const { at, rule } = context
  const record: ModelRecord = { ...model, status: 'registered', revision: 1, registeredAt: at, updatedAt: at }
  const { why } = compareWithProduction(record, course.production, rule)
  course.add({ type: 'registered', version: model.version, record, why })
  course.compare(known(course, model.version))
}

/** What was measured is for the host to say: a manifest brings no evaluations, and takes none away. */
function withoutClaims(model: NewModel): NewModel {
  if (model.manifest === undefined || model.metadata.evaluations === undefined) return model
  const { evaluations: _claimed, ...metadata } = model.metadata
  return { ...model, metadata }
}

/** The same bytes again are no news; what else the manifest says of them by now is. */
function registerAgain(course: Course, present: ModelRecord, model: NewModel): void {
  const { id } = present
  const check = (expected: string | undefined, actual: string | undefined): void => {
    if (expected === actual) return
    const details = { id, expected: expected ?? 'none', actual: actual ?? 'none' }
    throw new CandlewickError('registry/version-immutable', details)
  }
  check(present.artifact.sha256, model.artifact.sha256)
  check(present.scaler?.sha256, model.scaler?.sha256)
  if (model.manifest === undefined) return
  const { version, artifact, scaler } = present
  if (present.unlisted) course.add({ type: 'listed', version })
  if (model.artifact.url !== artifact.url || model.scaler?.url !== scaler?.url)
    course.add({ type: 'relocated', version, artifact: model.artifact.url, scaler: model.scaler?.url })
  // What the host added to the record stays; the manifest speaks for its own fields only.
  const own = Object.keys(model.metadata)
  const before = Object.fromEntries(own.map((field) => [field, present.metadata[field]]))
  updateMetadata(course, { version, patch: diffPatch(before, model.metadata) })
}

/** Takes a version out of automation's reach. One that serves is rolled back instead. */
function holdBack(course: Course, record: ModelRecord, reason: string): void {
  const { id, version } = record
  const use = useOf(course, version)
  if (use !== undefined && use !== 'rollback') throw new CandlewickError('registry/in-use', { id, use })
  if (record.heldBack?.reason === reason) return
  course.add({ type: 'held-back', version, reason })
  if (record.status === 'candidate') course.setStatus(known(course, version), 'registered', reason)
}

function release(course: Course, record: ModelRecord, why: string): void {
  if (record.heldBack === undefined) return
  course.add({ type: 'released', version: record.version, why })
  course.compare(known(course, record.version))
}

const isStatus = (value: string): value is ModelStatus => modelStatuses.some((status) => status === value)

function setStatus(course: Course, record: ModelRecord, to: string): void {
  const { id, version, status: from } = record
  if (!isStatus(to)) throw new CandlewickError('registry/invalid-status', { value: to, known: modelStatuses })
  if (to === from) return
  if (to === 'production') return promote(course, { version, cause: 'manual', reason: `${id} was set as production` })
  const use = useOf(course, version)
  if (use === 'production' || (to === 'archived' && use !== undefined && use !== 'rollback'))
    throw new CandlewickError('registry/in-use', { id, use })
  if (from === 'archived' && to !== 'registered')
    throw new CandlewickError('registry/invalid-transition', { id, from, to })
  if (to !== 'candidate') return course.setStatus(record, to, `set to ${to}`)
  const found = obstacle(record, { ...course.context, isReady: () => true, incompatibility: () => undefined })
  if (found !== undefined && found.code !== 'registry/incompatible') checkServable(course, record)
  course.setStatus(record, to, 'set to candidate', { candidateReason: 'manual' })
}

const immutable = [
  'id',
  'name',
  'version',
  'status',
  'artifact',
  'scaler',
  'sha256',
  'size',
  'features',
  'io',
  'outputLayout',
  'classOrder',
  'evaluations',
]

function updateMetadata(course: Course, command: CommandOf<'update-metadata'>): void {
  const { version, patch, expectedRevision } = command
  const record = known(course, version)
  const { id, revision } = record
  if (expectedRevision !== undefined && expectedRevision !== revision)
    throw new CandlewickError('registry/revision-conflict', { id, expected: expectedRevision, actual: revision })
  const field = immutable.find((name) => Object.hasOwn(patch, name))
  if (field !== undefined) throw new CandlewickError('registry/field-immutable', { id, field })
  const after = mergePatch(record.metadata, patch) as ModelMetadata
  if (Object.keys(diffPatch(record.metadata, after)).length === 0) return
  // Evaluations are nobody's to patch, so they are not judged here.
  checkMetadata({ ...after, evaluations: undefined })
  course.add({ type: 'metadata-updated', version, patch })
}

function recordEvaluation(course: Course, { version, evaluation }: CommandOf<'record-evaluation'>): void {
  const record = known(course, version)
  checkEvaluation(evaluation, '$')
  const { recordedAt: _elsewhere, ...told } = evaluation
  const before = evaluationsOf(record).find((one) => isSameMeasurement(one, told))
  if (before !== undefined && tellsTheSame(before, told)) return
  course.add({ type: 'evaluated', version, evaluation: told })
  if (record.status === 'production') course.compareAll()
  else course.compare(known(course, version))
}

function remove(course: Course, record: ModelRecord, force: boolean): void {
  const { id, version } = record
  const use = useOf(course, version)
  if (use !== undefined && !(use === 'rollback' && force)) throw new CandlewickError('registry/in-use', { id, use })
  course.add({ type: 'deleted', version, sha256: record.artifact.sha256 })
}

/** Said again, it is tried again: an earlier version may be here by now, or the publisher may have become stricter. */
function withdraw(course: Course, record: ModelRecord, reason: string, policy: WithdrawalPolicy): void {
  if (record.withdrawn === undefined) markWithdrawn(course, record, reason)
  if (record.status !== 'production' || policy === 'keep') return
  const { target } = rollbackTarget(course, undefined)
  if (target !== undefined || policy === 'block') fallBack(course, target, 'withdrawal', reason)
}

function markWithdrawn(course: Course, { version, status }: ModelRecord, reason: string): void {
  course.add({ type: 'withdrawn', version, reason })
  const { canary, shadow } = course.family.channel
  if (canary?.version === version) course.add({ type: 'canary-ended', version, outcome: 'aborted', why: reason })
  if (shadow === version) course.add({ type: 'shadow-set' })
  if (status === 'candidate') course.setStatus(known(course, version), 'registered', reason)
}

function list(course: Course, record: ModelRecord, listed: boolean): void {
  if (listed === (record.unlisted === undefined)) return
  course.add({ type: listed ? 'listed' : 'unlisted', version: record.version })
}
