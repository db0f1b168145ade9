/** Lives in which a registry was once not the one that it should be. They are lived before all random ones. */
import type { EntryPlan } from './publisher.ts'
import type { RegistryLife, Step } from './steps.ts'

const entry = (version: string, withdrawn = false, name = 'lgbm'): EntryPlan => ({ name, version, withdrawn })
const serve = (version: string, name = 'lgbm'): Step[] => [
  { step: 'install', id: `${name}_v${version}`, fault: undefined },
  { step: 'promote', id: `${name}_v${version}`, manual: true, force: false, epoch: undefined },
]
const back = (to?: string): Step => ({ step: 'rollback', name: 'lgbm', to, epoch: undefined })
const three = [entry('1.0.0'), entry('1.9.0'), entry('1.10.0')]
const mine: Step = {
  step: 'register',
  name: 'lgbm',
  version: '3.0.0',
  content: 'own',
  complete: true,
  metric: undefined,
  trainingDate: undefined,
}

export const regressions: readonly RegistryLife[] = [
  // A version of another name was taken for one of this name.
  {
    policy: 'rollback',
    first: [...three, entry('1.0.0', false, 'tcn')],
    steps: [...serve('1.0.0'), ...serve('1.9.0'), back('tcn_v1.0.0')],
  },
  // An earlier version that was withdrawn hid the one behind it.
  {
    policy: 'rollback',
    first: three,
    steps: [
      ...serve('1.0.0'),
      ...serve('1.9.0'),
      ...serve('1.10.0'),
      { step: 'refresh', offer: 'newer', entries: [entry('1.0.0'), entry('1.9.0', true), entry('1.10.0')] },
      back(),
    ],
  },
  // A manifest fell back to a version that it withdrew itself.
  {
    policy: 'rollback',
    first: three,
    steps: [
      ...serve('1.0.0'),
      ...serve('1.9.0'),
      ...serve('1.10.0'),
      { step: 'refresh', offer: 'newer', entries: [entry('1.0.0'), entry('1.10.0', true), entry('1.9.0', true)] },
    ],
  },
  // The user's own bytes were collected, which nobody can fetch again.
  {
    policy: 'keep',
    first: three,
    steps: [mine, { step: 'set-status', id: 'lgbm_v3.0.0', status: 'archived' }, { step: 'collect', thorough: true }],
  },
]
