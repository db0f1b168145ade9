/** Native ONNX Runtime, the upper mark. It is no dependency of the project: it is fetched once and kept in a cache. */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache } from './bed.mjs'

const version = '1.30.0'
const folder = join(cache, 'native')
const find = () => createRequire(join(folder, 'package.json'))('onnxruntime-node')

/** The runtime, or why there is none. Its own install script is left out: it would fetch what only CUDA needs. */
export async function nativeRuntime() {
  try {
    return { ort: find() }
  } catch {
    const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--prefix', folder]
    try {
      await mkdir(folder, { recursive: true })
      await promisify(execFile)('npm', ['install', ...options, `onnxruntime-node@${version}`], { timeout: 300_000 })
      return { ort: find() }
    } catch (error) {
      return {
        reason: String(error.stderr || error.message)
          .trim()
          .split('\n')
          .at(-1),
      }
    }
  }
}
