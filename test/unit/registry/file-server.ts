/** A real HTTP server for tests: it serves bytes, misbehaves on demand, and counts what it is asked for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export class FileServer {
  /** What each path answers; other paths are 404. */
  readonly answers = new Map<string, Answer>()
  /** The paths asked for, in order. */
  readonly asked: string[] = []
  readonly #server: Server
  origin = ''

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').split('?', 1).join('')
      this.asked.push(path)
      const answer = this.answers.get(path) ?? status(404)
      answer(response, request)
    })
  }

  static async start(): Promise<FileServer> {
    const server = new FileServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    server.origin = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}`
    return server
  }

  count(path: string): number {
    return this.asked.filter((asked) => asked === path).length
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

/** The whole body, with the length it has. */
export const bytes =
  (body: Uint8Array | string): Answer =>
  (response) =>
    response.end(body)

export const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end('no')

/** Announces the whole body and breaks the connection halfway. */
export const brokenOff =
  (body: Uint8Array): Answer =>
  (response) => {
    response.writeHead(200, { 'content-length': body.byteLength })
    response.write(body.subarray(0, body.byteLength / 2), () => response.destroy())
  }

/** Sends the first byte and never the rest; `left` hears of it when the client goes. */
export const stalled =
  (body: Uint8Array, left: () => void): Answer =>
  (response) => {
    response.on('close', left)
    response.writeHead(200, { 'content-length': body.byteLength })
    response.write(body.subarray(0, 1))
  }

/** A body without end, of which nobody should read much. */
export const endless =
  (left: () => void): Answer =>
  (response) => {
    const timer = setInterval(() => response.write(new Uint8Array(65_536)), 1)
    response.on('close', () => {
      clearInterval(timer)
      left()
    })
  }
