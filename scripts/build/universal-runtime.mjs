/**
 * Builds ONNX Runtime's JavaScript, from the sources in its package, into one file that fetches nothing, starts no
 * thread, asks for no platform, and takes its binary as a compiled module. Such a file runs wherever WebAssembly does.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { moduleInterface } from './module-interface.mjs'
import { replaceOnce } from './replace-once.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const glue = 'dist/ort-wasm-simd-threaded.mjs'
const binary = 'dist/ort-wasm-simd-threaded.wasm'

/** The switches that the sources know: only the processor, the script of the binary inside, no worker of its own. */
const switches = {
  DISABLE_WEBGL: true,
  DISABLE_JSEP: true,
  DISABLE_WEBGPU: true,
  DISABLE_WEBNN: true,
  DISABLE_WASM: false,
  DISABLE_WASM_PROXY: true,
  ENABLE_JSPI: false,
  ENABLE_BUNDLE_WASM_JS: true,
  IS_ESM: true,
  ESM_IMPORT_META_URL: undefined,
}

/** What the switches leave: guesses about the platform, and what would be loaded on the strength of them. */
const edits = {
  [glue]: [
    [
      'var h=moduleArg,aa=!!globalThis.window,k=!!globalThis.WorkerGlobalScope,' +
        'm=globalThis.process?.versions?.node&&"renderer"!=globalThis.process?.type,' +
        'n=k&&self.name?.startsWith("em-pthread");' +
        'if(m){const {createRequire:a}=await import("module");var require=a(import.meta.url),ba=require("worker_threads");' +
        'global.Worker=ba.Worker;n=(k=!ba.jc)&&"em-pthread"==ba.workerData}',
      'const m=!1,n=!1;var h=moduleArg,aa=!!globalThis.window,k=!!globalThis.WorkerGlobalScope;',
    ],
    [
      'var isPthread=globalThis.self?.name?.startsWith("em-pthread");' +
        'var isNode=globalThis.process?.versions?.node&&globalThis.process?.type!="renderer";' +
        'if(isNode)isPthread=(await import("worker_threads")).workerData==="em-pthread";isPthread&&ortWasmThreaded();',
      '',
    ],
    [
      'var a=new Worker(new URL(import.meta.url),{type:"module",workerData:"em-pthread",name:"em-pthread"});Q.push(a)',
      'throw Error("This build starts no thread")',
    ],
  ],
  'lib/wasm/wasm-utils-env.ts': [
    ["!!(typeof process !== 'undefined' && process.versions && process.versions.node)", 'false'],
  ],
  'lib/backend-wasm.ts': [
    ["typeof navigator === 'undefined' ? require('node:os').cpus().length : navigator.hardwareConcurrency", '1'],
  ],
  'lib/wasm/wasm-utils-load-file.ts': [['if (isNode) {', 'if (false) {']],
  'lib/wasm/wasm-utils-import.ts': [
    [
      '(await import(/* webpackIgnore: true */ /* @vite-ignore */ url)).default',
      'Promise.reject(new Error(`This build loads no script: ${url}`))',
    ],
  ],
}

/** The licence asks that this stands in every copy. */
const licence = (version) => `/*!
ONNX Runtime Web ${version}, https://github.com/microsoft/onnxruntime

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
*/`

/** What the package uses of the runtime, and the way to give it the binary. */
const entry = (runtime) => `
  import { env, InferenceSession, Tensor } from ${JSON.stringify(join(runtime, 'lib/index.ts'))}
  import { isOwnBinary, setWasmModule as keep } from ${JSON.stringify(join(here, 'precompiled-glue.mjs'))}
  export { env, InferenceSession, isOwnBinary, Tensor }
  export function setWasmModule(module) {
    // An address, even one that nothing reads, is how the runtime is told to use the script inside.
    env.wasm.wasmPaths = { wasm: 'compiled already' }
    keep(module)
  }`

const editing = (runtime) => ({
  name: 'one-file-runtime',
  setup(bundle) {
    // The sources ask for the script by its path, and get ours; ours asks for it by the package's name.
    bundle.onResolve({ filter: /\/ort-wasm-simd-threaded\.mjs$/ }, ({ path }) => ({
      path: path.startsWith('.') ? join(here, 'precompiled-glue.mjs') : join(runtime, glue),
    }))
    bundle.onLoad({ filter: /[\\/]onnxruntime-web[\\/](?:lib|dist)[\\/]/ }, async ({ path }) => {
      const name = relative(runtime, path).replaceAll('\\', '/')
      const contents = replaceOnce(await readFile(path, 'utf8'), edits[name] ?? [], name)
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
})

/** Nothing that a platform may refuse or a bundler may follow, and no code under another licence. */
function checkUniversal(code, inputs, runtime) {
  for (const [what, pattern] of [
    ['an import', /\bimport\s*[("'{*]/],
    ['import.meta', /\bimport\.meta\b/],
    ['a require', /\brequire\s*\(/],
    ['a worker', /\bnew Worker\b/],
    ['eval', /\beval\s*\(|\bnew Function\b/],
  ])
    if (pattern.test(code)) throw new Error(`The one-file build of ONNX Runtime still contains ${what}.`)
  const own = [here, runtime, join(runtime, '../onnxruntime-common')]
  const foreign = inputs.filter((path) => !own.some((folder) => path.startsWith(folder)))
  if (foreign.length > 0) throw new Error(`The one-file build of ONNX Runtime takes in ${foreign.join(', ')}.`)
  const missing = Object.keys(edits).filter((name) => !inputs.includes(join(runtime, name)))
  if (missing.length > 0) throw new Error(`The one-file build of ONNX Runtime never read ${missing.join(', ')}.`)
}

/** Writes the file to `outfile`; `runtime` is the folder of the package onnxruntime-web. */
export async function buildUniversalRuntime({ root, runtime, outfile }) {
  const module = await WebAssembly.compile(await readFile(join(runtime, binary)))
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry(runtime), resolveDir: here, sourcefile: join(here, 'entry.mjs') },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    define: {
      'import.meta.url': 'undefined',
      BINARY_INTERFACE: JSON.stringify(moduleInterface(module)),
      ...Object.fromEntries(Object.entries(switches).map(([name, value]) => [`BUILD_DEFS.${name}`, String(value)])),
    },
    plugins: [editing(runtime)],
  })
  const [{ text }] = outputFiles
  checkUniversal(
    text,
    Object.keys(metafile.inputs).map((path) => join(root, path)),
    runtime,
  )
  const { version } = JSON.parse(await readFile(join(runtime, 'package.json'), 'utf8'))
  await writeFile(outfile, `${licence(version)}\n${text}`)
}
