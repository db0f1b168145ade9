/** Addresses: what may be shown of one, and how one in a manifest is read. */
import { CandlewickError } from '../core/errors.ts'

const longest = 200

/** The address without user, password, query and fragment, which may hold secrets; fit for messages and records. */
export function publicUrl(url: string): string {
  let shown = url.split(/[?#]/u, 1).join('')
  if (URL.canParse(url)) {
    const parsed = new URL(url)
    for (const part of ['username', 'password', 'search', 'hash'] as const) parsed[part] = ''
    shown = parsed.href
  }
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown
}

/** A text that may quote the address, with the address made public. */
export function hideUrl(text: string, url: string): string {
  const spellings = URL.canParse(url) ? [new URL(url).href, url] : [url]
  return spellings.reduce((shown, spelling) => shown.replaceAll(spelling, publicUrl(url)), text)
}

/**
 * Resolves an address against a base. A base that is no absolute URL (a path that a custom reader understands) is
 * extended as a path: its last segment is replaced.
 *
 * @throws `model/download-failed` where the result is no address
 */
export function resolveUrl(url: string, base: string): string {
  if (URL.canParse(base)) {
    if (URL.canParse(url, base)) return new URL(url, base).href
    const reason = 'it is not an address'
    throw new CandlewickError('model/download-failed', { url: publicUrl(url), status: undefined, reason })
  }
  if (URL.canParse(url) || url.startsWith('/')) return url
  return base.slice(0, base.lastIndexOf('/') + 1) + url
}
