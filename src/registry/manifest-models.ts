/** What a manifest's entries ask of the registry. */
import type { Command, NewModel, WithdrawalPolicy } from './lifecycle/commands.ts'
import { locate, type Manifest, type ModelEntry, modelId } from './manifest.ts'
import type { Family, ModelMetadata } from './records.ts'

/** An entry as a model to register: addresses made absolute, and without what the registry decides itself. */
export function modelOf(entry: ModelEntry, manifest: Manifest, manifestUrl: string): NewModel {
  const { name, version, artifact, scaler, golden, withdrawn: _withdrawn, status: _status, ...rest } = entry
  const runs = golden?.map((run) => ({ ...run, input: locate(run.input, manifest, manifestUrl) }))
  const metadata: ModelMetadata = { ...rest, ...(runs !== undefined && { golden: runs }) }
  return {
    name,
    version,
    id: modelId(entry),
    artifact: locate(artifact, manifest, manifestUrl),
    scaler: locate(scaler, manifest, manifestUrl),
    metadata,
    manifest: manifestUrl,
  }
}

/** The entries of a manifest by model name. */
export function entriesByName({ models }: Manifest): Map<string, ModelEntry[]> {
  const byName = new Map<string, ModelEntry[]>()
  for (const entry of models) byName.set(entry.name, [...(byName.get(entry.name) ?? []), entry])
  return byName
}

/**
 * Commands that bring a family in line with a manifest: what is new is registered, what is withdrawn is marked, what is no
 * longer named is unlisted. Versions that were deleted here stay deleted.
 */
export function commandsFor(
  family: Family,
  entries: readonly ModelEntry[],
  { manifest, url, policy }: { readonly manifest: Manifest; readonly url: string; readonly policy: WithdrawalPolicy },
): Command[] {
  const own = entries.filter(({ version }) => !family.tombstones.has(version))
  const serves = ({ version }: ModelEntry): number => Number(version === family.channel.production)
  // What serves comes last, so that it does not fall back to a version that is taken back by the same manifest.
  const withdrawn = own.filter((entry) => entry.withdrawn !== undefined).sort((a, b) => serves(a) - serves(b))
  const named = new Set(entries.map(({ version }) => version))
  const gone = [...family.models.values()].filter((record) => record.manifest === url && !named.has(record.version))
  return [
    ...own.map((entry): Command => ({ type: 'register', model: modelOf(entry, manifest, url) })),
    ...withdrawn.map((entry): Command => {
      return { type: 'withdraw', version: entry.version, reason: entry.withdrawn?.reason ?? '', policy }
    }),
    ...gone.map(({ version }): Command => ({ type: 'list', version, listed: false })),
  ]
}
