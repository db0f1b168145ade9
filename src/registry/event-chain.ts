/** The log's chain: each line carries the hash of the one before, so no line is altered, lost or slipped in unseen. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

import { CandlewickError, reasonOf } from '../core/errors.ts'
import { canonicalJson, copyJson } from './json-copy.ts'
import type { EventDraft, RegistryEvent } from './records.ts'

const beforeFirst = '0'.repeat(64)

/** SHA-256 of a text in UTF-8 as 64 hex digits, at once: WebCrypto would have to be awaited, which ends transactions. */
export function sha256OfText(text: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(text)))
}

const hashOf = (line: Omit<RegistryEvent, 'hash'>): string => sha256OfText(canonicalJson(line))

/**
 * Gives a draft its place behind the last line. The result shares nothing with the draft.
 *
 * @param previous the last line of the log; `undefined` for an empty one
 * @throws `registry/metadata-invalid` where the draft is not JSON
 */
export function appendEvent(previous: RegistryEvent | undefined, draft: EventDraft): RegistryEvent {
  const place = { seq: (previous?.seq ?? 0) + 1, prevHash: previous?.hash ?? beforeFirst }
  const line = { ...copyJson(draft), ...place }
  return { ...line, hash: hashOf(line) }
}

/**
 * Accepts lines that are what was written, oldest first and without gaps. That the newest lines were cut off cannot be
 * seen in the lines themselves, nor that somebody wrote the whole log anew.
 *
 * @param options `from`: the trusted line just before the first one. Default: the lines are the log from its beginning
 * @throws `registry/log-broken` for the first line that does not fit
 */
export function verifyChain(
  events: readonly RegistryEvent[],
  options: { readonly from?: RegistryEvent | undefined } = {},
): void {
  let { seq, hash } = options.from ?? { seq: 0, hash: beforeFirst }
  for (const event of events) {
    seq += 1
    const reason = faultOf(event, seq, hash)
    if (reason !== undefined) throw new CandlewickError('registry/log-broken', { seq, reason })
    hash = event.hash
  }
}

function faultOf(event: RegistryEvent, seq: number, before: string): string | undefined {
  if (event.seq !== seq) return `line ${event.seq} stands in its place`
  if (event.prevHash !== before) return 'it does not continue the line before'
  const { hash, ...line } = event
  try {
    return hash === hashOf(copyJson(line)) ? undefined : 'its hash is not the hash of what it says'
  } catch (error) {
    return reasonOf(error)
  }
}
