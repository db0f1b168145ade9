/** Keeps ccxt small in a page: what only Node, orders or other exchanges need of it is left out, and the rest is a folder of its own. */
import type { Plugin } from 'vite'

/** Files of ccxt, by their place in node_modules; its own dependencies are among them. */
const fromCcxt = /\/node_modules\/ccxt\//

/**
 * Node's modules, and those that ccxt loads by name for exchanges that no page here offers. ccxt asks for each of them only
 * when it signs an order or decodes that exchange's messages.
 */
const unused = /^(?:node:.+|undici|crypto|ws)$|\/protobuf\/mexc\/|\/dydx-v4-client\/(?:registry|cosmos)/

const nothing = '\0/node_modules/ccxt/unused'

/** The folder that the exchanges are built into, so that nothing else takes them for a part of the page. */
export const ccxtFolder = 'assets/ccxt'

/** Replaces what a page never uses of ccxt by nothing. */
export function smallCcxt(): Plugin {
  return {
    name: 'small-ccxt',
    enforce: 'pre',
    resolveId: (id, importer) =>
      importer !== undefined && fromCcxt.test(importer) && unused.test(id) ? nothing : null,
    load: (id) => (id === nothing ? 'export default undefined\nexport const createWebSocketStream = undefined' : null),
  }
}

/** The name of a chunk's file. A chunk may hold nothing but the way to another one. */
export function chunkName(chunk: {
  readonly moduleIds: readonly string[]
  readonly facadeModuleId: string | null
}): string {
  const ids = [...chunk.moduleIds, chunk.facadeModuleId ?? '']
  return ids.some((id) => fromCcxt.test(id)) ? `${ccxtFolder}/[name]-[hash].js` : 'assets/[name]-[hash].js'
}
