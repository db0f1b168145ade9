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
  const commands: Command[] = []
  for (const entry of entries) {
    const { version, withdrawn } = entry
    if (family.tombstones.has(version)) continue
    commands.push({ type: 'register', model: modelOf(entry, manifest, url) })
    if (withdrawn !== undefined) commands.push({ type: 'withdraw', version, reason: withdrawn.reason, policy })
  }
  const named = new Set(entries.map(({ version }) => version))
  for (const record of family.models.values())
    if (record.manifest === url && !named.has(record.version))
      commands.push({ type: 'list', version: record.version, listed: false })
  return commands
}
