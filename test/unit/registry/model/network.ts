/** A network in memory: files by address, and what can be wrong with an answer. */
import type { ReadResource } from '../../../../src/registry/download.ts'
import { manifestUrl, publishedFiles } from './publisher.ts'

/** What the network does to files of a kind. */
export interface NetworkFault {
  readonly what: 'offline' | 'corrupt' | 'short' | 'long' | 'html'
  /** Models, scalers, or both. */
  readonly where: '.onnx' | '.json' | ''
}

function spoil(bytes: Uint8Array<ArrayBuffer>, what: NetworkFault['what']): Uint8Array<ArrayBuffer> {
  if (what === 'html') return new TextEncoder().encode('<!doctype html>')
  if (what === 'short') return bytes.slice(0, -1)
  if (what === 'long') return new Uint8Array([...bytes, 7])
  return bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte))
}

/** A body in two pieces. */
export function bodyOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  const half = bytes.byteLength >> 1
  const pieces = [bytes.slice(0, half), bytes.slice(half)].filter((piece) => piece.byteLength > 0)
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
  })
}

/** Answers from memory. */
export class Network {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>(publishedFiles)
  /** What lies at the manifest's address. */
  manifest = ''
  online = true
  fault: NetworkFault | undefined
  readonly asked: string[] = []

  readonly read: ReadResource = async (url) => {
    this.asked.push(url)
    const bytes = url === manifestUrl ? new TextEncoder().encode(this.manifest) : this.files.get(url)
    if (!this.online || bytes === undefined) throw new TypeError('there is no answer')
    const { fault } = this
    if (url === manifestUrl || fault === undefined || !url.endsWith(fault.where)) return bodyOf(bytes)
    if (fault.what === 'offline') throw new TypeError('there is no answer')
    return bodyOf(spoil(bytes, fault.what))
  }

  count(url: string): number {
    return this.asked.filter((asked) => asked === url).length
  }
}
