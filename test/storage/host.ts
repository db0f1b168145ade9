/** A web server for a page and its models: it counts every request, and can stop in mid-file, change, or be gone. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request and its answer. */
export interface Served {
  readonly path: string
  /** Position of the first byte that was asked for; `undefined` where the whole file was. */
  readonly from: number | undefined
  readonly status: number
  /** Bytes of the body that were given to the connection. */
  readonly sent: number
}

interface HostedFile {
  readonly type: string
  readonly bytes: Uint8Array
}

/** Files on a port of their own, and so in an origin with storage of its own. */
export class ModelHost {
  readonly #server: Server
  readonly #files = new Map<string, HostedFile>()
  readonly #served: Served[] = []
  readonly #pauses = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()
  #port = 0
  /** Whether every connection is cut before an answer, as without a network. */
  gone = false

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  /** Starts on a free port. */
  static async start(): Promise<ModelHost> {
    const host = new ModelHost()
    await new Promise<void>((resolve) => {
      host.#server.listen(0, '127.0.0.1', resolve)
    })
    host.#port = (host.#server.address() as AddressInfo).port
    return host
  }

  /** Its origin. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Offers a file from now on. */
  put(path: string, body: Uint8Array | string, type = 'application/octet-stream'): void {
    this.#files.set(path, { type, bytes: typeof body === 'string' ? new TextEncoder().encode(body) : body })
  }

  /** Answers for this path stop behind so many bytes of the file, and stay open. */
  pause(path: string, afterBytes: number): void {
    this.#pauses.set(path, afterBytes)
  }

  /** Answers for this path go on to their end, also those that stand still now. */
  resume(path: string): void {
    for (const goOn of this.#waiting.get(path) ?? []) goOn()
    this.abandon(path)
  }

  /** Later answers for this path go to their end; those that stand still now never do. */
  abandon(path: string): void {
    this.#pauses.delete(path)
    this.#waiting.delete(path)
  }

  /** Requests since the start or the last {@link forget}. */
  requests(path?: RegExp): Served[] {
    return this.#served.filter((one) => path?.test(one.path) ?? true)
  }

  forget(): void {
    this.#served.length = 0
  }

  /** Ends the server, and with it every connection that a browser keeps open. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', 'http://host').pathname
    // Browsers ask for one by themselves.
    if (path === '/favicon.ico') response.writeHead(204).end()
    else if (this.gone) this.#cut(path, request)
    else this.#send(path, request, response)
  }

  #cut(path: string, request: IncomingMessage): void {
    this.#served.push({ path, from: startOf(request), status: 0, sent: 0 })
    request.socket.destroy()
  }

  #send(path: string, request: IncomingMessage, response: ServerResponse): void {
    const file = this.#files.get(path)
    if (file === undefined) {
      this.#served.push({ path, from: undefined, status: 404, sent: 0 })
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not here')
      return
    }
    const { bytes, type } = file
    const etag = `"${bytes.byteLength}-${sumOf(bytes)}"`
    const asked = startOf(request)
    const part = asked !== undefined && request.headers['if-range'] === etag && asked < bytes.byteLength
    const start = part ? asked : 0
    const pause = this.#pauses.get(path)
    const body = bytes.subarray(start, pause)
    const status = part ? 206 : 200
    this.#served.push({ path, from: asked, status, sent: body.byteLength })
    // Nothing may come from the HTTP cache: what is not asked for here was stored by the registry.
    const headers = {
      'content-type': type,
      'cache-control': type.startsWith('text/html') ? 'no-cache' : 'no-store',
      etag,
      'accept-ranges': 'bytes',
    }
    const range = part && { 'content-range': `bytes ${start}-${bytes.byteLength - 1}/${bytes.byteLength}` }
    response.writeHead(status, { ...headers, ...range })
    if (pause === undefined) {
      response.end(body)
      return
    }
    if (body.byteLength > 0) response.write(body)
    else response.flushHeaders()
    const goOn = (): void => void response.end(bytes.subarray(Math.max(pause, start)))
    this.#waiting.set(path, [...(this.#waiting.get(path) ?? []), goOn])
  }
}

function startOf({ headers }: IncomingMessage): number | undefined {
  const [, start] = /^bytes=(\d+)-$/u.exec(headers.range ?? '') ?? []
  return start === undefined ? undefined : Number(start)
}

/** Tells editions of a file apart; it need not be hard to forge. */
function sumOf(bytes: Uint8Array): string {
  let sum = 0
  for (let i = 0; i < bytes.byteLength; i += 997) sum = (Math.imul(sum, 31) + bytes[i]!) >>> 0
  return sum.toString(16)
}
