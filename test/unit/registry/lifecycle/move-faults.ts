/** What one command may change and what not, told without a look at how commands are decided. */
import { compareWithProduction } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command } from '../../../../src/registry/lifecycle/commands.ts'
import type { LifecycleContext } from '../../../../src/registry/lifecycle/course.ts'
import type { Fact } from '../../../../src/registry/lifecycle/family.ts'
import type { Family, ModelRecord } from '../../../../src/registry/records.ts'

/** One command that was carried out. */
export interface Move {
  readonly command: Command
  readonly before: Family
  readonly after: Family
  readonly facts: readonly Fact[]
  readonly context: LifecycleContext
}

/** What one command may do to the pointer. */
function pointerFaults({ command, before, after, facts, context }: Move): string[] {
  const faults: string[] = []
  const moves = facts.filter(({ type }) => type === 'production-moved').length
  const [from, to] = [before.channel.production, after.channel.production]
  if (after.channel.epoch !== before.channel.epoch + moves) faults.push('the epoch did not rise by one with each move')
  if (moves !== Number(from !== to)) faults.push(`${moves} moves from ${from} to ${to}`)
  if (from === to) return faults
  const left = from === undefined ? undefined : after.models.get(from)
  const failed = command.type === 'rollback' || command.type === 'withdraw'
  if (left !== undefined && failed !== (left.heldBack !== undefined)) faults.push(`${from} failed, or did not`)
  if (left !== undefined && (after.channel.previous[0] === from) === failed) faults.push(`${from} has the wrong place`)
  if (to !== undefined) faults.push(...promotionFaults(before.models.get(to), command, before, context))
  return faults
}

/** What had to hold before a version took over. */
export function promotionFaults(
  record: ModelRecord | undefined,
  command: Command,
  before: Family,
  { at, isReady, incompatibility }: LifecycleContext,
): string[] {
  if (record === undefined) return ['an unknown version took over']
  const { status, withdrawn, heldBack, metadata, artifact } = record
  const barred = {
    archived: status === 'archived',
    withdrawn,
    heldBack,
    expired: metadata.expires !== undefined && Date.parse(metadata.expires) <= at,
    absent: !isReady(artifact.sha256),
    incompatible: incompatibility(record),
    incomplete: metadata.classOrder === undefined || record.scaler === undefined,
    'no candidate':
      command.type === 'promote' &&
      (command.cause ?? 'promotion') === 'promotion' &&
      status !== 'candidate' &&
      before.channel.production !== undefined &&
      !(command.force === true && command.reason !== undefined),
  }
  return Object.entries(barred).flatMap(([why, is]) => (is ? [`${why}, and yet promoted`] : []))
}

/** What the marks of a version must say about each other. */
function markFaults({ models, channel }: Family): string[] {
  const faults: string[] = []
  for (const { version, status, candidateReason, lowTrust, heldBack, withdrawn } of models.values()) {
    const busy = status === 'candidate' || channel.canary?.version === version || channel.shadow === version
    if ((status === 'candidate') !== (candidateReason !== undefined)) faults.push(`${version}: ${candidateReason}`)
    if (lowTrust === true && candidateReason !== 'better-metric') faults.push(`${version}: low trust in nothing`)
    if (heldBack !== undefined && (busy || status === 'production')) faults.push(`${version}: held back, and busy`)
    if (withdrawn !== undefined && busy) faults.push(`${version}: withdrawn, and busy`)
  }
  return faults
}

/** What may never change, and what must change with every change. */
function recordFaults({ before, after, facts, context }: Move): string[] {
  const faults: string[] = []
  for (const [version, tombstone] of before.tombstones)
    if (after.tombstones.get(version) !== tombstone) faults.push(`${version}: its tombstone was touched`)
  for (const [version, old] of before.models) {
    const record = after.models.get(version)
    if (record === old) continue
    if (record === undefined) {
      if (after.tombstones.get(version)?.sha256 !== old.artifact.sha256) faults.push(`${version}: gone without a trace`)
      continue
    }
    if (!(record.revision > old.revision) || record.updatedAt !== context.at) faults.push(`${version}: changed unseen`)
    const identity = [old, record].map(
      ({ id, artifact, scaler, metadata: { features, io, outputLayout, classOrder } }) =>
        JSON.stringify([id, artifact.sha256, artifact.size, scaler?.sha256, features, io, outputLayout, classOrder]),
    )
    if (identity[0] !== identity[1]) faults.push(`${version}: became another one`)
  }
  if (facts.length === 0 && after !== before) faults.push('changed without a fact')
  if (facts.length > 0 && after === before) faults.push('a fact changed nothing')
  return faults
}

/** Right after a move, candidates by metric are better than what serves, and no other registered version is. */
function ruleFaults({ after, facts, context }: Move): string[] {
  if (facts.every(({ type }) => type !== 'production-moved')) return []
  const production = after.channel.production === undefined ? undefined : after.models.get(after.channel.production)
  return [...after.models.values()].flatMap((record) => {
    const { better } = compareWithProduction(record, production, context.rule)
    const { expires } = record.metadata
    const out = record.heldBack ?? record.withdrawn ?? (expires !== undefined && Date.parse(expires) <= context.at)
    const wanted = better && (out === undefined || out === false)
    const is = record.candidateReason === 'better-metric'
    return (is || record.status === 'registered') && is !== wanted ? [`${record.version}: wrongly compared`] : []
  })
}

/** What is wrong about one command; empty where nothing is. */
export const moveFaults = (move: Move): string[] => [
  ...pointerFaults(move),
  ...markFaults(move.after),
  ...recordFaults(move),
  ...ruleFaults(move),
]
