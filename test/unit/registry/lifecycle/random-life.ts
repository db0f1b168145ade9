/** Random steps in the life of a model name: every command with good and bad arguments, and a world that changes. */
import * as fc from 'fast-check'

import type { Command, NewModel } from '../../../../src/registry/lifecycle/commands.ts'
import type { Family, ModelEvaluation } from '../../../../src/registry/records.ts'
import { hashOf, newModel } from './life.ts'

/** Something that happens: somebody asks for something, or the world changes. */
export type Step =
  | { readonly step: 'command'; readonly command: Command }
  | { readonly step: 'clock'; readonly byMs: number }
  | { readonly step: 'bytes'; readonly version: string }
  | { readonly step: 'compatibility'; readonly version: string }

/** Stands for the epoch or revision that is right at that moment. */
const right = -1

/** When every version with a date expires. */
export const expiry = Date.UTC(2026, 0, 1, 1)

const few = fc.constantFrom('1.0.0', '1.9.0', '1.10.0', '2.0.0-rc.1')
const many = fc.constantFrom(...Array.from({ length: 12 }, (_, i) => `3.${i}.0`))
const version = fc.oneof({ weight: 12, arbitrary: few }, { weight: 5, arbitrary: many })
const anyVersion = fc.oneof({ weight: 20, arbitrary: version }, { weight: 1, arbitrary: fc.constant('9.9.9') })
const reason = fc.constantFrom('it fails', 'it is slow', 'somebody said so')
const yes = fc.option(fc.boolean(), { nil: undefined })
const epoch = fc.option(fc.constantFrom(right, right, right, 0, 3, 1e9), { nil: undefined, freq: 3 })
const share = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 5000 }) }, fc.constantFrom(0, 5001, 0.5, NaN))

const sometimes = <T>(value: T): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, undefined, undefined, value)
const metrics = fc.constantFrom(undefined, {}, { ic_mean: -0.1 }, { ic_mean: 0.1 }, { ic_mean: 0.2 }, { ic_mean: 0.3 })
const metadata = fc.record({
  metrics,
  evalSetId: fc.constantFrom(undefined, 'a', 'b'),
  expires: fc.constantFrom(undefined, undefined, new Date(expiry).toISOString()),
  note: fc.constantFrom(undefined, undefined, null, 'x', { by: null, at: [1] }),
  evaluations: sometimes([{ evalSetId: 'a', metrics: { ic_mean: 0.9 }, recordedAt: 1 }]),
})
const model: fc.Arbitrary<NewModel> = fc
  .record({
    version,
    metadata,
    manifest: fc.constantFrom(undefined, 'https://models.example/manifest.json'),
    spoiled: fc.constantFrom(...Array.from({ length: 20 }, () => undefined), 'bytes', 'scaler', 'part', 'address'),
  })
  .map(({ version, metadata, manifest, spoiled }) => {
    const { artifact, scaler, ...rest } = newModel(version, metadata)
    const { classOrder, ...others } = rest.metadata
    return {
      ...rest,
      manifest,
      artifact: {
        ...artifact,
        ...(spoiled === 'bytes' && { sha256: hashOf('other bytes') }),
        ...(spoiled === 'address' && { url: 'https://cdn.example/model.onnx' }),
      },
      scaler: spoiled === 'scaler' ? undefined : scaler,
      metadata: spoiled === 'part' ? others : { ...others, classOrder },
    }
  })

const patch = fc.oneof(
  fc.record({ metrics, note: fc.constantFrom(null, 'x', { by: 'me' }) }, { requiredKeys: [] }),
  fc.dictionary(fc.constantFrom('note', 'owner', '__proto__', 'constructor'), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 2,
  }),
  fc.constantFrom({ features: null }, { evaluations: [] }, { sha256: 'x' }, { modelType: null }, { golden: 5 }),
)

const evaluation: fc.Arbitrary<ModelEvaluation> = fc.record({
  evalSetId: fc.constantFrom('a', 'a', 'b'),
  horizon: fc.constantFrom(undefined, '1h', '4h'),
  metrics: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom({}, { ic_mean: 0.05 }, { ic_mean: 0.15 }, { ic_mean: 0.25 }) },
    { weight: 1, arbitrary: fc.constant({ ic_mean: NaN }) },
  ),
})

const commands: Record<Command['type'], fc.Arbitrary<Command>> = {
  register: fc.record({ type: fc.constant('register'), model }),
  promote: fc.record({
    type: fc.constant('promote'),
    version: anyVersion,
    expectedEpoch: epoch,
    cause: fc.constantFrom(undefined, 'promotion', 'manual'),
    force: yes,
    reason: fc.option(reason, { nil: undefined }),
  }),
  demote: fc.record({
    type: fc.constant('demote'),
    replacement: fc.option(anyVersion, { nil: undefined }),
    allowEmpty: yes,
    expectedEpoch: epoch,
    reason: fc.option(reason, { nil: undefined }),
  }),
  rollback: fc.record({
    type: fc.constant('rollback'),
    to: fc.option(anyVersion, { nil: undefined, freq: 2 }),
    reason,
    expectedEpoch: epoch,
  }),
  'hold-back': fc.record({ type: fc.constant('hold-back'), version: anyVersion, reason }),
  release: fc.record({ type: fc.constant('release'), version: anyVersion, reason }),
  'set-status': fc.record({
    type: fc.constant('set-status'),
    version: anyVersion,
    status: fc.constantFrom('registered', 'candidate', 'production', 'archived', 'staging'),
  }),
  'update-metadata': fc.record({
    type: fc.constant('update-metadata'),
    version: anyVersion,
    patch,
    expectedRevision: fc.option(fc.constantFrom(right, right, 1, 7), { nil: undefined }),
  }),
  'record-evaluation': fc.record({ type: fc.constant('record-evaluation'), version: anyVersion, evaluation }),
  delete: fc.record({ type: fc.constant('delete'), version: anyVersion, force: yes }),
  withdraw: fc.record({
    type: fc.constant('withdraw'),
    version: anyVersion,
    reason,
    policy: fc.constantFrom(undefined, 'keep', 'rollback', 'block'),
  }),
  list: fc.record({ type: fc.constant('list'), version: anyVersion, listed: fc.boolean() }),
  'start-canary': fc.record({
    type: fc.constant('start-canary'),
    version: anyVersion,
    basisPoints: share,
    unit: fc.constantFrom('symbol', 'prediction'),
  }),
  'set-canary': fc.record({ type: fc.constant('set-canary'), basisPoints: share }),
  'finish-canary': fc.record({
    type: fc.constant('finish-canary'),
    outcome: fc.constantFrom('promote', 'abort'),
    reason,
  }),
  'set-shadow': fc.record({ type: fc.constant('set-shadow'), version: fc.option(anyVersion, { nil: undefined }) }),
}

const weights: Partial<Record<Command['type'], number>> = {
  register: 8,
  promote: 8,
  'record-evaluation': 5,
  'start-canary': 3,
  release: 3,
}
const command = fc.oneof(
  ...Object.entries(commands).map(([type, arbitrary]) => ({
    arbitrary,
    weight: weights[type as Command['type']] ?? 2,
  })),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: fc.record({ step: fc.constant('command'), command }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant('clock'), byMs: fc.integer({ min: -1_200_000, max: 1_800_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('bytes'), version }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('compatibility'), version }) },
)

/** Up to sixty steps, short lives and long ones alike: by itself fast-check would hardly go beyond ten. */
export const lives: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 60, size: 'max' })

/** The command with the epoch and revision put in where it asks for the right ones. */
export function informed(command: Command, { channel, models }: Family): Command {
  if ('expectedEpoch' in command && command.expectedEpoch === right) return { ...command, expectedEpoch: channel.epoch }
  if (command.type === 'update-metadata' && command.expectedRevision === right)
    return { ...command, expectedRevision: models.get(command.version)?.revision }
  return command
}
