/** The keeping half of the registry: all of it in one stream, and back. */
import type { ByteSource } from './backup/byte-reader.ts'
import { streamOf } from './backup/piece-stream.ts'
import { restoreBackup, type RestoreOptions } from './backup/restore.ts'
import type { RestoreReport } from './backup/restore-report.ts'
import { type BackupOptions, backupPieces } from './backup/write-backup.ts'
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
    const lowest = adoption?.minManifestVersion
    const floor = adoption === undefined || lowest === undefined ? undefined : { url: adoption.url, version: lowest }
    const checkTakeable = (record: ModelRecord): Promise<void> => this.checkTakeable(record, 'serve')
    const parts = { ...this.parts, trust: { trust: adoption?.trust, floor }, checkTakeable }
    const report = await restoreBackup(parts, source, options)
    if (report.changed && !report.dryRun) announcements.say({})
    return report
  }
}
