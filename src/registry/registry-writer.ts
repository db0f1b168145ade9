/** What can be done to the models of a registry. Each command is examined, decided and stored by itself, or not at all. */
import { CandlewickError } from '../core/errors.ts'
import type { CommandOptions } from './command-desk.ts'
import type { Examination } from './examiner.ts'
import { copyJson } from './json-copy.ts'
import type { Command } from './lifecycle/commands.ts'
import { waysBack } from './lifecycle/serving.ts'
import type { LoadOptions } from './loader.ts'
import { type ModelInfo, utcDay } from './queries.ts'
import {
  type Canary,
  type Family,
  type ModelEvaluation,
  type ModelMetadata,
  type ModelRecord,
  versionsInUse,
} from './records.ts'
import { checkMetrics, fileOf, metadataOf, type ModelDescription, type ModelSource, newModel } from './registrar.ts'
import { RegistryReader } from './registry-reader.ts'
import { nameMeant, recordOf } from './resolve.ts'
import { type Collected, collectGarbage } from './retention.ts'

/** How a version is put into service. */
export interface PromoteOptions extends CommandOptions {
  /** The epoch in which the decision was made; if the pointer has moved since, it is refused. */
  readonly expectedEpoch?: number | undefined
  /** Promotes what is no candidate; takes a reason. */
  readonly force?: boolean | undefined
  /** Goes into the log. */
  readonly reason?: string | undefined
}

/** How a version is registered. */
export interface RegisterOptions extends CommandOptions {
  /** The scaler's JSON file. Without one the version is kept, and cannot serve signals. */
  readonly scaler?: ModelSource | undefined
}

/** The commanding half of the registry. */
export abstract class RegistryWriter extends RegistryReader {
  /**
   * Fetches, verifies and stores all files of a version, and runs its reference runs where there is a runtime.
   *
   * @throws as `load`; `store/…` where there is no room to keep it, `model/golden-mismatch`
   */
  async install(id: string, options: LoadOptions = {}): Promise<ModelInfo> {
    const { families } = await this.look('install')
    const record = recordOf(families, id)
    const { loader, opener } = this.parts
    await this.checkTakeable(record, 'install')
    const files = await loader.bring(record, options)
    const [problem] = [...files.values()].flatMap(({ storeProblem }) => storeProblem ?? [])
    if (problem !== undefined) throw problem
    await opener.check(record, options.signal)
    this.parts.announcements.say({ name: record.name })
    return this.getModelInfo(id)
  }

  /**
   * Registers a model. The same bytes under the same version are registered once.
   *
   * @param source the ONNX file's bytes, or where it lies: it is then fetched when it is first needed
   * @returns its id: `name_vVersion`
   * @throws `registry/metadata-invalid`, `registry/version-immutable`, `registry/version-retired`, `store/…`
   */
  async registerModel(
    source: ModelSource,
    description: ModelDescription,
    options: RegisterOptions = {},
  ): Promise<string> {
    return this.#register(source, description, undefined, options)
  }

  /**
   * Keeps a model under an id of the caller's choice, 1 to 128 of `A-Z a-z 0-9 . _ -`. Its name is the id in lower case
   * unless the description gives one.
   *
   * @throws as {@link registerModel}; an id is never given to other bytes
   */
  async saveModel(
    source: ModelSource,
    id: string,
    description: Omit<ModelDescription, 'modelName'> & { readonly modelName?: string },
    options: RegisterOptions = {},
  ): Promise<string> {
    if (!/^[A-Za-z0-9._-]{1,128}$/u.test(id)) {
      const expected = '1 to 128 of A-Z a-z 0-9 . _ -'
      throw new CandlewickError('registry/metadata-invalid', { path: '$.id', expected, actual: JSON.stringify(id) })
    }
    const modelName =
      description.modelName ??
      id
        .toLowerCase()
        .replace(/^[^a-z0-9]+/u, '')
        .slice(0, 64)
    return this.#register(source, { ...description, modelName }, id, options)
  }

  /** Changes fields of the metadata: objects merge, lists replace, `null` deletes. Throws `registry/field-immutable` … */
  async updateModelMetadata(
    id: string,
    patch: Readonly<Record<string, unknown>>,
    options: CommandOptions & { readonly expectedRevision?: number | undefined } = {},
  ): Promise<ModelMetadata> {
    checkMetrics(patch['metrics'], '$.metrics')
    const { expectedRevision } = options
    const clean = copyJson(patch)
    await this.#command(
      id,
      (version) => ({ type: 'update-metadata', version, patch: clean, expectedRevision }),
      options,
    )
    return this.getModelMetadata(id)
  }

  /**
   * Keeps with a version what it was measured to be worth, and compares it with production by the candidate rule; measured is
   * production, all are compared with it. An evaluation of the same evaluation set and horizon takes the place of the one
   * before, the same content again is no news, and of each version the last 50 are kept, in `metadata.evaluations`.
   *
   * @throws `registry/metadata-invalid`, with the path, for one without an evaluation set, or with metrics that are no finite
   * numbers; `model/not-found`
   *
   * @example
   * ```ts
   * await registry.recordEvaluation('lstm_v1.1.0', { evalSetId: 'btc-2026', horizon: '4h', metrics: { ic_mean: 0.061 } })
   * ```
   */
  async recordEvaluation(id: string, evaluation: ModelEvaluation, options: CommandOptions = {}): Promise<ModelInfo> {
    const clean = copyJson(evaluation)
    return this.#command(id, (version) => ({ type: 'record-evaluation', version, evaluation: clean }), options)
  }

  /** Sets a status: `registered`, `candidate`, `archived`; `production` is the same as {@link setProductionModel}. */
  async setModelStatus(id: string, status: string, options: CommandOptions = {}): Promise<ModelInfo> {
    return this.#command(id, (version) => ({ type: 'set-status', version, status }), options, status === 'production')
  }

  /** Puts a version into service by somebody's explicit word: it need not be a candidate. Else as {@link promote}. */
  async setProductionModel(id: string, options: PromoteOptions = {}): Promise<ModelInfo> {
    const { expectedEpoch, reason = 'set as production' } = options
    const command = (version: string): Command => ({ type: 'promote', version, cause: 'manual', expectedEpoch, reason })
    return this.#command(id, command, options, true)
  }

  /**
   * Puts a candidate into service. All its bytes are hashed and its reference runs made before; the version that served
   * becomes a candidate, and the first way back.
   *
   * @throws `registry/not-candidate`, `registry/not-installed`, `registry/incompatible`, `registry/held-back`,
   * `registry/withdrawn`, `registry/expired`, `registry/epoch-conflict`, `manifest/expired`, `model/not-found`
   */
  async promote(id: string, options: PromoteOptions = {}): Promise<ModelInfo> {
    const { expectedEpoch, force, reason } = options
    return this.#command(id, (version) => ({ type: 'promote', version, expectedEpoch, force, reason }), options, true)
  }

  /**
   * Takes the production version of a name out of service.
   *
   * @throws `registry/would-leave-empty` without a replacement, unless that is allowed
   */
  async demote(
    name: string,
    options: PromoteOptions & { readonly replacement?: string; readonly allowEmpty?: boolean } = {},
  ): Promise<ModelInfo | undefined> {
    const { families } = await this.look('demote')
    const { expectedEpoch, reason, allowEmpty } = options
    const next = options.replacement === undefined ? undefined : recordOf(families, options.replacement, name)
    await this.#checkBegins(next)
    const command: Command = { type: 'demote', replacement: next?.version, allowEmpty, expectedEpoch, reason }
    await this.#run(name, [command], (family) => examined(family, next?.version), options)
    return this.getProductionModel(name)
  }

  /**
   * Goes back to the latest earlier version that can serve, without a network; the one that failed is held back.
   *
   * @param name default: the manifest's first, or the only one there is
   * @throws `registry/no-rollback-target`, which says why none of them can; `registry/epoch-conflict`
   */
  async rollback(
    name?: string,
    options: CommandOptions & { readonly to?: string; readonly reason?: string; readonly expectedEpoch?: number } = {},
  ): Promise<ModelInfo> {
    const { families } = await this.look('rollback')
    const target = options.to === undefined ? undefined : recordOf(families, options.to, name)
    const meant = target?.name ?? nameMeant(families, this.manifest, name)
    const { reason = 'rolled back by hand', expectedEpoch } = options
    const to = target?.version
    const back = (family: Family): ModelRecord[] =>
      to === undefined ? waysBack(family, this.parts.now()) : examined(family, to)
    const command: Command = { type: 'rollback', to, reason, expectedEpoch }
    const { models, channel } = await this.#run(meant, [command], back, options, 'first')
    return this.#infoOf(models.get(channel.production!)!)
  }

  /** Keeps a version from being promoted until it is released. */
  async holdBack(id: string, reason: string, options: CommandOptions = {}): Promise<ModelInfo> {
    return this.#command(id, (version) => ({ type: 'hold-back', version, reason }), options)
  }

  /** Lets a version that was held back be promoted again. */
  async release(id: string, reason: string, options: CommandOptions = {}): Promise<ModelInfo> {
    return this.#command(id, (version) => ({ type: 'release', version, reason }), options)
  }

  /**
   * Gives a version a share of the predictions beside production.
   *
   * @param share in basis points, 1 to 5000
   * @throws `registry/canary-invalid`, and what {@link promote} throws for a version that cannot serve
   */
  async startCanary(
    id: string,
    share: Pick<Canary, 'basisPoints'> & Partial<Pick<Canary, 'unit'>>,
    options: CommandOptions = {},
  ): Promise<ModelInfo> {
    const { basisPoints, unit = 'symbol' } = share
    return this.#command(id, (version) => ({ type: 'start-canary', version, basisPoints, unit }), options, true)
  }

  /** Changes the share of the canary of a name. */
  async setCanary(name: string, basisPoints: number, options: CommandOptions = {}): Promise<void> {
    await this.#run(name, [{ type: 'set-canary', basisPoints }], () => [], options)
  }

  /** Ends the canary of a name: it is promoted, or held back. */
  async finishCanary(
    name: string,
    outcome: 'promote' | 'abort',
    reason: string,
    options: CommandOptions = {},
  ): Promise<void> {
    const { families } = await this.look('finishCanary')
    const family = families.get(name)
    const canary = family?.models.get(family.channel.canary?.version ?? '')
    if (outcome === 'promote') await this.#checkBegins(canary)
    const command: Command = { type: 'finish-canary', outcome, reason }
    await this.#run(name, [command], (family) => examined(family, family.channel.canary?.version), options)
  }

  /** Has a version run unseen beside production, or none. */
  async setShadow(name: string, id: string | undefined, options: CommandOptions = {}): Promise<void> {
    const { families } = await this.look('setShadow')
    const record = id === undefined ? undefined : recordOf(families, id, name)
    await this.#checkBegins(record)
    const version = record?.version
    await this.#run(name, [{ type: 'set-shadow', version }], (family) => examined(family, version), options)
  }

  /**
   * Deletes a version, with all bytes that no other version needs. Its number is never used again.
   *
   * @throws `registry/in-use` for one that serves, or that a rollback needs (unless forced)
   */
  async deleteModel(id: string, options: CommandOptions & { readonly force?: boolean } = {}): Promise<void> {
    const { families } = await this.look('deleteModel')
    const { name, version } = recordOf(families, id)
    await this.#run(name, [{ type: 'delete', version, force: options.force }], () => [], options)
  }

  /**
   * Archives what was trained before a day. Production, canary, shadow and the way back stay as they are.
   *
   * @param date `YYYY-MM-DD` in UTC, exclusive
   * @returns ids of the archived versions
   */
  async archiveOlderThan(date: string, options: CommandOptions = {}): Promise<string[]> {
    const { families } = await this.look('archiveOlderThan')
    const limit = utcDay(date)
    if (limit === undefined) {
      const details = { path: '$.date', expected: 'a day such as 2026-01-31', actual: JSON.stringify(date) }
      throw new CandlewickError('registry/metadata-invalid', details)
    }
    const archived: string[] = []
    for (const { name } of families.values()) {
      const after = await this.#run(
        name,
        (family) => outdated(family, limit),
        () => [],
        options,
      )
      const before = families.get(name)
      for (const { id, version, status } of after.models.values())
        if (status === 'archived' && before?.models.get(version)?.status !== 'archived') archived.push(id)
    }
    return archived
  }

  /** Removes stored bytes that nothing needs; `thorough` also those of archived versions. */
  async collectGarbage(options: { readonly thorough?: boolean } = {}): Promise<Collected> {
    this.check('collectGarbage')
    return collectGarbage(this.parts.store, this.parts.announcements, options)
  }

  /**
   * Asks the platform never to clear this site's data by itself. Call it on a user's gesture, after the first install.
   *
   * @returns whether it promised; `false` also where it cannot be asked
   */
  async requestPersistence(): Promise<boolean> {
    this.check('requestPersistence')
    return (await globalThis.navigator?.storage?.persist?.()) ?? false
  }

  async #register(
    source: ModelSource,
    description: ModelDescription,
    id: string | undefined,
    { scaler, ...options }: RegisterOptions,
  ): Promise<string> {
    this.check('registerModel')
    const { name, version, metadata } = metadataOf(description)
    const { blobs } = this.parts
    const artifact = await fileOf(source, blobs)
    const files = { artifact, ...(scaler !== undefined && { scaler: await fileOf(scaler, blobs) }) }
    let registered = ''
    const plan = (family: Family): Command[] => {
      const model = newModel(family, { ...files, metadata, version, ...(id !== undefined && { id }) })
      registered = model.version
      return [{ type: 'register', model }]
    }
    const family = await this.#run(name, plan, () => [], options)
    // The same bytes may have been registered under another id before.
    return family.models.get(registered)!.id
  }

  /** A record as a command left it, whatever happened to it since. */
  async #infoOf(record: ModelRecord): Promise<ModelInfo> {
    return this.describe(record, await this.look('command'))
  }

  /** Refuses what may not begin to serve now; what serves already goes on. */
  async #checkBegins(record: ModelRecord | undefined): Promise<void> {
    if (record !== undefined && record.status !== 'production') await this.checkTakeable(record, 'serve')
  }

  /** Runs a command on one version; `serving` commands have it examined first. */
  async #command(
    id: string,
    command: (version: string) => Command,
    options: CommandOptions,
    serving = false,
  ): Promise<ModelInfo> {
    const { families } = await this.look('command')
    const record = recordOf(families, id)
    if (serving) await this.#checkBegins(record)
    const after = await this.#run(
      record.name,
      [command(record.version)],
      (family) => (serving ? examined(family, record.version) : []),
      options,
    )
    return this.#infoOf(after.models.get(record.version)!)
  }

  async #run(
    name: string,
    plan: readonly Command[] | ((family: Family) => readonly Command[]),
    examine: (family: Family) => readonly ModelRecord[],
    options: CommandOptions,
    until: 'all' | 'first' = 'all',
  ): Promise<Family> {
    this.check('command')
    const { desk, examiner } = this.parts
    const { signal } = options
    const look = async (family: Family): Promise<Examination> => examiner.examine(examine(family), { until, signal })
    return desk.run(name, typeof plan === 'function' ? plan : () => plan, look, options)
  }
}

const examined = ({ models }: Family, version: string | undefined): ModelRecord[] => {
  const record = version === undefined ? undefined : models.get(version)
  return record === undefined ? [] : [record]
}

/** Commands that archive what is older than a day and not needed. */
function outdated({ models, channel }: Family, limit: string): Command[] {
  const needed = versionsInUse(channel)
  return [...models.values()].flatMap(({ version, status, metadata }) => {
    const day = utcDay(metadata.trainingDate ?? '')
    const due = day !== undefined && day < limit && status !== 'archived' && !needed.has(version)
    return due ? [{ type: 'set-status', version, status: 'archived' } as const] : []
  })
}
