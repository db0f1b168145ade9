/** What one command may change and what not, told without a look at how commands are decided. */
import { canonicalJson } from '../../../../src/registry/json-copy.ts'
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

/** Versions that a move holds against production: all where that one is another, or was measured anew. */
function comparedBy({ after, facts }: Move): ReadonlySet<string> {
  const measured = facts.flatMap((fact) => (fact.type === 'evaluated' ? [fact.version] : []))
  const all = facts.some(({ type }) => type === 'production-moved') || measured.includes(after.channel.production ?? '')
  return new Set(all ? after.models.keys() : measured)
}

/** Right after a move, candidates by metric are better than what serves, and no other registered version is. */
function ruleFaults(move: Move): string[] {
  const { after, context } = move
  const compared = comparedBy(move)
  const production = after.channel.production === undefined ? undefined : after.models.get(after.channel.production)
  return [...after.models.values()].flatMap((record) => {
    if (!compared.has(record.version)) return []
    const { better } = compareWithProduction(record, production, context.rule)
    const { expires } = record.metadata
    const out = record.heldBack ?? record.withdrawn ?? (expires !== undefined && Date.parse(expires) <= context.at)
    const wanted = better && (out === undefined || out === false)
    const is = record.candidateReason === 'better-metric'
    return (is || record.status === 'registered') && is !== wanted ? [`${record.version}: wrongly compared`] : []
  })
}

/** What a version was measured to be worth, by the evaluation set and the horizon; what is told of no set stands alone. */
function worths({ metadata: { evaluations = [], metrics, evalSetId } }: ModelRecord): Map<string, unknown> {
  const told = evalSetId === undefined || metrics === undefined ? [] : [{ evalSetId, horizon: undefined, metrics }]
  const all = [...told, ...evaluations].filter((one) => one.metrics['ic_mean'] !== undefined)
  return new Map(all.map((one) => [JSON.stringify([one.evalSetId, one.horizon]), one.metrics['ic_mean']]))
}

/** A candidate that is trusted was better on a set that both were measured on; one that is not had none. */
function trustFaults({ after, facts }: Move): string[] {
  const production = after.models.get(after.channel.production ?? '')
  return facts.flatMap((fact) => {
    if (fact.type !== 'status-changed' || fact.candidateReason !== 'better-metric') return []
    const record = after.models.get(fact.version)
    if (record === undefined || production === undefined) return [`${fact.version}: a candidate against nobody`]
    const [ours, theirs] = [worths(record), worths(production)]
    const common = [...ours.keys()].filter((set) => theirs.has(set))
    const [told, held] = [record, production].map(({ metadata }) => metadata)
    const better =
      common.length > 0
        ? common.some((set) => Number(ours.get(set)) > Number(theirs.get(set)))
        : Number(told?.metrics?.['ic_mean']) > Number(held?.metrics?.['ic_mean'])
    const trusted = common.length > 0 || told?.evalSetId === held?.evalSetId
    return better && trusted === (fact.lowTrust === undefined) ? [] : [`${fact.version}: compared across sets`]
  })
}

/** Evaluations come and go by the one command that records them, and by no manifest. */
function evaluationFaults({ command, before, after, context }: Move): string[] {
  return [...after.models.values()].flatMap(({ version, manifest, metadata }) => {
    const old = before.models.get(version)
    const [was, is] = [old?.metadata.evaluations ?? [], metadata.evaluations ?? []]
    if (old === undefined) return manifest !== undefined && is.length > 0 ? [`${version}: a manifest measured`] : []
    if (is === was || JSON.stringify(is) === JSON.stringify(was)) return []
    if (command.type !== 'record-evaluation' || command.version !== version) return [`${version}: measured by nobody`]
    const { evalSetId, horizon } = command.evaluation
    const others = was.filter((one) => one.evalSetId !== evalSetId || one.horizon !== horizon)
    const wanted = [...others, { ...command.evaluation, recordedAt: context.at }]
    return canonicalJson(is) === canonicalJson(wanted) ? [] : [`${version}: measured wrongly`]
  })
}

/** What is wrong about one command; empty where nothing is. */
export const moveFaults = (move: Move): string[] => [
  ...pointerFaults(move),
  ...markFaults(move.after),
  ...recordFaults(move),
  ...ruleFaults(move),
  ...trustFaults(move),
  ...evaluationFaults(move),
]
