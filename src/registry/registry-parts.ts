/** What a registry consists of, put together once when it is opened. */
import type { AdoptionParts } from './adoption.ts'
import { Announcements } from './announcements.ts'
import { BlobSource } from './blobs.ts'
import { CommandDesk } from './command-desk.ts'
import { type ReadResource, readByFetch } from './download.ts'
import { type CheckModel, Examiner } from './examiner.ts'
import { type CandidateRule, defaultCandidateRule } from './lifecycle/candidate-rule.ts'
import type { WithdrawalPolicy } from './lifecycle/commands.ts'
import { Loader } from './loader.ts'
import type { ModelRuntime } from './model-handle.ts'
import { ModelOpener } from './opener.ts'
import { collectGarbage } from './retention.ts'
import { defaultSessionLimits, SessionCache, type SessionLimits } from './sessions.ts'
import type { RegistryStore } from './store.ts'
import type { Trust } from './trust.ts'

/** What a registry works with. Only `store` must be given. */
export interface RegistryOptions {
  /** Where everything is kept. The caller closes it, unless {@link closesStore}. */
  readonly store: RegistryStore
  /** Whether closing the registry closes its store as well. Default `false`. */
  readonly closesStore?: boolean | undefined
  /** Why nothing in the store lasts, where the caller could not have a better one. */
  readonly storeProblem?: string | undefined
  /** Absolute address of the manifest, or whatever `read` understands. Without it, only what is stored or saved here is known. */
  readonly manifest?: string | undefined
  /** Address of the manifest's timestamp, where there is one; it names the manifest's file. */
  readonly timestamp?: string | undefined
  /** Public keys of those who may publish. Without them manifests are checked by hashes only: for development. */
  readonly trust?: Trust | undefined
  /** Lowest edition of the manifest that is accepted, whatever was stored. */
  readonly minManifestVersion?: number | undefined
  /** Names the locks and announcements; registries of one store share it. Default `candlewick-registry`. */
  readonly namespace?: string | undefined
  /** Default {@link readByFetch}. */
  readonly read?: ReadResource | undefined
  /** Runs models for `getModel` and reference runs. Without it both are left to whoever loads the bytes. */
  readonly runtime?: ModelRuntime | undefined
  /** Why a version cannot serve here, beyond what its entry says. Versions that cannot are listed and never promoted. */
  readonly incompatibility?: CheckModel | undefined
  /** When a new version counts as better. Default: `ic_mean`, strictly higher. */
  readonly candidateRule?: Partial<CandidateRule> | undefined
  /** What a publisher's withdrawal does to a version that serves. Default `rollback`, where there is a way back. */
  readonly withdrawalPolicy?: WithdrawalPolicy | undefined
  /** How many models stay open. Default 5, together at most 512 MiB. */
  readonly sessions?: Partial<SessionLimits> | undefined
}

/** The parts of a registry. */
export interface RegistryParts {
  readonly namespace: string
  /** The given store, or the memory of this visit where that one failed. */
  readonly store: RegistryStore
  readonly blobs: BlobSource
  readonly loader: Loader
  readonly opener: ModelOpener
  readonly examiner: Examiner
  readonly desk: CommandDesk
  readonly announcements: Announcements
  readonly rule: CandidateRule
  readonly sessions: SessionCache
  readonly adoption: AdoptionParts | undefined
  readonly now: () => number
  /** Ends what belongs to the registry alone. */
  readonly dispose: () => Promise<void>
}

/**
 * Puts the parts together.
 *
 * @param store the given one, or another where that one failed
 * @param checks what every version must pass
 */
export function assembleParts(
  options: RegistryOptions,
  store: RegistryStore,
  checks: readonly CheckModel[],
  now: () => number,
): RegistryParts {
  const { read = readByFetch, namespace = 'candlewick-registry' } = options
  const announcements = new Announcements(namespace)
  const makeRoom = async (): Promise<boolean> =>
    (await collectGarbage(store, announcements, { thorough: true })).blobs > 0
  const blobs = new BlobSource(store, read, makeRoom)
  const loader = new Loader(blobs)
  const sessions = new SessionCache({ ...defaultSessionLimits, ...options.sessions })
  const opener = new ModelOpener(options.runtime, sessions, loader)
  // The reference run comes last, because it opens a session.
  const examiner = new Examiner(blobs, [...checks, (record, signal) => opener.check(record, signal)])
  const rule = { ...defaultCandidateRule, ...options.candidateRule }
  const desk = new CommandDesk({ store, namespace, rule, announcements, now })
  const adoption: AdoptionParts | undefined =
    options.manifest === undefined
      ? undefined
      : {
          namespace,
          url: options.manifest,
          timestampUrl: options.timestamp,
          store,
          desk,
          examiner,
          read,
          trust: options.trust,
          minManifestVersion: options.minManifestVersion,
          policy: options.withdrawalPolicy ?? 'rollback',
          now,
        }
  return {
    namespace,
    store,
    blobs,
    loader,
    opener,
    examiner,
    desk,
    announcements,
    rule,
    sessions,
    adoption,
    now,
    dispose: async () => (options.closesStore === true ? store.close() : undefined),
  }
}
