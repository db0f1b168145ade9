/** Versions that run beside production: the canary, which gets a share, and the shadow, which nobody sees. */
import { CandlewickError } from '../../core/errors.ts'
import type { CommandOf } from './commands.ts'
import { type Course, idOf, known } from './course.ts'
import { checkServable, promote } from './serving.ts'

function refuseCanary({ family }: Course, reason: string): never {
  throw new CandlewickError('registry/canary-invalid', { name: family.name, reason })
}

function checkShare(course: Course, basisPoints: number): void {
  if (!Number.isInteger(basisPoints) || basisPoints < 1 || basisPoints > 5000)
    refuseCanary(course, `its share is ${basisPoints}, not a whole number of basis points from 1 to 5000`)
}

export function startCanary(course: Course, command: CommandOf<'start-canary'>): void {
  const { version, basisPoints, unit } = command
  const record = known(course, version)
  const { canary } = course.family.channel
  checkShare(course, basisPoints)
  if (course.production === undefined) refuseCanary(course, 'there is no production version beside it')
  if (record.status === 'production') refuseCanary(course, `${record.id} is in production already`)
  if (canary !== undefined) refuseCanary(course, `${idOf(course, canary.version)} is a canary already`)
  checkServable(course, record)
  course.add({ type: 'canary-started', version, canary: { basisPoints, unit } })
}

export function setCanary(course: Course, basisPoints: number): void {
  const { canary } = course.family.channel
  if (canary === undefined) return refuseCanary(course, 'none is active')
  checkShare(course, basisPoints)
  if (canary.basisPoints !== basisPoints) course.add({ type: 'canary-changed', version: canary.version, basisPoints })
}

export function finishCanary(course: Course, outcome: 'promote' | 'abort', reason: string): void {
  const { canary } = course.family.channel
  if (canary === undefined) return refuseCanary(course, 'none is active')
  const { version } = canary
  if (outcome === 'promote') return promote(course, { version, cause: 'canary', reason })
  course.add({ type: 'canary-ended', version, outcome: 'aborted', why: reason })
  if (course.family.channel.shadow === version) course.add({ type: 'shadow-set' })
  course.add({ type: 'held-back', version, reason })
  const record = known(course, version)
  if (record.status === 'candidate') course.setStatus(record, 'registered', reason)
}

export function setShadow(course: Course, version: string | undefined): void {
  if (version === course.family.channel.shadow) return
  if (version !== undefined) {
    const record = known(course, version)
    if (record.status === 'production')
      throw new CandlewickError('registry/in-use', { id: record.id, use: 'production' })
    checkServable(course, record)
  }
  course.add({ type: 'shadow-set', ...(version !== undefined && { version }) })
}
