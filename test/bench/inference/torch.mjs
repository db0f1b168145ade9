/** What PyTorch itself writes, where it is installed: the proof that our own builder of plain exports tells no tales. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const program = fileURLToPath(new URL('../../torch/export.py', import.meta.url))
const run = promisify(execFile)

/** The export of the reference network with its weights, or why there is none. */
export async function torchExport() {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-torch-'))
  const read = async (ending) => new Uint8Array(await readFile(join(folder, `reference.${ending}`)))
  try {
    let reason = ''
    for (const python of ['/usr/bin/python3', 'python3'])
      try {
        const { stdout } = await run(python, ['-c', 'import onnx, torch; print(torch.__version__)'])
        await run(python, [program, folder, '--reference'], { timeout: 300_000 })
        return { version: stdout.trim(), model: await read('onnx'), weights: await read('safetensors') }
      } catch (error) {
        reason = String(error.stderr || error.message)
          .trim()
          .split('\n')
          .at(-1)
      }
    return { reason }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
