/** Whose word the page takes for its models: the signer of the bundle it is served with. */
import type { openRegistry } from 'candlewick'
import type { PublicKey, Trust } from 'candlewick/registry'
import jwks from '../../training/bundle/public.jwks?raw'
import { defaults } from './settings.ts'

const { keys } = JSON.parse(jwks) as { readonly keys: readonly PublicKey[] }

/** Where the page serves what its models are worth and how they came about. */
const card = 'models/MODEL-CARD.md'

/** The keys that a manifest must be signed with; `undefined` for one that the address names, which is for development. */
export function trustFor(manifest: string): Trust | undefined {
  return manifest === defaults.manifest ? { keys } : undefined
}

/** How the page opens its registry. Versions are compared by the horizon that leads the signals: each is judged at several. */
export function registryOf(manifest: string): Parameters<typeof openRegistry>[0] {
  return { manifest, trust: trustFor(manifest), candidateRule: { horizon: '4h' } }
}

/** The address of the card of a manifest's models, where the page has one. */
export function cardOf(manifest: string): string | undefined {
  return manifest === defaults.manifest ? card : undefined
}
