/** The versions of the registry as a table; on a small screen each is a card. */
import type { Channel, ModelInfo, ModelStatus } from 'candlewick/registry'
import { make } from './dom.ts'
import { bytesText, versionNumber } from './format.ts'

/** What can be done to a version. */
export type VersionAction = 'install' | 'promote' | 'roll-back' | 'release' | 'archive' | 'bring-back' | 'delete'

const actionNames: Readonly<Record<VersionAction, string>> = {
  install: 'Install',
  promote: 'Promote',
  'roll-back': 'Roll back',
  release: 'Release',
  archive: 'Archive',
  'bring-back': 'Bring back',
  delete: 'Delete',
}

const statusNames: Readonly<Record<ModelStatus, string>> = {
  registered: 'Registered',
  candidate: 'Candidate',
  production: 'In production',
  archived: 'Archived',
}

/** A version's name for people. */
export function versionText({ modelName, version }: Pick<ModelInfo, 'modelName' | 'version'>): string {
  return `${modelName} ${versionNumber(version)}`
}

function actionsFor(model: ModelInfo, channel: Channel | undefined): readonly VersionAction[] {
  const { status, installed, heldBack, withdrawn } = model
  if (status === 'production') return (channel?.previous.length ?? 0) > 0 ? ['roll-back'] : []
  if (status === 'archived') return ['bring-back', 'delete']
  const first: VersionAction[] = []
  if (heldBack !== undefined) first.push('release')
  else if (withdrawn === undefined) first.push(installed ? 'promote' : 'install')
  return [...first, 'archive', 'delete']
}

/** What stands against a version, or is worth knowing of it. */
function remarks(model: ModelInfo, serving: string | undefined): readonly string[] {
  return [
    ...(model.modelId === serving && model.status !== 'production' ? ['the engine runs it'] : []),
    ...(model.heldBack === undefined ? [] : [`held back: ${model.heldBack}`]),
    ...(model.withdrawn === undefined ? [] : [`withdrawn: ${model.withdrawn}`]),
    ...(model.listed ? [] : ['no longer in the manifest']),
    ...(model.lowTrust ? ['compared on another evaluation set'] : []),
  ]
}

const columns = ['Version', 'Status', 'Files', 'SHA-256', 'Size', 'Trained', 'Actions'] as const

// The roles are spelt out, because a table that is laid out as cards would lose them.
const cell = (column: (typeof columns)[number], ...children: readonly (Node | string)[]): HTMLElement =>
  make('td', { role: 'cell', 'data-label': column, class: `of-${column.toLowerCase()}` }, ...children)

/** What the table tells its owner. */
export interface ListHooks {
  readonly act: (action: VersionAction, model: ModelInfo) => void
  readonly copied: (text: string) => void
}

function hashButton({ sha256, ...model }: ModelInfo, { copied }: ListHooks): HTMLElement {
  const attributes = { type: 'button', class: 'hash', title: sha256, 'data-testid': `hash-${model.modelId}` }
  const label = `Copy the SHA-256 of ${versionText(model)}`
  const button = make(
    'button',
    { ...attributes, 'aria-label': `${sha256.slice(0, 12)}, ${label}` },
    sha256.slice(0, 12),
  )
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(sha256).then(
      () => copied(`The SHA-256 of ${versionText(model)} is in the clipboard.`),
      () => copied(`The SHA-256 of ${versionText(model)} is ${sha256}.`),
    )
  })
  return button
}

function actionButtons(model: ModelInfo, channel: Channel | undefined, hooks: ListHooks): HTMLElement[] {
  return actionsFor(model, channel).map((action) => {
    const name = actionNames[action]
    const button = make(
      'button',
      {
        type: 'button',
        class: action === 'install' || action === 'promote' ? 'primary' : '',
        'aria-label': `${name} ${versionText(model)}`,
        'data-testid': `${action}-${model.modelId}`,
      },
      name,
    )
    button.addEventListener('click', () => hooks.act(action, model))
    return button
  })
}

function row(
  model: ModelInfo,
  channel: Channel | undefined,
  serving: string | undefined,
  hooks: ListHooks,
): HTMLElement {
  const [, build] = model.version.split('+')
  const notes = remarks(model, serving).map((text) => make('small', {}, text))
  return make(
    'tr',
    { role: 'row', class: model.status, 'data-testid': `version-${model.modelId}` },
    make(
      'th',
      { role: 'rowheader', scope: 'row' },
      make('strong', {}, versionNumber(model.version)),
      make('small', {}, build === undefined ? model.modelName : `${model.modelName} +${build}`),
    ),
    cell('Status', make('span', { class: `state ${model.status}` }, statusNames[model.status]), ...notes),
    cell('Files', model.installed ? 'On this device' : 'Not installed'),
    cell('SHA-256', hashButton(model, hooks)),
    cell('Size', bytesText(model.size)),
    cell('Trained', model.trainingDate ?? 'not stated', ...(model.notice ? [make('small', {}, model.notice)] : [])),
    cell('Actions', make('span', { class: 'buttons' }, ...actionButtons(model, channel, hooks))),
  )
}

/** Shows versions, the newest first. `serving` is the id of the model that the engine runs. */
export function showVersions(
  box: HTMLElement,
  models: readonly ModelInfo[],
  channels: ReadonlyMap<string, Channel>,
  serving: string | undefined,
  hooks: ListHooks,
): void {
  if (models.length === 0) {
    box.replaceChildren(make('p', { class: 'hint' }, 'No version is known here yet.'))
    return
  }
  const heads = columns.map((head) => make('th', { role: 'columnheader', scope: 'col' }, head))
  const rows = models.map((model) => row(model, channels.get(model.modelName), serving, hooks))
  box.replaceChildren(
    make(
      'table',
      { role: 'table', class: 'versions', 'aria-labelledby': 'models-title' },
      make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads)),
      make('tbody', { role: 'rowgroup' }, ...rows),
    ),
  )
}
