/** A web server for the built page that counts every request and can spoil a file: no browser cache can fool it. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../demo/dist/', import.meta.url))
/** Models that were never trained: they call LONG and SHORT all the time, and a sound one may not for days. */
const untrained = fileURLToPath(new URL('../../.cache/sample/models/', import.meta.url))

/** The address of their manifest, from the page's on. */
export const untrainedManifest = 'untrained/manifest.json'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** The page is here too, as on a host that has other pages. */
export const folder = '/some/folder/'

/** The page on a port of its own. */
export class Site {
  readonly #server: Server
  readonly #requests: string[] = []
  #port = 0
  #spoil: { readonly path: RegExp; readonly change: (bytes: Buffer) => Buffer } | undefined

  private constructor() {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site')
      this.#requests.push(pathname)
      void this.#answer(pathname, response)
    })
  }

  /** Starts on a free port. */
  static async start(): Promise<Site> {
    const site = new Site()
    await new Promise<void>((resolve) => {
      site.#server.listen(0, '127.0.0.1', resolve)
    })
    site.#port = (site.#server.address() as AddressInfo).port
    return site
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  /** Paths asked for since the start or the last {@link forget}. */
  requests(path: RegExp): string[] {
    return this.#requests.filter((request) => path.test(request))
  }

  forget(): void {
    this.#requests.length = 0
  }

  /** Sends changed bytes for these paths from now on. */
  spoil(path: RegExp, change: (bytes: Buffer) => Buffer): void {
    this.#spoil = { path, change }
  }

  /** Sends the true bytes again. */
  mend(): void {
    this.#spoil = undefined
  }

  /** Ends the server, and with it every connection that a browser keeps open. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    const bytes = await this.#read(path).catch(() => undefined)
    if (bytes === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not here')
      return
    }
    const type = types[extname(path) || '.html'] ?? 'application/octet-stream'
    // Nothing may come from the HTTP cache: what a second visit does not ask for, it has stored itself.
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(bytes)
  }

  async #read(path: string): Promise<Buffer> {
    const inside = path.replace(folder, '/')
    const file = normalize(inside.endsWith('/') ? `${inside}index.html` : inside)
    const bytes = await readFile(file.startsWith('/untrained/') ? join(untrained, file.slice(10)) : join(root, file))
    return this.#spoil?.path.test(path) === true ? this.#spoil.change(bytes) : bytes
  }
}
