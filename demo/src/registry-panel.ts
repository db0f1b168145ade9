/** The models panel: what the registry of this device holds, who serves, and the commands for it. One command at a time. */
import { type EngineInfo, openRegistry } from 'candlewick'
import type { Channel, LoadOptions, LoadProgress, ModelRegistry } from 'candlewick/registry'
import { byId, make } from './dom.ts'
import { bytesText } from './format.ts'
import { problemOf } from './problem.ts'
import { registryOf } from './publisher.ts'
import { commands, downloadBackup, restoreBackup } from './registry-commands.ts'
import { showVersions, versionText } from './registry-list.ts'
import { showLog } from './registry-log.ts'
import { showStorage } from './registry-storage.ts'
import { showWork, type Step, step } from './steps.ts'

/** What the panel knows of the page around it. */
export interface PanelHooks {
  /** What the engine runs now. */
  readonly running: () => EngineInfo | undefined
  /** Another version is in production: the engine must start again. */
  readonly moved: () => void
}

const card: HTMLElement = byId('models', HTMLElement)
const status: HTMLElement = byId('models-status', HTMLElement)

const signatures = {
  verified: 'signed and verified',
  unchecked: 'signed, not checked: for development',
  unsigned: 'unsigned: for development',
} as const

/** The panel of one registry. */
export class RegistryPanel {
  readonly #manifest: string
  readonly #hooks: PanelHooks
  #registry: ModelRegistry | undefined
  #work: AbortController | undefined
  /** The epoch of each name when it was last looked at. */
  #epochs: ReadonlyMap<string, number> = new Map()
  #looking: Promise<void> | undefined
  #lookAgain = false

  constructor(manifest: string, hooks: PanelHooks) {
    this.#manifest = manifest
    this.#hooks = hooks
    const on = (id: string, listener: () => void): void =>
      byId(id, HTMLButtonElement).addEventListener('click', listener)
    on('models-cancel', () => this.#work?.abort(new DOMException('Cancelled by the user.', 'AbortError')))
    on(
      'models-refresh',
      () => void this.#do('Looking for new versions', (registry, options) => lookForNew(registry, options)),
    )
    on('backup', () => void this.#do('Making a backup', downloadBackup))
    on('persist', () => void this.#do('Asking the browser', askToStay))
    const file = byId('restore', HTMLInputElement)
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen === undefined) return
      const mode = byId('restore-mode', HTMLSelectElement).value === 'replace' ? 'replace' : 'merge'
      const restore = (registry: ModelRegistry, options: LoadOptions): Promise<string | undefined> =>
        restoreBackup(registry, chosen, mode, options)
      // Emptied, so that choosing the same file again counts as a change.
      void this.#do('Reading the backup', restore).finally(() => (file.value = ''))
    })
  }

  /** Opens the registry, or says why it cannot be opened; the page goes on without it. */
  async open(): Promise<void> {
    await this.#do('Opening the registry', async () => undefined)
  }

  /** Shows what the registry holds now. Calls while it looks make it look once more. */
  async refresh(): Promise<void> {
    this.#lookAgain = true
    this.#looking ??= this.#look()
      .catch(showProblem)
      .finally(() => (this.#looking = undefined))
    await this.#looking
  }

  async #look(): Promise<void> {
    while (this.#lookAgain && this.#registry !== undefined) {
      this.#lookAgain = false
      await this.#show(this.#registry)
    }
  }

  async #show(registry: ModelRegistry): Promise<void> {
    const models = await registry.listModels()
    const names = [...new Set(models.map(({ modelName }) => modelName))]
    const channels = new Map(
      await Promise.all(names.map(async (name) => [name, await registry.getChannel(name)] as const)),
    )
    const [stats, events] = [await registry.storageStats(), await registry.history({ last: 20 })]
    const running = this.#hooks.running()
    keepFocus(() => {
      const hooks = {
        act: (action: keyof typeof commands, model: (typeof models)[number]) =>
          void this.#do(versionText(model), (open, options) => commands[action](open, model, options)),
        copied: (text: string) => void (status.textContent = text),
      }
      showVersions(byId('models-list', HTMLElement), models, channels, running?.model.id, hooks)
      showStorage(byId('storage', HTMLElement), stats)
      showLog(byId('log', HTMLElement), events)
    })
    showServing(channels, running)
    showSource(registry)
    this.#setBusy(this.#work !== undefined)
    this.#follow(channels, running)
  }

  /** Has the engine follow, once for each move, whoever made it: this tab or another. */
  #follow(channels: ReadonlyMap<string, Channel>, running: EngineInfo | undefined): void {
    const before = new Map(this.#epochs)
    if (running !== undefined && !before.has(running.model.name)) before.set(running.model.name, running.epoch)
    this.#epochs = new Map(Array.from(channels, ([name, { epoch }]) => [name, epoch]))
    const names = running === undefined ? [...channels.keys()] : [running.model.name]
    const moved = names.some((name) => before.has(name) && before.get(name) !== this.#epochs.get(name))
    if (moved) this.#hooks.moved()
  }

  /** Runs one command, shows its progress, and says what came of it. */
  async #do(
    name: string,
    command: (registry: ModelRegistry, options: LoadOptions) => Promise<string | undefined>,
  ): Promise<void> {
    if (this.#work !== undefined) return
    const { signal } = (this.#work = new AbortController())
    const onProgress = (progress: LoadProgress): void => {
      if (!signal.aborted) showWork('models-work', workStep(name, progress))
    }
    const focused = focusedId()
    byId('models-problem', HTMLElement).hidden = true
    status.textContent = ''
    showWork('models-work', workStep(name))
    this.#setBusy(true)
    try {
      this.#registry ??= await this.#openRegistry({ signal, onProgress })
      status.textContent = (await command(this.#registry, { signal, onProgress })) ?? ''
      // A model that was opened for its reference run holds a worker and much memory.
      await this.#registry.clearCache()
    } catch (error) {
      if (signal.aborted) status.textContent = 'Cancelled.'
      else showProblem(error)
    } finally {
      this.#work = undefined
      showWork('models-work', undefined)
      await this.refresh()
      this.#setBusy(false)
      // Buttons lose the focus while they are disabled.
      if (document.activeElement === document.body) focusOn(focused)
    }
  }

  async #openRegistry(options: LoadOptions): Promise<ModelRegistry> {
    const registry = await openRegistry({ ...registryOf(this.#manifest), ...options })
    registry.subscribe(() => void this.refresh())
    return registry
  }

  #setBusy(busy: boolean): void {
    card.setAttribute('aria-busy', String(busy))
    // In memory alone, what is promoted here would never reach the engine.
    const useless = this.#registry?.storeProblem !== undefined
    for (const button of card.querySelectorAll<HTMLButtonElement>('button:not(.hash, #models-cancel)'))
      button.disabled = busy || useless
    for (const control of [byId('restore', HTMLInputElement), byId('restore-mode', HTMLSelectElement)])
      control.disabled = busy || useless
  }
}

async function lookForNew(registry: ModelRegistry, options: LoadOptions): Promise<string> {
  return (await registry.refresh(options)) ? 'A new edition of the manifest was taken over.' : 'Nothing is new.'
}

async function askToStay(registry: ModelRegistry): Promise<string> {
  return (await registry.requestPersistence())
    ? 'The browser promised not to clear the models by itself.'
    : 'The browser made no promise. It may after more visits; a backup is safe either way.'
}

/** What is being done; the bytes where they are known. */
const workStep = (name: string, { loaded = 0, total = 0 }: Partial<LoadProgress> = {}): Step =>
  step(name, loaded, total, bytesText)

function showProblem(error: unknown): void {
  const { title, message } = problemOf(error)
  const box = byId('models-problem', HTMLElement)
  box.hidden = false
  box.replaceChildren(make('strong', {}, title), make('p', {}, message))
}

function showServing(channels: ReadonlyMap<string, Channel>, running: EngineInfo | undefined): void {
  const lines = Array.from(channels.values(), ({ name, production, epoch }) =>
    production === undefined
      ? `No version of ${name} is in production yet.`
      : `${versionText({ modelName: name, version: production })} is in production, epoch ${epoch}.`,
  )
  const { name, version } = running?.model ?? {}
  if (name !== undefined && version !== undefined)
    lines.push(`The engine runs ${versionText({ modelName: name, version })}.`)
  byId('models-serving', HTMLElement).textContent = lines.join(' ')
}

function showSource({ manifest, signature, manifestProblem, storeProblem }: ModelRegistry): void {
  const edition = manifest === undefined ? 'No manifest' : `Manifest ${manifest.version}`
  byId('models-source', HTMLElement).textContent =
    signature === undefined ? edition : `${edition} · ${signatures[signature]}`
  const warnings = [
    ...(manifestProblem === undefined
      ? []
      : [`The manifest of an earlier visit is in force. ${manifestProblem.message}`]),
    ...(storeProblem === undefined
      ? []
      : [`Nothing lasts beyond this visit, so nothing can be promoted here: ${storeProblem}`]),
  ]
  byId('models-warnings', HTMLElement).replaceChildren(
    ...warnings.map((text) => make('p', { class: 'notice', role: 'note' }, text)),
  )
}

/** What has the focus in the panel, by its test id: the buttons themselves are drawn anew with each change. */
function focusedId(): string | undefined {
  const focused = document.activeElement
  return focused instanceof HTMLElement && card.contains(focused) ? focused.dataset['testid'] : undefined
}

/** Puts the focus back; where its place is gone, on the panel's heading. */
function focusOn(id: string | undefined): void {
  if (id === undefined) return
  const again = card.querySelector<HTMLElement>(`[data-testid="${CSS.escape(id)}"]`)
  ;(again ?? byId('models-title', HTMLElement)).focus({ preventScroll: true })
}

/** Draws anew without a loss of focus. */
function keepFocus(draw: () => void): void {
  const focused = document.activeElement
  const id = focusedId()
  draw()
  if (!document.contains(focused)) focusOn(id)
}
