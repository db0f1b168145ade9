/** What taking over a manifest must come to, said plainly. */
import type { NewModel } from '../../../../src/registry/lifecycle/commands.ts'
import type { ModelEntry } from '../../../../src/registry/manifest.ts'
import { type Edition, manifestUrl } from './publisher.ts'
import { type Reference, Refused } from './reference.ts'

/** A manifest that is offered, and whether its signature is good. */
export interface Offered extends Edition {
  readonly text: string
  readonly genuine: boolean
}

/** An entry as it is registered. */
export function modelOf(entry: ModelEntry): NewModel {
  const { name, version, artifact, scaler, withdrawn: _withdrawn, ...metadata } = entry
  return { name, version, id: `${name}_v${version}`, artifact, scaler, metadata, manifest: manifestUrl }
}

function admit(registry: Reference, offered: Offered): void {
  const { stored } = registry
  if (!offered.genuine) throw new Refused('manifest/signature')
  const rotated = offered.keysVersion > (stored?.keysVersion ?? 0)
  if (!rotated && offered.keysVersion < (stored?.keysVersion ?? 0)) throw new Refused('manifest/signature')
  if (!rotated && stored !== undefined && offered.version < stored.version) throw new Refused('manifest/rollback')
  if (!rotated && offered.version === stored?.version && offered.text !== stored.text)
    throw new Refused('manifest/equivocation')
  for (const { name, version, artifact, scaler } of offered.entries) {
    const { models, tombstones } = registry.family(name)
    const known = models.get(version)
    const buried = tombstones.get(version)
    if (buried !== undefined && buried.sha256 !== artifact.sha256) throw new Refused('registry/version-immutable')
    if (known === undefined) continue
    if (known.artifact.sha256 !== artifact.sha256 || known.scaler?.sha256 !== scaler.sha256)
      throw new Refused('registry/version-immutable')
  }
  if (offered.expires <= registry.now) throw new Refused('manifest/expired')
}

/** Takes a manifest over: all of it, or, where it is refused, nothing. */
export function takeOver(registry: Reference, offered: Offered): void {
  admit(registry, offered)
  if (offered.text !== registry.stored?.text) {
    const before = { families: new Map(registry.families), facts: [...registry.facts] }
    try {
      for (const name of namesOf(registry, offered)) takeOverName(registry, name, offered)
    } catch (error) {
      Object.assign(registry, before)
      throw error
    }
  }
  registry.stored = offered
  registry.inForce = offered
}

function namesOf(registry: Reference, { entries }: Offered): Set<string> {
  return new Set([...entries.map(({ name }) => name), ...registry.families.keys()])
}

function takeOverName(registry: Reference, name: string, { entries }: Offered): void {
  const { policy } = registry
  const { tombstones } = registry.family(name)
  const own = entries.filter((entry) => entry.name === name && !tombstones.has(entry.version))
  for (const entry of own) registry.run(name, 'manifest', { type: 'register', model: modelOf(entry) })
  // What serves comes last, so that it does not fall back to a version that is withdrawn as well.
  const { production } = registry.family(name).channel
  const withdrawn = own.filter((entry) => entry.withdrawn !== undefined)
  const inOrder = [
    ...withdrawn.filter(({ version }) => version !== production),
    ...withdrawn.filter(({ version }) => version === production),
  ]
  for (const { version, withdrawn } of inOrder)
    registry.run(name, 'manifest', { type: 'withdraw', version, reason: withdrawn?.reason ?? '', policy })
  for (const { version, manifest } of registry.family(name).models.values())
    if (manifest !== undefined && !own.some((entry) => entry.version === version))
      registry.run(name, 'manifest', { type: 'list', version, listed: false })
}
