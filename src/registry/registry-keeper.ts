/** The keeping half of the registry: all of it in one stream, and back. */
import type { ByteSource } from './backup/byte-reader.ts'
import { treePieces } from './backup/export-tree.ts'
import { type ImportReport, type NewTreeModel, openSource, readTree } from './backup/import-tree.ts'
import { streamOf } from './backup/piece-stream.ts'
import { restoreBackup, type RestoreOptions } from './backup/restore.ts'
import type { RestoreReport } from './backup/restore-report.ts'
import { type BackupOptions, backupPieces } from './backup/write-backup.ts'
import { openZip } from './backup/zip-reader.ts'
import type { CommandOptions } from './command-desk.ts'
import type { FileReference } from './integrity.ts'
import { modelId } from './manifest.ts'
import type { ModelRecord } from './records.ts'
import { RegistryWriter } from './registry-writer.ts'

/** What keeps a registry beyond its store: backups, and folders of files that other tools read. */
export abstract class RegistryKeeper extends RegistryWriter {
  /**
   * Writes everything into one stream: records, log and manifests, and the bytes that the scope asks for. All bytes are hashed
   * first; what is missing or spoiled is left out, and the backup says so. Reading the stream to its end counts as having
   * made the backup. No more than one stored piece is in memory at a time.
   *
   * The stream fails with `backup/invalid` where the registry itself is at fault, with `store/unavailable`, and with the
   * signal's reason when aborted.
   *
   * @throws `registry/closed`
   *
   * @example
   * ```ts
   * const file = await showSaveFilePicker({ suggestedName: 'models.backup' })
   * await registry.backup({ scope: 'production' }).pipeTo(await file.createWritable())
   * ```
   */
  backup(options: BackupOptions = {}): ReadableStream<Uint8Array> {
    this.check('backup')
    return streamOf(backupPieces(this.parts, options))
  }

  /**
   * Takes over a backup. It is read and proven to its last byte before anything changes, and then all of it is taken over in
   * one transaction.
   *
   * `merge` adds versions and bytes that are not here; it never changes the bytes of a version, nor a pointer unless
   * `takePointers` says so. `replace` puts the backup in the place of everything; the editions of manifests never fall.
   *
   * A backup is proven whole, not proven to be yours: restore only what you made yourself. Keys are never taken from it.
   *
   * @throws `backup/invalid` for what is damaged or no backup, `backup/conflict` for what contradicts this registry,
   * `store/…`, `registry/closed`; the signal's reason when aborted. Nothing is changed then
   *
   * @example
   * ```ts
   * const { models } = await registry.restore(file, { dryRun: true })
   * if (models.every(({ action }) => action !== 'removed')) await registry.restore(file)
   * ```
   */
  async restore(source: ByteSource, options: RestoreOptions = {}): Promise<RestoreReport> {
    this.check('restore')
    const { adoption, announcements } = this.parts
    const checkTakeable = (record: ModelRecord): Promise<void> => this.checkTakeable(record, 'serve')
    const parts = { ...this.parts, trust: adoption?.trust, checkTakeable }
    const report = await restoreBackup(parts, source, options)
    if (report.changed && !report.dryRun) announcements.say({})
    return report
  }

  /**
   * Writes a zip that other tools read: `index.json` with a line for each model, and for each a folder of its own with
   * `model.onnx`, `scaler.json`, `metadata.json` and the inputs of its reference runs. The scope says which bytes go along;
   * all bytes are hashed first, and what is missing or spoiled is left out. It holds no log and no pointers: to come back to
   * where you were, use {@link backup}.
   *
   * The stream fails with `platform/unsupported` for more than 4 GB, which no plain zip can hold, with `store/unavailable`, and
   * with the signal's reason when aborted.
   *
   * @throws `registry/closed`
   *
   * @example
   * ```ts
   * const zip = await new Response(registry.exportBundle({ scope: 'production' })).blob()
   * ```
   */
  exportBundle(options: BackupOptions = {}): ReadableStream<Uint8Array> {
    this.check('exportBundle')
    return streamOf(treePieces(this.parts, options))
  }

  /**
   * Registers what is new in a zip as {@link exportBundle} writes it. Everything is checked first; then each model is
   * registered by itself, so after an abort some are here, and importing again goes on. Archived models are archived here as
   * well; otherwise a status, like a pointer, is for this registry to decide.
   *
   * @throws `backup/invalid`, `backup/conflict` where a version has other bytes here, `registry/metadata-invalid`, `store/…`,
   * `registry/closed`; the signal's reason when aborted
   *
   * @example
   * ```ts
   * const { models } = await registry.importBundle(file)
   * ```
   */
  async importBundle(source: ByteSource, options: CommandOptions = {}): Promise<ImportReport> {
    const { signal } = options
    const { families } = await this.look('importBundle')
    const { added, skipped } = await readTree(await openZip(source, signal), families, signal)
    for (const model of added) {
      signal?.throwIfAborted()
      await this.#importModel(model, options)
    }
    return {
      models: [...added.map(({ id, name, version }) => ({ id, name, version, action: 'added' as const })), ...skipped],
    }
  }

  async #importModel(found: NewTreeModel, options: CommandOptions): Promise<void> {
    const { id, name, version, description, archived, inputs } = found
    const model = await openSource(found.model)
    const scaler = found.scaler && (await openSource(found.scaler))
    for (const { file, zipped } of inputs) await this.#keepInput(file, await zipped.read())
    const how = { ...options, ...(scaler !== undefined && { scaler }) }
    if (id === modelId({ name, version })) await this.registerModel(model, description, how)
    else await this.saveModel(model, id, description, how)
    if (archived) await this.setModelStatus(id, 'archived', options)
  }

  async #keepInput(file: FileReference, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const problem = await this.parts.blobs.keep(file, bytes)
    if (problem !== undefined) throw problem
  }
}
