/** Random steps in the life of a registry: every call with good and bad arguments, and a world that changes. */
import * as fc from 'fast-check'

import type { WithdrawalPolicy } from '../../../../src/registry/lifecycle/commands.ts'
import type { ModelEvaluation } from '../../../../src/registry/records.ts'
import type { ModelFilter } from '../../../../src/registry/queries.ts'
import type { NetworkFault } from './network.ts'
import { type EntryPlan, localVersions, names, publishedVersions } from './publisher.ts'

/** An epoch or revision: the right one, or one that is not. */
export type Expected = 'right' | 'wrong' | undefined

/** What a manifest is like that comes next. */
export type Offer =
  | 'newer'
  | 'equal'
  | 'older'
  | 'equivocation'
  | 'expired'
  | 'bad-signature'
  | 'other-bytes'
  | 'rotated'
  | 'html'
  | 'offline'

/** Something that is asked of the registry, or happens around it. */
export type Step =
  | {
      readonly step: 'register'
      readonly name: string
      readonly version: string | undefined
      readonly content: 'published' | 'own' | 'other'
      readonly complete: boolean
      readonly metric: number | undefined
      readonly trainingDate: string | undefined
    }
  | { readonly step: 'install'; readonly id: string; readonly fault: NetworkFault | undefined }
  | { readonly step: 'load'; readonly which: string | undefined; readonly online: boolean }
  | {
      readonly step: 'promote'
      readonly id: string
      readonly manual: boolean
      readonly force: boolean
      readonly epoch: Expected
    }
  | {
      readonly step: 'demote'
      readonly name: string
      readonly replacement: string | undefined
      readonly allowEmpty: boolean
      readonly epoch: Expected
    }
  | { readonly step: 'rollback'; readonly name: string; readonly to: string | undefined; readonly epoch: Expected }
  | { readonly step: 'start-canary'; readonly id: string; readonly basisPoints: number }
  | { readonly step: 'set-canary'; readonly name: string; readonly basisPoints: number }
  | { readonly step: 'finish-canary'; readonly name: string; readonly outcome: 'promote' | 'abort' }
  | { readonly step: 'set-shadow'; readonly name: string; readonly id: string | undefined }
  | { readonly step: 'set-status'; readonly id: string; readonly status: string }
  | {
      readonly step: 'update'
      readonly id: string
      readonly patch: Readonly<Record<string, unknown>>
      readonly revision: Expected
    }
  | { readonly step: 'evaluate'; readonly id: string; readonly evaluation: ModelEvaluation }
  | { readonly step: 'delete'; readonly id: string; readonly force: boolean }
  | { readonly step: 'hold-back'; readonly id: string }
  | { readonly step: 'release'; readonly id: string }
  | { readonly step: 'archive-older'; readonly date: string }
  | { readonly step: 'collect'; readonly thorough: boolean }
  | { readonly step: 'refresh'; readonly offer: Offer; readonly entries: readonly EntryPlan[] }
  | { readonly step: 'evict' }
  | { readonly step: 'reopen'; readonly online: boolean }
  | { readonly step: 'clock'; readonly byMs: number }
  | { readonly step: 'spoil'; readonly index: number }
  | { readonly step: 'list'; readonly filter: ModelFilter }

/** The steps of one kind. */
export type Of<T extends Step['step']> = Extract<Step, { readonly step: T }>

/** A whole life. */
export interface RegistryLife {
  readonly policy: WithdrawalPolicy
  /** What the first manifest names. */
  readonly first: readonly EntryPlan[]
  readonly steps: readonly Step[]
}

const hourMs = 3_600_000
const of = fc.constantFrom
const name = of(...names)
const published = of(...publishedVersions)
const id = fc
  .tuple(name, fc.oneof({ weight: 8, arbitrary: published }, { weight: 3, arbitrary: of(...localVersions, '9.9.9') }))
  .map(([name, version]) => `${name}_v${version}`)
const epoch = of<Expected>('right', 'wrong', undefined, undefined)
const day = of('2026-01-10', '2026-01-20', '2026-01-20T23:30:00Z', '2026-02-01')
const metric = of(undefined, -0.1, 0.1, 0.2, 0.3)
const share = of(1, 500, 5000, 0, 5001, 0.5, NaN)
const rarely = <T>(value: T, often: T): fc.Arbitrary<T> => of(often, often, often, often, value)

const entry: fc.Arbitrary<EntryPlan> = fc.record({
  name,
  version: published,
  metric,
  evalSetId: of('a', 'a', 'b'),
  trainingDate: fc.option(day, { nil: undefined }),
  expires: rarely<string | undefined>('2026-01-03T00:00:00Z', undefined),
  withdrawn: rarely(true, false),
  claims: rarely(true, false),
})
/** A manifest of a few versions, each once. */
export const entries: fc.Arbitrary<EntryPlan[]> = fc.uniqueArray(entry, {
  minLength: 1,
  maxLength: 7,
  selector: ({ name, version }) => `${name}_v${version}`,
})

const fault: fc.Arbitrary<NetworkFault | undefined> = fc.option(
  fc.record({ what: of('offline', 'corrupt', 'short', 'long', 'html'), where: of('.onnx', '.json', '') }),
  { nil: undefined, freq: 2 },
)
const evaluation: fc.Arbitrary<ModelEvaluation> = fc.record({
  evalSetId: of('a', 'a', 'b', ''),
  horizon: of(undefined, undefined, '4h'),
  metrics: of<Record<string, number>>({ ic_mean: 0.15 }, { ic_mean: 0.25 }, { other: 1 }, { ic_mean: NaN }),
  recordedAt: of(undefined, 3),
})
const patch = of<Readonly<Record<string, unknown>>>(
  { note: 'x' },
  { note: null },
  { note: { by: 'me', at: [1] } },
  { metrics: { ic_mean: 0.25 } },
  { metrics: { ic_mean: NaN } },
  { metrics: { ic_mean: null, other: 1 } },
  { trainingDate: '2026-01-15' },
  { modelType: null },
  { golden: 'x' },
  { classOrder: ['SHORT', 'LONG', 'NEUTRAL'] },
  { sha256: 'ab'.repeat(32) },
  { evaluations: null },
)
const filter: fc.Arbitrary<ModelFilter> = fc.record(
  {
    name,
    modelType: of('lgbm', 'tcn', 'none'),
    status: of<NonNullable<ModelFilter['status']>>('registered', 'candidate', 'production', 'archived', [
      'candidate',
      'production',
    ]),
    minPerformance: of<Record<string, number>>(
      { ic_mean: 0.1 },
      { ic_mean: -1 },
      { sharpe: 1 },
      { ic_mean: 0.2, other: 0 },
    ),
    dateFrom: day,
    dateTo: day,
  },
  { requiredKeys: [] },
)

const step = <S extends Step>(step: S['step'], fields: { [K in keyof Omit<S, 'step'>]: fc.Arbitrary<S[K]> }) =>
  fc.record({ step: of(step), ...fields }) as unknown as fc.Arbitrary<S>

const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  weighted(
    4,
    step<Of<'register'>>('register', {
      name,
      version: fc.oneof(
        { weight: 3, arbitrary: of(...localVersions) },
        { weight: 1, arbitrary: of(undefined, ...publishedVersions, '2.1') },
      ),
      content: of('published', 'own', 'own', 'own', 'other'),
      complete: rarely(false, true),
      metric: of(undefined, 0.1, 0.2, 0.3, NaN),
      trainingDate: fc.option(day, { nil: undefined }),
    }),
  ),
  weighted(14, step<Of<'install'>>('install', { id, fault })),
  weighted(4, step<Of<'load'>>('load', { which: fc.oneof(id, name, of(undefined)), online: fc.boolean() })),
  weighted(
    14,
    step<Of<'promote'>>('promote', {
      id,
      manual: fc.boolean(),
      force: fc.boolean(),
      epoch: of('right', undefined, undefined, 'wrong'),
    }),
  ),
  weighted(
    2,
    step<Of<'demote'>>('demote', {
      name,
      replacement: fc.option(id, { nil: undefined }),
      allowEmpty: fc.boolean(),
      epoch,
    }),
  ),
  weighted(5, step<Of<'rollback'>>('rollback', { name, to: fc.option(id, { nil: undefined, freq: 3 }), epoch })),
  weighted(4, step<Of<'start-canary'>>('start-canary', { id, basisPoints: share })),
  weighted(2, step<Of<'set-canary'>>('set-canary', { name, basisPoints: share })),
  weighted(2, step<Of<'finish-canary'>>('finish-canary', { name, outcome: of('promote', 'abort') })),
  weighted(2, step<Of<'set-shadow'>>('set-shadow', { name, id: fc.option(id, { nil: undefined }) })),
  weighted(
    4,
    step<Of<'set-status'>>('set-status', {
      id,
      status: fc.oneof(of('registered', 'candidate', 'production', 'archived'), fc.string({ maxLength: 4 })),
    }),
  ),
  weighted(3, step<Of<'update'>>('update', { id, patch, revision: of('right', undefined, 'wrong') })),
  weighted(5, step<Of<'evaluate'>>('evaluate', { id, evaluation })),
  weighted(2, step<Of<'delete'>>('delete', { id, force: fc.boolean() })),
  weighted(2, step<Of<'hold-back'>>('hold-back', { id })),
  weighted(3, step<Of<'release'>>('release', { id })),
  weighted(1, step<Of<'archive-older'>>('archive-older', { date: of('2026-01-15', '2026-02-02', 'soon') })),
  weighted(2, step<Of<'collect'>>('collect', { thorough: fc.boolean() })),
  weighted(
    8,
    step<Of<'refresh'>>('refresh', {
      offer: of<Offer>(
        ...(['newer', 'newer', 'newer', 'newer', 'equal', 'older', 'equivocation', 'expired'] as const),
        ...(['bad-signature', 'other-bytes', 'rotated', 'html', 'offline'] as const),
      ),
      entries,
    }),
  ),
  weighted(1, step<Of<'evict'>>('evict', {})),
  weighted(3, step<Of<'reopen'>>('reopen', { online: fc.boolean() })),
  weighted(
    3,
    step<Of<'clock'>>('clock', {
      byMs: of(60_000, hourMs, 25 * hourMs, 40 * 24 * hourMs, -hourMs, -400 * 24 * hourMs),
    }),
  ),
  weighted(2, step<Of<'spoil'>>('spoil', { index: fc.nat(30) })),
  weighted(2, step<Of<'list'>>('list', { filter })),
)

const servedAtOnce = ({ name, version }: EntryPlan): Step[] => [
  { step: 'install', id: `${name}_v${version}`, fault: undefined },
  { step: 'promote', id: `${name}_v${version}`, manual: true, force: false, epoch: undefined },
]

/** Lives of up to this many random steps; many begin with versions that serve one after the other. */
export const lives = (maxLength: number): fc.Arbitrary<RegistryLife> =>
  fc
    .record({
      policy: of<WithdrawalPolicy>('rollback', 'rollback', 'keep', 'block'),
      first: entries,
      served: of(0, 1, 3),
      steps: fc.array(anyStep, { maxLength, size: 'max' }),
    })
    .map(({ policy, first, served, steps }) => ({
      policy,
      first,
      steps: [...first.slice(0, served).flatMap(servedAtOnce), ...steps],
    }))
