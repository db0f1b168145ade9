/** A running workerd that serves the host of the checks. */
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

const worker = (name: string, date: string): string => `
const ${name} :Workerd.Worker = (
  modules = [
    (name = "worker-host.mjs", esModule = embed "worker-host.mjs"),
    (name = "candlewick/edge.wasm", wasm = embed "edge.wasm"),
  ],
  bindings = [
    (name = "task", json = embed "task.json"),
    (name = "small", data = embed "small.onnx"),
    (name = "sample", data = embed "sample.onnx"),
    (name = "golden", data = embed "golden.f32"),
  ],
  compatibilityDate = "${date}",
);`

const socket = (name: string): string => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`

/** The same worker twice: from a date on workerd imitates Node, so that libraries take it for Node. */
const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "plain", worker = .plain), (name = "nodeLike", worker = .nodeLike)],
  sockets = [${socket('plain')}, ${socket('nodeLike')}],
);
${worker('plain', '2026-07-01')}
${worker('nodeLike', '2026-10-01')}
`

/** Starts `binary` on the files in `folder` and waits until it listens. */
export async function serve(binary: string, folder: string): Promise<Workerd> {
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
    if (Object.keys(addresses).length === 2) break
  }
  if (Object.keys(addresses).length < 2) throw new Error('workerd ended before it listened.')
  return {
    addresses,
    async stop() {
      child.kill()
      await ended
    },
  }
}
