/** What the buttons of the models panel do. Each asks first where something is lost or cannot be taken back. */
import type { ChecklistItem, LoadOptions, ModelInfo, ModelRegistry, RestoreReport } from 'candlewick/registry'
import { confirm } from './confirm.ts'
import { make } from './dom.ts'
import { bytesText, versionNumber } from './format.ts'
import { type VersionAction, versionText } from './registry-list.ts'
import { save } from './save.ts'

/** Does its work and says what came of it; `undefined` where the user thought better of it. */
type Command = (registry: ModelRegistry, model: ModelInfo, options: LoadOptions) => Promise<string | undefined>

const itemNames: Readonly<Record<ChecklistItem['name'], string>> = {
  files: 'Files',
  service: 'Fit for service',
  'reference-run': 'Reference run',
  candidate: 'Candidate',
  metric: 'Better than production',
  evaluation: 'Evaluation',
  'way-back': 'Way back',
}

const marks: Readonly<Record<ChecklistItem['result'], string>> = { passed: '✓', failed: '✕', unknown: '?' }

/** Ids without the hashes that their versions carry: the table has those. */
const shortened = (text: string): string => text.replaceAll(/\+[\w.]+/g, versionNumber)

const checklistItem = ({ name, result, detail }: ChecklistItem): HTMLElement =>
  make(
    'li',
    { class: result },
    make('span', { class: 'mark-of', role: 'img', 'aria-label': result }, marks[result]),
    make('span', {}, make('strong', {}, itemNames[name]), ` ${shortened(detail)}`),
  )

const promote: Command = async (registry, model, { signal }) => {
  const { items, epoch } = await registry.promotionChecklist(model.modelId, { signal })
  const failed = items.filter(({ required, result }) => required && result !== 'passed')
  // People may overrule the comparison; nobody may overrule a missing file or a wrong answer.
  const allowed = failed.every(({ name }) => name === 'candidate')
  const unmeasured = 'It is no candidate: nothing was measured that shows it to be better.'
  const words = allowed ? unmeasured : 'It cannot be put into service.'
  const sure = await confirm({
    title: `Promote ${versionText(model)}?`,
    body: [
      make('ul', { class: 'checklist' }, ...items.map(checklistItem)),
      ...(failed.length > 0 ? [make('p', {}, words)] : []),
    ],
    yes: allowed ? (failed.length > 0 ? 'Promote all the same' : 'Promote') : undefined,
  })
  if (!sure) return undefined
  const force = failed.length > 0
  const reason = force ? 'promoted by hand, without a comparison' : 'promoted by hand'
  await registry.promote(model.modelId, { expectedEpoch: epoch, force, reason, signal })
  return `${versionText(model)} is in production.`
}

const remove: Command = async (registry, model, { signal }) => {
  const { previous } = await registry.getChannel(model.modelName)
  const needed = previous.includes(model.version)
  const sure = await confirm({
    title: `Delete ${versionText(model)}?`,
    body: [
      make('p', {}, 'Its files go, and its version number is never used again on this device. Archive it to keep it.'),
      ...(needed ? [make('p', {}, 'A rollback would go back to it.')] : []),
    ],
    yes: 'Delete for good',
  })
  if (!sure) return undefined
  await registry.deleteModel(model.modelId, { force: needed, signal })
  return `${versionText(model)} was deleted.`
}

/** The commands by the button that gives them. */
export const commands: Readonly<Record<VersionAction, Command>> = {
  install: async (registry, model, options) => {
    await registry.install(model.modelId, options)
    return `${versionText(model)} is installed: every byte was verified and its reference run passed.`
  },
  promote,
  'roll-back': async (registry, model, { signal }) => {
    const back = await registry.rollback(model.modelName, { signal })
    return `${versionText(back)} is in production again, and ${versionText(model)} is held back.`
  },
  release: async (registry, model, { signal }) => {
    await registry.release(model.modelId, 'released by hand', { signal })
    return `${versionText(model)} may be promoted again.`
  },
  archive: async (registry, model, { signal }) => {
    await registry.setModelStatus(model.modelId, 'archived', { signal })
    return `${versionText(model)} is archived.`
  },
  'bring-back': async (registry, model, { signal }) => {
    await registry.setModelStatus(model.modelId, 'registered', { signal })
    return `${versionText(model)} is registered again.`
  },
  delete: remove,
}

/** Makes a backup of everything and hands it to the browser as a download. */
export async function downloadBackup(registry: ModelRegistry, { signal, onProgress }: LoadOptions): Promise<string> {
  const stream = registry.backup({
    signal,
    onProgress: ({ phase, loaded, total = 0 }) =>
      onProgress?.({ phase: phase === 'check' ? 'verify' : 'store', loaded, total }),
  })
  const blob = await new Response(stream).blob()
  save(blob, 'candlewick-models', 'backup')
  return `A backup of ${bytesText(blob.size)} was made.`
}

function restoreSummary({ models, pointers, blobs }: RestoreReport): HTMLElement {
  const count = (action: RestoreReport['models'][number]['action']): number =>
    models.filter((model) => model.action === action).length
  const moved = pointers.filter(({ taken, pointer }) => taken && pointer === 'production')
  const lines = [
    `${count('added')} versions are added, ${count('changed')} changed, ${count('removed')} removed.`,
    `${blobs.added} files (${bytesText(blobs.addedBytes)}) come into the store; ${blobs.present} are here already.`,
    ...moved.map(({ name, version }) => `${versionText({ modelName: name, version })} goes into production.`),
  ]
  return make('ul', { class: 'plain' }, ...lines.map((line) => make('li', {}, line)))
}

/** Says what a backup would change, asks, and takes it over. */
export async function restoreBackup(
  registry: ModelRegistry,
  file: File,
  mode: 'merge' | 'replace',
  { signal, onProgress }: LoadOptions,
): Promise<string | undefined> {
  const options = {
    mode,
    signal,
    onProgress: ({ loaded, total = 0 }: { readonly loaded: number; readonly total?: number | undefined }): void =>
      onProgress?.({ phase: 'verify', loaded, total }),
  }
  const plan = await registry.restore(file, { ...options, dryRun: true })
  if (!plan.changed) return 'Nothing would change: all that this backup holds is here already.'
  const sure = await confirm({
    title: mode === 'merge' ? 'Add what is missing here?' : 'Put the backup in the place of everything?',
    body: [restoreSummary(plan)],
    yes: mode === 'merge' ? 'Add' : 'Replace everything',
  })
  if (!sure) return undefined
  await registry.restore(file, options)
  return 'The backup was taken over.'
}
