/** The declarations of what TypeScript does not compile itself. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const declarations = {
  'worker.d.ts': 'export {}\n',
  'worker-webgpu.d.ts': 'export {}\n',
  // Hosts that compile the binary beforehand import it as a module.
  'edge.wasm.d.ts': 'declare const wasmModule: WebAssembly.Module\nexport default wasmModule\n',
}

/** Writes them into `dist`. */
export async function declareTheRest(dist) {
  await Promise.all(Object.entries(declarations).map(([file, text]) => writeFile(join(dist, file), text)))
}
