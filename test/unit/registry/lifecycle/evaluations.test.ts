import { describe, expect, it } from 'vitest'

import { CandlewickError } from '../../../../src/core/errors.ts'
import { compareWithProduction, defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command, CommandOf } from '../../../../src/registry/lifecycle/commands.ts'
import { decide } from '../../../../src/registry/lifecycle/decide.ts'
import { mostEvaluations } from '../../../../src/registry/lifecycle/evaluations.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import type { Family, ModelEvaluation, ModelMetadata } from '../../../../src/registry/records.ts'
import { Life, newModel, typesOf } from './life.ts'

const measured = (
  version: string,
  evaluation: ModelEvaluation,
): { type: 'record-evaluation' } & CommandOf<'record-evaluation'> => ({
  type: 'record-evaluation',
  version,
  evaluation,
})

/** An evaluation on a set, written as `set` or `set horizon`. */
function on(place: string, ic: number, more: Record<string, unknown> = {}): ModelEvaluation {
  const [evalSetId = '', horizon] = place.split(' ')
  return { evalSetId, ...(horizon !== undefined && { horizon }), metrics: { ic_mean: ic }, ...more }
}

const placesOf = (life: Life, version = '1.0.0'): string[] =>
  (life.model(version).metadata.evaluations ?? []).map(({ evalSetId, horizon, metrics }) =>
    [evalSetId, horizon, metrics['ic_mean']].filter((part) => part !== undefined).join(' '),
  )

/** One version, registered and measured on places. */
function evaluated(...evaluations: readonly ModelEvaluation[]): Life {
  const life = new Life()
  life.register('1.0.0')
  for (const evaluation of evaluations) {
    life.at += 10
    life.do(measured('1.0.0', evaluation))
  }
  return life
}

describe('a recorded evaluation', () => {
  it('is kept with its time and all its fields, by a single fact', () => {
    const life = new Life()
    life.register('1.0.0', { owner: 'desk 3' })
    life.at += 7
    const evaluation = on('spring 4h', 0.1, { n: 12, intervals: { ic_mean: { low: 0, high: 0.2 } } })
    expect(life.do(measured('1.0.0', evaluation))).toEqual([{ type: 'evaluated', version: '1.0.0', evaluation }])
    expect(life.model('1.0.0')).toMatchObject({
      metadata: { owner: 'desk 3', evaluations: [{ ...evaluation, recordedAt: life.at }] },
      revision: 2,
      updatedAt: life.at,
    })
  })

  it('is no news with the same content, however it is written down and whenever it comes', () => {
    const life = evaluated(on('spring', 0.1, { n: 12 }))
    const { recordedAt } = life.model('1.0.0').metadata.evaluations![0]!
    life.at += 1000
    expect(life.do(measured('1.0.0', { n: 12, metrics: { ic_mean: 0.1 }, evalSetId: 'spring' }))).toEqual([])
    expect(life.do(measured('1.0.0', on('spring', 0.1, { n: 12, recordedAt: 5, horizon: undefined })))).toEqual([])
    expect(life.model('1.0.0').metadata.evaluations![0]!.recordedAt).toBe(recordedAt)
  })

  it('takes the place of the one before on its set and horizon, and of no other', () => {
    const life = evaluated(on('a', 0.1), on('a 4h', 0.2), on('a 1h', 0.3), on('b 4h', 0.4), on('a 4h', 0.5))
    expect(placesOf(life)).toEqual(['a 0.1', 'a 1h 0.3', 'b 4h 0.4', 'a 4h 0.5'])
  })

  it('goes when fifty came after it', () => {
    const life = evaluated(...Array.from({ length: mostEvaluations + 2 }, (_, i) => on(`set${i}`, 0.1)))
    const places = placesOf(life)
    expect(places).toHaveLength(50)
    expect([places[0], places.at(-1)]).toEqual(['set2 0.1', 'set51 0.1'])
  })

  it('has the time of this registry, whatever it says of itself', () => {
    const life = evaluated()
    life.at += 10
    const facts = life.do(measured('1.0.0', on('a', 0.1, { recordedAt: 5 })))
    expect(facts).toEqual([{ type: 'evaluated', version: '1.0.0', evaluation: on('a', 0.1) }])
    expect(life.model('1.0.0').metadata.evaluations![0]!.recordedAt).toBe(life.at)
  })

  it('is refused for a version that is not here', () => {
    expect(evaluated().refusal(measured('9.9.9', on('a', 0.1)))).toMatchObject({ code: 'model/not-found' })
  })
})

const malformed: readonly (readonly [what: string, evaluation: unknown, path: string])[] = [
  ['no object', 5, ''],
  ['a list', [], ''],
  ['no evaluation set', { metrics: {} }, '.evalSetId'],
  ['an empty evaluation set', { evalSetId: '', metrics: {} }, '.evalSetId'],
  ['a horizon that is no text', { evalSetId: 'a', horizon: 4, metrics: {} }, '.horizon'],
  ['no metrics', { evalSetId: 'a' }, '.metrics'],
  ['a list of metrics', { evalSetId: 'a', metrics: [1] }, '.metrics'],
  ['a metric that is a text', { evalSetId: 'a', metrics: { ic_mean: '0.1' } }, '.metrics.ic_mean'],
  ['a metric that is NaN', { evalSetId: 'a', metrics: { ic_mean: NaN } }, '.metrics.ic_mean'],
  ['a metric that is infinite', { evalSetId: 'a', metrics: { ic_mean: Infinity } }, '.metrics.ic_mean'],
  ['a metric that is null', { evalSetId: 'a', metrics: { ic_mean: null } }, '.metrics.ic_mean'],
]

describe('an evaluation that nothing could be compared by', () => {
  it.each(malformed)('is refused for %s, recorded or brought along', (_, evaluation, path) => {
    const refused = (at: string): object => ({ code: 'registry/metadata-invalid', details: { path: at + path } })
    const given = evaluation as ModelEvaluation
    expect(evaluated().refusal(measured('1.0.0', given))).toMatchObject(refused('$'))
    const { metadata, ...model } = newModel('1.1.0')
    const brought = typeof evaluation === 'object' && !Array.isArray(evaluation) ? { recordedAt: 1, ...given } : given
    const all: unknown[] = [{ ...on('z', 1), recordedAt: 1 }, brought]
    const spoiled = { ...metadata, evaluations: all } as ModelMetadata
    const command = { type: 'register', model: { ...model, metadata: spoiled } } as const
    expect(evaluated().refusal(command)).toMatchObject(refused('$.evaluations[1]'))
  })

  it.each<[string, unknown, string]>([
    ['no list', { a: 1 }, '$.evaluations'],
    ['no time', [on('a', 1)], '$.evaluations[0].recordedAt'],
    ['two of one set and horizon', [1, 2].map((recordedAt) => on('a 4h', 1, { recordedAt })), '$.evaluations[1]'],
    ['more than fifty', Array.from({ length: 51 }, (_, i) => on(`s${i}`, 1, { recordedAt: 1 })), '$.evaluations'],
  ])('is refused among others for %s', (_, evaluations, path) => {
    const { metadata, ...model } = newModel('1.1.0')
    const spoiled = { ...metadata, evaluations } as ModelMetadata
    expect(evaluated().refusal({ type: 'register', model: { ...model, metadata: spoiled } })).toMatchObject({
      code: 'registry/metadata-invalid',
      details: { path },
    })
  })

  it('is no way to change what is recorded: the error names the right one', () => {
    const { message } = new CandlewickError('registry/field-immutable', { id: 'lgbm_v1.0.0', field: 'evaluations' })
    expect(message).toContain('recordEvaluation')
    const life = evaluated(on('a', 0.1))
    for (const patch of [{ evaluations: null }, { evaluations: [] }])
      expect(life.refusal({ type: 'update-metadata', version: '1.0.0', patch })).toMatchObject({
        code: 'registry/field-immutable',
        details: { field: 'evaluations' },
      })
  })
})

describe('a record of an earlier version, with a free field of that name', () => {
  it.each([['see the wiki'], [{ spring: 0.1 }], [[0.1]], [[{ set: 'a', ic: 1 }]]])(
    'is worked with as ever (%#)',
    (evaluations) => {
      const life = evaluated()
      const record = life.model('1.0.0')
      const metadata: ModelMetadata = Object.assign({ ...record.metadata }, { evaluations })
      const before = { ...life.family, models: new Map([['1.0.0', { ...record, metadata }]]) }
      const after = (command: Command): Family => decide(before, command, life.context).family
      expect(
        after({ type: 'update-metadata', version: '1.0.0', patch: { owner: 'desk 3' } }).models.get('1.0.0'),
      ).toMatchObject({
        metadata: { owner: 'desk 3', evaluations },
      })
      const judged = after(measured('1.0.0', on('spring', 0.2)))
      expect(judged.models.get('1.0.0')!.metadata.evaluations).toEqual([{ ...on('spring', 0.2), recordedAt: life.at }])
      const state = { families: new Map([['lgbm', before]]), blobs: new Map(), manifests: new Map(), events: [] }
      expect(brokenInvariants(state).filter((fault) => fault.startsWith('I17'))).toEqual([])
    },
  )
})

describe('a horizon', () => {
  it('is the same only where it is as long', () => {
    const life = evaluated(on('spring 4h', 0.1, { bars: 16 }), on('spring 4h', 0.3, { bars: 8 }))
    expect(placesOf(life)).toEqual(['spring 4h 0.1', 'spring 4h 0.3'])
    const [long, short] = [evaluated(on('spring 4h', 0.1, { bars: 16 })), evaluated(on('spring 4h', 0.3, { bars: 8 }))]
    const compare = (challenger: Life): boolean =>
      compareWithProduction(challenger.model('1.0.0'), long.model('1.0.0'), defaultCandidateRule).better
    expect(compare(short)).toBe(false)
    expect(compare(evaluated(on('spring 4h', 0.3, { bars: 16 })))).toBe(true)
  })
})

describe('a manifest', () => {
  const manifest = 'https://models.example/manifest.json'
  const claims = { evaluations: [{ ...on('a', 9), recordedAt: 1 }] }

  it('brings no evaluations of its own', () => {
    const life = new Life()
    life.do({ type: 'register', model: { ...newModel('1.0.0', claims), manifest } })
    expect(life.model('1.0.0').metadata).not.toHaveProperty('evaluations')
  })

  it.each<[string, object]>([
    ['says nothing of them', {}],
    ['claims others', claims],
    ['claims what makes no sense', { evaluations: 7 }],
  ])('that is read again keeps those recorded here where it %s, and changes the rest', (_, said) => {
    const life = new Life()
    life.do({ type: 'register', model: { ...newModel('1.0.0'), manifest } })
    life.do(measured('1.0.0', on('a', 0.1)))
    life.do({ type: 'register', model: { ...newModel('1.0.0', { ...said, notice: 'new' }), manifest } })
    expect(placesOf(life)).toEqual(['a 0.1'])
    expect(life.model('1.0.0').metadata.notice).toBe('new')
  })
})

/** What two versions are known to be worth, and what becomes of the second; `told` is what their publisher says. */
interface Case {
  readonly production: Known
  readonly challenger: Known
  readonly rule?: { readonly horizon?: string; readonly metric?: string; readonly direction?: 'min' }
  readonly standing: string
  readonly why: string
}
interface Known {
  readonly told?: readonly [ic: number, set?: string]
  readonly recorded?: readonly (readonly [place: string, ic: number])[]
}

const [stays, better, doubtful] = ['registered', 'candidate better-metric', 'candidate better-metric low-trust']

const cases: Readonly<Record<string, Case>> = {
  'both recorded on one set, and it is better': {
    production: { recorded: [['a', 0.1]] },
    challenger: { recorded: [['a', 0.2]] },
    standing: better,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0, both on the evaluation set "a"',
  },
  'both recorded on one set, and it is worse': {
    production: { recorded: [['a 4h', 0.2]] },
    challenger: { recorded: [['a 4h', 0.1]] },
    standing: stays,
    why: 'ic_mean 0.1 is not better than 0.2 of lgbm_v1.0.0, both on the evaluation set "a" at 4h',
  },
  'what was measured here outweighs what the publishers say': {
    production: { told: [0.1, 'a'], recorded: [['b', 0.3]] },
    challenger: { told: [0.9, 'a'], recorded: [['b', 0.2]] },
    standing: stays,
    why: 'ic_mean 0.2 is not better than 0.3 of lgbm_v1.0.0, both on the evaluation set "b"',
  },
  'the latest common set counts': {
    production: {
      recorded: [
        ['a', 0.1],
        ['b', 0.3],
      ],
    },
    challenger: {
      recorded: [
        ['b', 0.2],
        ['a', 0.2],
        ['c', 0.9],
      ],
    },
    standing: better,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0, both on the evaluation set "a"',
  },
  'recorded on two sets, they are not compared': {
    production: { recorded: [['a', 0.1]] },
    challenger: { recorded: [['b', 0.9]] },
    standing: stays,
    why: 'lgbm_v1.1.0 and lgbm_v1.0.0 have ic_mean on no common evaluation set',
  },
  'recorded at two horizons of one set, they are not compared': {
    production: { recorded: [['a 1h', 0.1]] },
    challenger: {
      recorded: [
        ['a 4h', 0.9],
        ['a', 0.9],
      ],
    },
    standing: stays,
    why: 'lgbm_v1.1.0 and lgbm_v1.0.0 have ic_mean on no common evaluation set',
  },
  'recorded here it is held against what its publisher says of production on that set': {
    production: { told: [0.1, 'a'] },
    challenger: { recorded: [['a', 0.2]] },
    standing: better,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0, both on the evaluation set "a"',
  },
  'and not against what he says of another set': {
    production: { told: [0.1, 'b'] },
    challenger: { recorded: [['a', 0.2]] },
    standing: stays,
    why: 'lgbm_v1.1.0 and lgbm_v1.0.0 have ic_mean on no common evaluation set',
  },
  'without a common set the publishers are believed, in doubt': {
    production: { told: [0.1, 'x'], recorded: [['a', 0.9]] },
    challenger: { told: [0.2, 'y'], recorded: [['b', 0.1]] },
    standing: doubtful,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0, on the evaluation set "y" and not on the evaluation set "x"',
  },
  'publishers who name no set are believed, as they always were': {
    production: { told: [0.1] },
    challenger: { told: [0.2], recorded: [['b', 0.1]] },
    standing: better,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0',
  },
  'one who names no set is believed in doubt': {
    production: { told: [0.1, 'x'] },
    challenger: { told: [0.2] },
    standing: doubtful,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0, on an unknown evaluation set and not on the evaluation set "x"',
  },
  'a horizon that is asked for leaves out the others': {
    production: {
      recorded: [
        ['a 4h', 0.3],
        ['a 1h', 0.1],
      ],
    },
    challenger: {
      recorded: [
        ['a 4h', 0.2],
        ['a 1h', 0.2],
      ],
    },
    rule: { horizon: '4h' },
    standing: stays,
    why: 'ic_mean 0.2 is not better than 0.3 of lgbm_v1.0.0, both on the evaluation set "a" at 4h',
  },
  'and the publisher, who names no horizon, is still believed': {
    production: { told: [0.1, 'a'], recorded: [['a 1h', 0.3]] },
    challenger: { told: [0.2, 'a'], recorded: [['a 1h', 0.1]] },
    rule: { horizon: '4h' },
    standing: better,
    why: 'ic_mean 0.2 is better than 0.1 of lgbm_v1.0.0, both on the evaluation set "a"',
  },
  'less is better': {
    production: { recorded: [['a', 0.3]] },
    challenger: { recorded: [['a', 0.2]] },
    rule: { direction: 'min' },
    standing: better,
    why: 'ic_mean 0.2 is better than 0.3 of lgbm_v1.0.0, both on the evaluation set "a"',
  },
  'an evaluation without the metric does not count': {
    production: { recorded: [['a', 0.3]] },
    challenger: { recorded: [['a', 0.9]] },
    rule: { metric: 'sharpe_ratio' },
    standing: stays,
    why: 'lgbm_v1.1.0 has no sharpe_ratio',
  },
}

const metadataOf = ({ told }: Known): Partial<ModelMetadata> => {
  const [ic, evalSetId] = told ?? []
  return { ...(ic !== undefined && { metrics: { ic_mean: ic } }), ...(evalSetId !== undefined && { evalSetId }) }
}

describe('the candidate rule', () => {
  it.each(Object.entries(cases))('holds: %s', (_, { production, challenger, rule, standing, why }) => {
    const life = new Life()
    life.rule = { ...defaultCandidateRule, ...rule }
    life.register('1.0.0', metadataOf(production))
    life.serve('1.0.0')
    life.register('1.1.0', metadataOf(challenger))
    for (const [version, { recorded = [] }] of [
      ['1.0.0', production],
      ['1.1.0', challenger],
    ] as const)
      for (const [place, ic] of recorded) life.do(measured(version, on(place, ic)))
    expect(life.standing('1.1.0')).toBe(standing)
    const verdict = compareWithProduction(life.model('1.1.0'), life.model('1.0.0'), life.rule)
    expect(verdict).toMatchObject({ why, better: standing !== stays, lowTrust: standing === doubtful })
  })

  it('tells what it compared', () => {
    const life = evaluated(on('a 4h', 0.1)).serve('1.0.0')
    life.register('1.1.0', { metrics: { ic_mean: 0.5 } })
    life.do(measured('1.1.0', on('a 4h', 0.2, { n: 7 })))
    expect(compareWithProduction(life.model('1.1.0'), life.model('1.0.0'), life.rule).compared).toMatchObject({
      metric: 'ic_mean',
      common: true,
      ours: { value: 0.2, evalSetId: 'a', horizon: '4h', evaluation: { n: 7 } },
      theirs: { value: 0.1, evalSetId: 'a', horizon: '4h' },
    })
  })
})

describe('recording an evaluation', () => {
  it('makes a candidate, takes the mark back, and touches no other version', () => {
    const life = evaluated(on('a', 0.2)).serve('1.0.0')
    life.register('1.1.0', 0.5)
    life.register('1.2.0')
    expect(typesOf(life.do(measured('1.1.0', on('a', 0.3))))).toEqual(['evaluated', 'status-changed'])
    expect(life.standing('1.1.0')).toBe('candidate better-metric')
    expect(typesOf(life.do(measured('1.1.0', on('a', 0.1))))).toEqual(['evaluated', 'status-changed'])
    expect(life.standing('1.1.0')).toBe('registered')
    expect(life.model('1.2.0').revision).toBe(1)
  })

  it('compares all anew where the production version is measured', () => {
    const life = evaluated().serve('1.0.0')
    life.register('1.1.0')
    life.register('1.2.0')
    life.do(measured('1.1.0', on('a', 0.3)))
    life.do(measured('1.2.0', on('a', 0.1)))
    expect([life.standing('1.1.0'), life.standing('1.2.0')]).toEqual(['registered', 'registered'])
    life.do(measured('1.0.0', on('a', 0.2)))
    expect([life.standing('1.1.0'), life.standing('1.2.0')]).toEqual(['candidate better-metric', 'registered'])
    life.do(measured('1.0.0', on('a', 0.4)))
    expect(life.standing('1.1.0')).toBe('registered')
  })

  it('makes a doubtful candidate a trusted one', () => {
    const life = new Life()
    life.register('1.0.0', { metrics: { ic_mean: 0.1 }, evalSetId: 'x' })
    life.serve('1.0.0')
    life.register('1.1.0', { metrics: { ic_mean: 0.2 }, evalSetId: 'y' })
    expect(life.standing('1.1.0')).toBe('candidate better-metric low-trust')
    life.do(measured('1.1.0', on('x', 0.3)))
    expect(life.standing('1.1.0')).toBe('candidate better-metric')
  })

  it('leaves alone what people set, what is archived, held back or was replaced', () => {
    const life = evaluated(on('a', 0.2)).serve('1.0.0')
    life.register('1.1.0')
    life.do({ type: 'set-status', version: '1.1.0', status: 'candidate' })
    life.register('1.2.0')
    life.do({ type: 'set-status', version: '1.2.0', status: 'archived' })
    life.register('1.3.0')
    life.do({ type: 'hold-back', version: '1.3.0', reason: 'it fails' })
    life.do(measured('1.1.0', on('a', 0.1)))
    for (const version of ['1.2.0', '1.3.0']) life.do(measured(version, on('a', 0.9)))
    expect(['1.1.0', '1.2.0', '1.3.0'].map((version) => life.standing(version))).toEqual([
      'candidate manual',
      'archived',
      'registered',
    ])
    life.serve('1.4.0')
    life.do(measured('1.0.0', on('b', 0.1)))
    expect(life.standing('1.0.0')).toBe('candidate demoted')
  })
})
