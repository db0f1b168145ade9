import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, it, vi } from 'vitest'

const dist = new URL('../../dist/', import.meta.url)
const built = existsSync(new URL('inference/backends/ort-universal.js', dist))
const edge = () => import('candlewick/edge')
const compiled = async (file: string | URL): Promise<WebAssembly.Module> => WebAssembly.compile(await readFile(file))

it.skipIf(!built)('refuses a module that is another program, before anything is started', async () => {
  const { edgeBackend } = await edge()
  const nothing = await WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  expect(() => edgeBackend({ wasmModule: nothing })).toThrow('wasmModule is another program or version')
})

it.skipIf(!built)('refuses another build of the same runtime', async () => {
  const { edgeBackend } = await edge()
  const jsep = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.jsep.wasm')
  const wasmModule = await compiled(jsep)
  expect(() => edgeBackend({ wasmModule })).toThrow('wasmModule is another program or version')
})

it.skipIf(!built)(
  'says that the runtime cannot start, where its memory is refused, instead of waiting for ever',
  async () => {
    const { edgeBackend } = await edge()
    const backend = edgeBackend({ wasmModule: await compiled(new URL('ort-wasm-simd-threaded.wasm', dist)) })
    const refused = vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(new RangeError('could not allocate memory'))
    await expect(backend.load(new Uint8Array(8))).rejects.toMatchObject({
      code: 'backend/unavailable',
      message: expect.stringContaining('could not allocate memory') as string,
    })
    refused.mockRestore()
    await expect(backend.load(new Uint8Array(8)), 'for good').rejects.toMatchObject({ code: 'backend/unavailable' })
  },
)
