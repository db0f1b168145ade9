/** Answers of a server that knows ranges, and of servers that get them wrong. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

import type { Answer } from '../file-server.ts'

/** What a request asked for. */
export interface Asked {
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

/** How a server treats a range. */
export type Manner =
  | 'right'
  /** It knows no ranges. */
  | 'whole'
  /** It says that the range cannot be had, whatever it is. */
  | 'refused'
  /** It sends another part than was asked for, and says so. */
  | 'misplaced'
  /** It sends other bytes than were promised, under the same mark. */
  | 'forged'

/** One file with a mark. Where a count is given, it stops after so many bytes, until it is broken off. */
export class RangedFile {
  readonly asked: Asked[] = []
  bytes: Uint8Array
  etag: string | undefined = '"one"'
  manner: Manner = 'right'
  stopAfter: number | undefined
  gzip = false

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  readonly #stopped: ServerResponse[] = []

  /** Breaks the connections that stopped, and counts them. */
  breakOff(): number {
    return this.#stopped.splice(0).map((response) => response.destroy()).length
  }

  readonly answer: Answer = (response, request) => {
    const { range, 'if-range': ifRange } = request.headers
    this.asked.push({ range, ifRange: ifRange === undefined ? undefined : String(ifRange) })
    const [, first] = /^bytes=(\d+)-$/u.exec(range ?? '') ?? []
    const start = first !== undefined && ifRange === this.etag && this.manner !== 'whole' ? Number(first) : 0
    if (start > 0 && this.manner === 'refused') {
      response.writeHead(416).end()
      return
    }
    const from = start > 0 && this.manner === 'misplaced' ? start - 1 : start
    const whole = this.manner === 'forged' && start > 0 ? this.bytes.map((byte) => byte ^ 1) : this.bytes
    const body = this.gzip ? gzipSync(whole) : whole.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, {
      ...(this.etag !== undefined && { etag: this.etag }),
      ...(from > 0 && { 'content-range': `bytes ${from}-${whole.byteLength - 1}/${whole.byteLength}` }),
      ...(this.gzip && { 'content-encoding': 'gzip' }),
      'content-length': body.byteLength,
    })
    const { stopAfter } = this
    if (stopAfter === undefined) {
      response.end(body)
      return
    }
    response.write(body.subarray(0, stopAfter))
    this.#stopped.push(response)
  }
}
