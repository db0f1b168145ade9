/** Runs the checks in workerd: `/check` answers with the report, `/run` with one run of a session that all requests share. */
import type { ModelSession } from 'candlewick/edge'
import wasmModule from 'candlewick/edge.wasm'
import { check, open, type Task } from './checks.ts'

interface Bindings {
  readonly task: Task
  readonly small: ArrayBuffer
  readonly sample: ArrayBuffer
  readonly golden: ArrayBuffer
}

let shared: Promise<ModelSession> | undefined

async function runShared({ task, sample, golden }: Bindings): Promise<readonly number[]> {
  shared ??= open(task.sample, new Uint8Array(sample), wasmModule)
  const session = await shared
  const output = await session.run(new Float32Array(golden), 1)
  return Array.from(new Uint32Array(output.buffer))
}

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const { task, small, sample, golden } = bindings
    if (new URL(request.url).pathname === '/run') return Response.json(await runShared(bindings))
    const files = {
      wasmModule,
      small: new Uint8Array(small),
      sample: new Uint8Array(sample),
      golden: new Uint8Array(golden),
    }
    return Response.json(await check(task, files))
  },
}
