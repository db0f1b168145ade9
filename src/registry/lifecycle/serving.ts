/** Which version serves: promotion, demotion and the way back. */
import { CandlewickError } from '../../core/errors.ts'
import type { CommandOf } from './commands.ts'
import { type Course, idOf, known, type Obstacle, obstacle } from './course.ts'
import type { MoveCause } from './family.ts'
import type { Family, ModelRecord } from '../records.ts'

function checkEpoch({ family }: Course, expected: number | undefined): void {
  const { name, channel } = family
  if (expected === undefined || expected === channel.epoch) return
  throw new CandlewickError('registry/epoch-conflict', { name, expected, actual: channel.epoch })
}

/** Refuses a version that cannot take over now. */
export function checkServable({ context }: Course, record: ModelRecord): void {
  const { id, status } = record
  if (status === 'archived')
    throw new CandlewickError('registry/invalid-transition', { id, from: status, to: 'production' })
  const found = obstacle(record, context)
  if (found === undefined) return
  if (found.code === 'registry/expired') throw new CandlewickError(found.code, { id, expires: found.reason })
  if (found.code === 'registry/not-installed') throw new CandlewickError(found.code, { id })
  throw new CandlewickError(found.code, { id, reason: found.reason })
}

export function promote(course: Course, command: CommandOf<'promote'>): void {
  const { cause = 'promotion', force, reason, expectedEpoch } = command
  const record = known(course, command.version)
  const { id, status } = record
  if (status === 'production') return
  checkEpoch(course, expectedEpoch)
  checkServable(course, record)
  const allowed = cause !== 'promotion' || status === 'candidate' || course.production === undefined
  if (!allowed && !(force === true && reason !== undefined && reason !== ''))
    throw new CandlewickError('registry/not-candidate', { id, status })
  replaceProduction(course, record, cause, reason ?? `${id} was promoted`)
}

/** Puts a version into service; the one before becomes a candidate that automation leaves alone, unless it was withdrawn. */
function replaceProduction(course: Course, to: ModelRecord | undefined, cause: MoveCause, why: string): void {
  const from = course.production
  if (from?.withdrawn !== undefined) course.setStatus(from, 'registered', why)
  else if (from !== undefined) course.setStatus(from, 'candidate', why, { candidateReason: 'demoted' })
  course.moveProduction(to, cause, why)
}

export function demote(course: Course, command: CommandOf<'demote'>): void {
  const { replacement, allowEmpty, expectedEpoch, reason } = command
  const { production, family } = course
  if (production === undefined && replacement === undefined) return
  checkEpoch(course, expectedEpoch)
  const next = replacement === undefined ? undefined : known(course, replacement)
  if (next?.status === 'production') throw new CandlewickError('registry/in-use', { id: next.id, use: 'production' })
  if (next !== undefined) checkServable(course, next)
  else if (allowEmpty !== true) throw new CandlewickError('registry/would-leave-empty', { name: family.name })
  const why = production === undefined ? `${next?.id} takes an empty place` : `${production.id} was demoted`
  replaceProduction(course, next, 'demotion', reason ?? why)
}

interface Tried {
  readonly id: string
  readonly reason: string
}

function sentenceOf({ code, reason }: Obstacle): string {
  if (code === 'registry/withdrawn') return `it was withdrawn: ${reason}`
  if (code === 'registry/held-back') return `it is held back: ${reason}`
  return code === 'registry/expired' ? `it expired at ${reason}` : reason
}

/** Earlier versions that nothing but their bytes, or this place, can still keep from taking over; the latest first. */
export function waysBack({ channel, models }: Family, at: number): ModelRecord[] {
  const elsewhere = { at, isReady: () => true, incompatibility: () => undefined }
  return channel.previous
    .flatMap((version) => models.get(version) ?? [])
    .filter((record) => record.status !== 'archived' && obstacle(record, elsewhere) === undefined)
}

/** The first earlier version that can take over, and why those before it cannot. */
export function rollbackTarget(course: Course, to: string | undefined): { target?: ModelRecord; tried: Tried[] } {
  const { family, context } = course
  const { previous } = family.channel
  const tried: Tried[] = []
  const wanted = to === undefined ? previous : previous.filter((version) => version === to)
  if (to !== undefined && wanted.length === 0)
    tried.push({ id: idOf(course, to), reason: 'it was not in production before' })
  for (const version of wanted) {
    const record = family.models.get(version)
    if (record === undefined) continue
    const found = obstacle(record, context)
    if (found === undefined && record.status !== 'archived') return { target: record, tried }
    tried.push({ id: record.id, reason: found === undefined ? 'it is archived' : sentenceOf(found) })
  }
  return { tried }
}

export function rollback(course: Course, command: CommandOf<'rollback'>): void {
  const { to, reason, expectedEpoch } = command
  checkEpoch(course, expectedEpoch)
  const { target, tried } = rollbackTarget(course, to)
  if (target === undefined)
    throw new CandlewickError('registry/no-rollback-target', { name: course.family.name, tried })
  fallBack(course, target, 'rollback', reason)
}

/** The failed version loses its place and is not taken back by itself; it does not join the history either. */
export function fallBack(course: Course, target: ModelRecord | undefined, cause: MoveCause, reason: string): void {
  const failed = course.production
  if (failed !== undefined) {
    course.setStatus(failed, 'registered', reason)
    course.add({ type: 'held-back', version: failed.version, reason })
  }
  const { previous } = course.family.channel
  const rest = previous.filter((version) => version !== target?.version)
  course.moveProduction(target, cause, reason, rest)
}
