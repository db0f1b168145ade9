/** A running workerd. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { join } from 'node:path'

/** Addresses by socket name, and the way to end it. */
export interface Workerd {
  readonly addresses: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts `binary` in `folder` with a configuration, and waits until it listens on so many sockets. */
export async function serve(binary: string, folder: string, config: string, sockets: number): Promise<Workerd> {
  await writeFile(join(folder, 'config.capnp'), config)
  const child = spawn(binary, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const ended = once(child, 'exit')
  const addresses: Record<string, string> = {}
  for await (const line of createInterface(child.stdio[3] as Readable)) {
    const event = JSON.parse(line) as { readonly socket: string; readonly port: number }
    addresses[event.socket] = `http://127.0.0.1:${event.port}`
    if (Object.keys(addresses).length === sockets) break
  }
  if (Object.keys(addresses).length < sockets) throw new Error('workerd ended before it listened.')
  return {
    addresses,
    async stop() {
      child.kill()
      await ended
    },
  }
}
