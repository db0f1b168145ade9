/** A second memory of how far a signed manifest had come. It outlives the database where the platform clears only that. */
import type { ManifestRecord } from './records.ts'

/** What is remembered of a manifest. */
export interface Witness {
  readonly version: number
  readonly keysVersion: number
}

const keyOf = (namespace: string, url: string): string => `candlewick:${namespace}:${url}`

// Workers have none, and a page may be denied its own.
function memory(): Storage | undefined {
  try {
    return globalThis.localStorage
  } catch {
    return undefined
  }
}

/** What was remembered; `undefined` where nothing was, or there is no such memory here. */
export function recall(namespace: string, url: string): Witness | undefined {
  try {
    const json: unknown = JSON.parse(memory()?.getItem(keyOf(namespace, url)) ?? 'null')
    if (typeof json !== 'object' || json === null || !('version' in json) || !('keysVersion' in json)) return undefined
    const { version, keysVersion } = json
    return typeof version === 'number' && typeof keysVersion === 'number' ? { version, keysVersion } : undefined
  } catch {
    return undefined
  }
}

/** Remembers a signed manifest. An unsigned one proves nothing, so it sets no floor that outlives its database. */
export function remember(
  namespace: string,
  { url, version, keysVersion }: Pick<ManifestRecord, 'url' | 'version' | 'keysVersion'>,
): void {
  if (keysVersion === undefined) return
  try {
    memory()?.setItem(keyOf(namespace, url), JSON.stringify({ version, keysVersion }))
  } catch {
    // It is the second memory; without it, the first one still holds.
  }
}
