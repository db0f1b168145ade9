/** Keys and signed manifests for tests. */
import { createHash } from 'node:crypto'
import { isCandlewickError } from '../../../src/core/errors.ts'
import type { Manifest } from '../../../src/registry/manifest.ts'
import type { Envelope } from '../../../src/registry/signature.ts'
import { generateKey, type PrivateKey, signEnvelope } from '../../../src/registry/signing.ts'
import { sampleManifest } from './sample-manifest.ts'

export const algorithms = ['Ed25519', 'ES256'] as const

export const bytesOf = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A key of each kind for each of four people, and two kinds for one. */
export async function makeKeys(): Promise<Record<'ann' | 'bob' | 'cid' | 'dan' | 'ann2', PrivateKey>> {
  return {
    ann: await generateKey('Ed25519', 'ann'),
    bob: await generateKey('ES256', 'bob'),
    cid: await generateKey('Ed25519', 'cid'),
    dan: await generateKey('ES256', 'dan'),
    ann2: await generateKey('ES256', 'ann-es256'),
  }
}

/** A manifest in an envelope. */
export function signed(changes: Partial<Manifest>, keys: readonly PrivateKey[]): Promise<string> {
  return signEnvelope(bytesOf(sampleManifest(changes)), keys)
}

/** An envelope with something done to it. */
export function altered(text: string, change: (envelope: Envelope) => unknown): string {
  return JSON.stringify(change(JSON.parse(text) as Envelope))
}

export const base64url = (value: unknown): string => Buffer.from(bytesOf(value)).toString('base64url')

/** The details of the error with this code that a call ends in. */
export async function refusal(call: () => unknown): Promise<{ code: string; text: string }> {
  try {
    await call()
  } catch (error) {
    if (isCandlewickError(error)) return { code: error.code, text: JSON.stringify(error.details) }
    throw error
  }
  throw new Error('nothing was refused')
}
