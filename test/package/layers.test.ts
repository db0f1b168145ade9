import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Who may import whom: a room imports itself and the rooms in its list. ARCHITECTURE.md tells the same. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/numeric': ['src/core'],
  'src/onnx': ['src/core'],
  'src/features': ['src/core', 'src/numeric'],
  'src/registry': ['src/core'],
  'src/inference': ['src/core'],
  'src/signals': ['src/core'],
  'src/feeds': ['src/core'],
  'src/evaluate': ['src/core'],
  'src/monitor': ['src/core', 'src/evaluate', 'src/registry', 'src/signals'],
  'src/engine': ['src/core', 'src/features', 'src/registry', 'src/inference', 'src/signals'],
  'src/rpc': ['src/core', 'src/engine', 'src/inference', 'src/registry', 'src/signals'],
  'src/platform': ['src/core', 'src/engine', 'src/registry', 'src/inference', 'src/rpc'],
  'src/cli': [
    'src',
    'src/core',
    'src/engine',
    'src/evaluate',
    'src/features',
    'src/feeds',
    'src/inference',
    'src/monitor',
    'src/onnx',
    'src/registry',
    'src/signals',
    'src/platform',
  ],
  src: ['src/core', 'src/engine', 'src/inference', 'src/registry', 'src/signals', 'src/platform', 'src/rpc'],
  'src/react': ['src', 'src/core', 'src/engine'],
  'src/element': ['src', 'src/core', 'src/engine', 'src/signals'],
  workers: ['src/engine', 'src/inference', 'src/platform', 'src/registry', 'src/rpc'],
}

/** Only these files, or files of these rooms, know these libraries. */
const knows: Readonly<Record<string, (file: string) => boolean>> = {
  idb: (file) => file === 'src/registry/stores/open-database.ts',
  'onnxruntime-web': (file) => /^src\/inference\/backends\/ort-[a-z]+(?:\.d)?\.ts$/.test(file),
  comlink: (file) => file.startsWith('src/rpc/'),
  jose: (file) => file === 'src/registry/signature.ts' || file === 'src/registry/signing.ts',
  '@noble/hashes': (file) => file.startsWith('src/registry/'),
  protobufjs: (file) => file.startsWith('src/onnx/'),
  papaparse: (file) => file.startsWith('src/feeds/'),
  yaml: (file) => file.startsWith('src/cli/'),
  fflate: (file) => file.startsWith('src/registry/backup/'),
  'hyparquet-writer': (file) => file.startsWith('src/cli/') || file === 'src/monitor/export/parquet.ts',
  react: (file) => file.startsWith('src/react/'),
  commander: (file) => file.startsWith('src/cli/'),
}

const sources = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/')),
)

/** The specifiers in the import and export lines of a file, dynamic imports included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:^(?:import|export)\b[^'\n]*?(?:\bfrom\s+)?|^\} from |\bimport\()'([^']+)'/gm)].map(
    (match) => match[1]!,
  )
}

const roomOf = (file: string): string => {
  const [top, next] = file.split('/')
  return top === 'src' && next !== undefined && !next.endsWith('.ts') ? `src/${next}` : top!
}

/** The room or package that an import leads to. */
const targetOf = (file: string, specifier: string): string => {
  if (specifier === '#platform') return 'src/platform'
  return specifier.startsWith('.') ? roomOf(normalize(join(dirname(file), specifier)).replaceAll('\\', '/')) : specifier
}

describe('the house', () => {
  it('has sources in every room of the plan, and no room outside it', () => {
    expect([...new Set(sources.map(roomOf))].sort()).toEqual(Object.keys(mayImport).sort())
  })

  it.each(sources)('lets %s import downward only', (file) => {
    const room = roomOf(file)
    for (const specifier of importsOf(file)) {
      const target = targetOf(file, specifier)
      if (!specifier.startsWith('.') && specifier !== '#platform') continue
      expect(target === room || mayImport[room]!.includes(target), `${file} imports ${specifier}`).toBe(true)
    }
  })

  it.each(Object.keys(knows))('lets only the adapter know %s', (library) => {
    const users = sources.filter((file) =>
      importsOf(file).some((specifier) => specifier === library || specifier.startsWith(`${library}/`)),
    )
    expect(users.length, 'somebody uses it').toBeGreaterThan(0)
    expect(users.filter((file) => !knows[library]!(file))).toEqual([])
  })

  it('keeps Node modules out of everything that a browser loads', () => {
    const users = sources.filter((file) => importsOf(file).some((specifier) => specifier.startsWith('node:')))
    expect(users.filter((file) => file !== 'src/platform/node.ts' && !file.startsWith('src/cli/'))).toEqual([])
  })
})
