/** What two tabs ask for, and the orders in which it may have happened. */
import * as fc from 'fast-check'
import { expect } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { canonicalJson } from '../../../../src/registry/json-copy.ts'
import { defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command } from '../../../../src/registry/lifecycle/commands.ts'
import { decide } from '../../../../src/registry/lifecycle/decide.ts'
import { eventOf, type Fact } from '../../../../src/registry/lifecycle/family.ts'
import type { EventDraft, Family, ModelEvaluation } from '../../../../src/registry/records.ts'
import type { ModelRegistry } from '../../../../src/registry/registry.ts'

/** The time at which everything happens. */
export const beginning: number = Date.UTC(2026, 0, 1)
export const versions = ['1.0.0', '1.9.0', '1.10.0'] as const
export const idOf = (version: string): string => `lgbm_v${version}`
export const reason = 'somebody said so'

/** What a tab asks for; `seen` stands for the epoch that it saw just before. */
type Move =
  | { readonly move: 'promote'; readonly version: string; readonly seen: boolean }
  | { readonly move: 'rollback'; readonly seen: boolean }
  | { readonly move: 'demote'; readonly seen: boolean }
  | { readonly move: 'evaluate'; readonly version: string; readonly worth: number }
  | { readonly move: 'hold-back' | 'release' | 'archive' | 'delete'; readonly version: string }

const version = fc.constantFrom(...versions)
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ move: fc.constant('promote'), version, seen: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ move: fc.constantFrom('rollback', 'demote'), seen: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ move: fc.constant('evaluate'), version, worth: fc.constantFrom(0.1, 0.2, 0.3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ move: fc.constantFrom('hold-back', 'release', 'archive', 'delete'), version }),
  },
)
/** What one tab does, one after the other. */
export const moves: fc.Arbitrary<Move[]> = fc.array(move, { minLength: 1, maxLength: 3 })

/** A move that was made: the command that it came to, and how it ended. */
interface Made {
  readonly command: Command
  readonly code: string | undefined
}

const evaluationOf = (worth: number): ModelEvaluation => ({ evalSetId: 'a', metrics: { ic_mean: worth } })

const commandOf = (move: Move, epoch: number): Command => {
  const expectedEpoch = 'seen' in move && move.seen ? epoch : undefined
  switch (move.move) {
    case 'promote':
      return { type: 'promote', version: move.version, cause: 'manual', expectedEpoch, reason }
    case 'rollback':
      return { type: 'rollback', reason, expectedEpoch }
    case 'demote':
      return { type: 'demote', allowEmpty: true, expectedEpoch, reason }
    case 'evaluate':
      return { type: 'record-evaluation', version: move.version, evaluation: evaluationOf(move.worth) }
    case 'archive':
      return { type: 'set-status', version: move.version, status: 'archived' }
    case 'delete':
      return { type: 'delete', version: move.version, force: true }
    case 'hold-back':
    case 'release':
    default:
      return { type: move.move, version: move.version, reason }
  }
}

function ask(tab: ModelRegistry, move: Move, epoch: number): Promise<unknown> {
  const expected = 'seen' in move && move.seen ? { expectedEpoch: epoch } : {}
  switch (move.move) {
    case 'promote':
      return tab.setProductionModel(idOf(move.version), { reason, ...expected })
    case 'rollback':
      return tab.rollback('lgbm', { reason, ...expected })
    case 'demote':
      return tab.demote('lgbm', { allowEmpty: true, reason, ...expected })
    case 'hold-back':
      return tab.holdBack(idOf(move.version), reason)
    case 'release':
      return tab.release(idOf(move.version), reason)
    case 'evaluate':
      return tab.recordEvaluation(idOf(move.version), evaluationOf(move.worth))
    case 'archive':
      return tab.setModelStatus(idOf(move.version), 'archived')
    case 'delete':
    default:
      return tab.deleteModel(idOf(move.version), { force: true })
  }
}

/** Makes moves, each when the one before has ended. */
export async function make(tab: ModelRegistry, moves: readonly Move[]): Promise<Made[]> {
  const made: Made[] = []
  for (const move of moves) {
    const { epoch } = await tab.getChannel('lgbm')
    const code = await ask(tab, move, epoch).then(
      () => undefined,
      (error: unknown) => (isCandlewickError(error) ? error.code : expect.fail(String(error))),
    )
    made.push({ command: commandOf(move, epoch), code })
  }
  return made
}

/** A family, and all that happened to it. */
interface Told {
  readonly family: Family
  readonly facts: readonly Fact[]
}

/** The command carried out alone; a code where it is refused. */
function alone({ family, facts }: Told, command: Command): Told & { readonly code: string | undefined } {
  const context = {
    at: beginning,
    rule: defaultCandidateRule,
    isReady: () => true,
    incompatibility: () => undefined,
  }
  try {
    const outcome = decide(family, command, context)
    return { family: outcome.family, facts: [...facts, ...outcome.facts], code: undefined }
  } catch (error) {
    return { family, facts, code: isCandlewickError(error) ? error.code : expect.fail(String(error)) }
  }
}

/** What some order of both tabs' moves leads to, in which every move ends as it did. */
export function* explanations(told: Told, left: readonly Made[], right: readonly Made[]): Generator<Told> {
  if (left.length === 0 && right.length === 0) yield told
  for (const [first, rest] of [
    [left, right],
    [right, left],
  ] as const) {
    const [next, ...later] = first
    if (next === undefined) continue
    const outcome = alone(told, next.command)
    if (outcome.code === next.code) yield* explanations(outcome, later, rest)
  }
}

const inOrder = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

export const textOf = ({ models, tombstones, channel }: Family, events: readonly Omit<EventDraft, 'actor'>[]): string =>
  canonicalJson([
    inOrder(models),
    inOrder(tombstones),
    channel,
    events.map(({ type, data, version }) => [type, data, version]),
  ])

export const textOfTold = ({ family, facts }: Told): string =>
  textOf(
    family,
    facts.map((fact) => eventOf(fact, 'lgbm', beginning, 'host')),
  )
