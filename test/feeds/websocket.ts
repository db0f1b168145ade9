/** The server's side of a WebSocket (RFC 6455), as much of it as an exchange that only sends text needs. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head =
    length < 126 ? Buffer.from([0x80 | opcode, length]) : Buffer.from([0x80 | opcode, 126, length >> 8, length])
  return Buffer.concat([head, payload])
}

export class ServerSocket {
  readonly #socket: Duplex
  readonly #onText: (text: string) => void
  #received = Buffer.alloc(0)
  readonly #pongs: (() => void)[] = []
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>

  constructor(request: IncomingMessage, socket: Duplex, onText: (text: string) => void) {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    this.#socket = socket
    this.#onText = onText
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const pong of this.#pongs) pong()
        resolve()
      })
    })
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
  }

  send(text: string): void {
    if (this.#socket.writable) this.#socket.write(frame(opcodes.text, Buffer.from(text)))
  }

  /** Settles when the client has read everything that was sent before, or is gone. */
  delivered(): Promise<void> {
    if (!this.#socket.writable) return Promise.resolve()
    this.#socket.write(frame(opcodes.ping, Buffer.alloc(0)))
    return new Promise((resolve) => {
      this.#pongs.push(resolve)
    })
  }

  /** Says farewell; the client answers and the connection ends. */
  close(): void {
    if (this.#socket.writable) this.#socket.write(frame(opcodes.close, Buffer.from([0x03, 0xe9])))
  }

  /** Cuts the connection, as a lost network does. */
  cut(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    for (;;) {
      const [first, second] = this.#received
      if (first === undefined || second === undefined) return
      const long = (second & 0x7f) === 126
      if (long && this.#received.length < 4) return
      const size = long ? this.#received.readUInt16BE(2) : second & 0x7f
      const start = (long ? 4 : 2) + 4
      if (this.#received.length < start + size) return
      const mask = this.#received.subarray(start - 4, start)
      const payload = this.#received.subarray(start, start + size).map((byte, i) => byte ^ mask[i % 4]!)
      this.#received = this.#received.subarray(start + size)
      this.#handle(first & 0x0f, Buffer.from(payload))
    }
  }

  #handle(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.text) this.#onText(payload.toString())
    if (opcode === opcodes.ping) this.#socket.write(frame(opcodes.pong, payload))
    if (opcode === opcodes.pong) this.#pongs.shift()?.()
    if (opcode === opcodes.close) this.#socket.end(frame(opcodes.close, payload))
  }
}
