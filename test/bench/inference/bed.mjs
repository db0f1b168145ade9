/** Where the benchmark runs: bundles of its own sources, and a server whose pages are cross-origin isolated. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Where anything is kept that need not be made or fetched twice. */
export const cache = join(root, 'node_modules/.cache/candlewick-bench')

/** The runtime is served as it is, because it finds its files and starts its threads beside itself. */
const runtimeServed = {
  name: 'runtime-served',
  setup({ onResolve }) {
    onResolve({ filter: /^onnxruntime-web\/(wasm|jspi)$/ }, ({ path }) => ({
      path: `/ort/ort.${path.split('/')[1]}.bundle.min.mjs`,
      external: true,
    }))
  },
}

/** A module of the benchmark's own, written in TypeScript, for Node. */
export async function loadKit(name = 'kit') {
  await mkdir(cache, { recursive: true })
  const outfile = join(cache, `${basename(name)}-${process.pid}.mjs`)
  const entryPoints = [fileURLToPath(new URL(`${name}.ts`, import.meta.url))]
  const node = {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  }
  try {
    await build({ entryPoints, outfile, ...node })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(outfile, { force: true })
  }
}

/** A script for the page or one of its workers. */
export async function script(name) {
  const entryPoints = [fileURLToPath(new URL(`${name}.ts`, import.meta.url))]
  const page = { bundle: true, format: 'esm', target: 'es2022', write: false, logLevel: 'warning' }
  const { outputFiles } = await build({ entryPoints, ...page, plugins: [runtimeServed] })
  return outputFiles[0].contents
}

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
}

/** Folders of installed packages that pages may read. */
const packages = {
  '/ort/': join(root, 'node_modules/onnxruntime-web/dist'),
  '/tfjs/': join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out'),
}

async function bodyOf(path, files, folders) {
  const own = files[path]
  if (own !== undefined) return typeof own === 'function' ? own() : own
  const prefix = Object.keys(folders)
    .sort((a, b) => b.length - a.length)
    .find((start) => path.startsWith(start))
  if (prefix === undefined || path.includes('..')) return undefined
  const name = path.slice(prefix.length)
  return readFile(join(folders[prefix], name === '' ? 'index.html' : name)).catch(() => undefined)
}

/**
 * Serves `files` (bytes or text by path) and `folders` (by prefix) to pages that may use threads. Browsers may keep what
 * they get, as they may on a real site.
 */
export async function serve(files, folders = {}) {
  const received = new Map()
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1')
    if (request.method === 'POST') {
      const parts = []
      for await (const part of request) parts.push(part)
      received.set(pathname, Buffer.concat(parts))
    }
    const body = request.method === 'POST' ? '' : await bodyOf(pathname, files, { ...packages, ...folders })
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': types[extname(pathname)] ?? (pathname.endsWith('/') ? 'text/html' : 'application/octet-stream'),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cache-Control': 'max-age=3600',
    })
    response.end(body)
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://127.0.0.1:${server.address().port}`, received, close }
}

/** A page with nothing but a script. */
export const shell = (path) => `<!doctype html><title>Benchmark</title><script type="module" src="${path}"></script>`
