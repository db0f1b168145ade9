/** A stand-in for an exchange on this machine: it speaks the wire format of Binance spot (REST klines and kline streams). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { VirtualClock } from '../virtual-clock.ts'
import { type AnswerFault, type MessageFault, Player, type Script } from './faults.ts'
import type { Market } from './market.ts'
import { ServerSocket } from './websocket.ts'
import { marketInfo, refusals, spoil, type Wire, wireRow } from './wire.ts'

export interface StandInOptions {
  readonly clock: VirtualClock
  readonly market: Market
  /** Base and quote of each market, e.g. `['BTC', 'USDT']`. */
  readonly pairs: readonly (readonly [base: string, quote: string])[]
  readonly timeframe: string
  /** Open time of the first bar of all markets. */
  readonly genesis: number
  readonly answers?: Script<AnswerFault>
  readonly messages?: Script<MessageFault>
  /** Bars that the exchange never has. */
  readonly holes?: ReadonlySet<number>
}

interface Client {
  readonly socket: ServerSocket
  readonly ids: Set<string>
  mutedUntil: number
}

const slowMs = 15_000
const laggingMs = 8000
const mutedMs = 300_000
const updatesPerBar = 4

export class StandIn {
  readonly #options: StandInOptions
  readonly #answers: Player<AnswerFault>
  readonly #messages: Player<MessageFault>
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #clients = new Set<Client>()
  readonly #stop = new AbortController()
  readonly #subscribed: (() => void)[] = []
  #counter = 0
  #streaming: Promise<void> | undefined
  /** How many requests came, by path. */
  readonly requests: Record<string, number> = {}
  /** The most requests that were open at a time. */
  mostOpen = 0
  #open = 0

  constructor(options: StandInOptions) {
    this.#options = options
    this.#answers = new Player(options.answers ?? { faults: [] })
    this.#messages = new Player(options.messages ?? { faults: [] })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => this.#accept(request, socket))
  }

  /** Connections of the stream that are open. */
  get streams(): number {
    return this.#clients.size
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve)
    })
    this.#streaming = this.#stream().catch(() => undefined)
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#streaming
    for (const { socket } of this.#clients) socket.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  /** Settles when a client subscribes next. */
  subscription(): Promise<void> {
    return new Promise((resolve) => {
      this.#subscribed.push(resolve)
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://localhost')
    const path = url.pathname.split('/').at(-1)!
    this.requests[path] = (this.requests[path] ?? 0) + 1
    this.mostOpen = Math.max(this.mostOpen, ++this.#open)
    try {
      await this.#answer(url, path, response)
    } finally {
      this.#open--
    }
  }

  async #answer(url: URL, path: string, response: ServerResponse): Promise<void> {
    const fault = this.#answers.next(url.searchParams.get('symbol') ?? path)
    if (fault === 'reset') {
      response.socket?.destroy()
      return
    }
    if (fault === 'slow') await this.#options.clock.idle(slowMs)
    const [status, body] = (fault && refusals[fault]) ?? [200, this.#body(url, path, fault)]
    const type = body.startsWith('<') ? 'text/html' : 'application/json'
    response.writeHead(status, { 'content-type': type })
    response.end(fault === 'cut-json' ? body.slice(0, body.length / 2) : body)
  }

  #body(url: URL, path: string, fault: AnswerFault | undefined): string {
    if (path === 'time') return JSON.stringify({ serverTime: this.#options.clock.now() })
    if (path === 'exchangeInfo')
      return JSON.stringify({ timezone: 'UTC', symbols: this.#options.pairs.map(marketInfo) })
    const id = url.searchParams.get('symbol')!
    const since = Number(url.searchParams.get('startTime') ?? 0)
    const limit = Number(url.searchParams.get('limit') ?? 500)
    return JSON.stringify(this.#spoilRows(this.#rows(id, since, limit, fault === 'stale' ? laggingMs : 0), fault))
  }

  #rows(id: string, since: number, limit: number, lagMs: number): Wire[] {
    const { market, clock, genesis, holes } = this.#options
    const { step } = market
    const now = clock.now() - lagMs
    const rows: Wire[] = []
    for (let time = Math.max(Math.ceil(since / step) * step, genesis); time <= now && rows.length < limit; time += step)
      if (holes?.has(time) !== true) rows.push(wireRow(market.at(id, time, now), step))
    return rows
  }

  #spoilRows(rows: Wire[], fault: AnswerFault | undefined): Wire[] {
    if (fault === undefined || rows.length === 0) return rows
    const at = (this.#counter++ * 7) % rows.length
    const row = rows[at]!
    if (fault === 'drop-one') return rows.toSpliced(at, 1)
    if (fault === 'drop-run') return rows.toSpliced(1, Math.max(rows.length - 2, 1))
    if (fault === 'empty') return []
    if (fault === 'duplicate') return [...rows, row]
    if (fault === 'contradict') return [...rows, row.with(5, (Number(row[5]) + 1).toFixed(8))]
    if (fault === 'reorder') return rows.toReversed()
    return rows.with(at, spoil(row, fault, this.#options.market.step))
  }

  #accept(request: IncomingMessage, duplex: Duplex): void {
    const client: Client = {
      ids: new Set(),
      mutedUntil: 0,
      socket: new ServerSocket(request, duplex, (text) => this.#subscribe(client, text)),
    }
    this.#clients.add(client)
    void client.socket.closed.then(() => this.#clients.delete(client))
  }

  #subscribe(client: Client, text: string): void {
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number }
    if (method === 'SUBSCRIBE') for (const stream of params) client.ids.add(stream.split('@')[0]!.toUpperCase())
    client.socket.send(JSON.stringify({ result: null, id }))
    for (const told of this.#subscribed.splice(0)) told()
  }

  async #stream(): Promise<void> {
    const { clock, market } = this.#options
    const tick = market.step / updatesPerBar
    for (;;) {
      const now = clock.now()
      await clock.sleep(Math.floor(now / tick) * tick + tick - now, this.#stop.signal)
      const time = Math.floor(clock.now() / market.step) * market.step
      if (clock.now() === time) {
        await this.#broadcast(time - market.step)
        await clock.sleep(50, this.#stop.signal)
      }
      await this.#broadcast(time)
    }
  }

  async #broadcast(time: number): Promise<void> {
    const { clock } = this.#options
    for (const client of this.#clients) for (const id of client.ids) this.#publish(client, id, time)
    await clock.during(Promise.all([...this.#clients].map(({ socket }) => socket.delivered())))
  }

  #publish(client: Client, id: string, time: number): void {
    const { clock, market } = this.#options
    if (client.mutedUntil > clock.now()) return
    const fault = this.#messages.next(id)
    const message = (at: number): string => this.#kline(id, at, fault)
    if (fault === 'drop') return
    if (fault === 'close') client.socket.close()
    else if (fault === 'cut') client.socket.cut()
    else if (fault === 'silence') client.mutedUntil = clock.now() + mutedMs
    else if (fault === 'garbage') client.socket.send('{"e":"kline","k":null}')
    else if (fault === 'late') client.socket.send(message(time - 2 * market.step))
    else if (fault === 'reorder') for (const at of [time, time - market.step]) client.socket.send(message(at))
    else for (let copies = fault === 'duplicate' ? 2 : 1; copies > 0; copies--) client.socket.send(message(time))
  }

  #kline(id: string, time: number, fault: MessageFault | undefined): string {
    const { clock, market, timeframe } = this.#options
    const now = clock.now()
    const row = spoil(wireRow(market.at(id, time, now), market.step), fault ?? '', market.step)
    const [t, o, h, l, c, v] = row
    const k = {
      t,
      T: Number(t) + market.step - 1,
      s: id,
      i: timeframe,
      o,
      c,
      h,
      l,
      v,
      n: 10,
      x: now >= time + market.step,
    }
    return JSON.stringify({ e: 'kline', E: now, s: id, k })
  }
}
