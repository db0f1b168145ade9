/** `candlewick manifest build`: a manifest from its entries and the files they name. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { CandlewickError } from '../../core/errors.ts'
import { sha256Hex } from '../../registry/integrity.ts'
import { type Manifest, modelId } from '../../registry/manifest.ts'
import { checkSameBytes, parseManifest } from '../../registry/parse-manifest.ts'
import { entriesIn, readEntries } from './entries.ts'
import { writeWhole } from '../whole-files.ts'
import { type ManifestFile, readManifestFile, readPublicKeys } from './files.ts'
import { positiveNumber, wholeNumber } from './numbers.ts'

interface BuildOptions {
  readonly dir?: string
  readonly entry?: readonly string[]
  readonly keep?: boolean
  readonly out: string
  readonly version?: number
  readonly expires?: number
  readonly baseUrl?: string
  readonly keys?: string
  readonly threshold?: number
  readonly dryRun?: boolean
}

/** Adds the command to its group. */
export function addBuildCommand(group: Command): void {
  group
    .command('build')
    .description('write a manifest from entries; sizes and hashes are taken from the files, the edition is counted on')
    .option('--dir <folder>', 'takes every *.entry.json of a folder, by name')
    .option('--entry <files...>', 'takes these entries, in this order; the first is the default model')
    .option('--keep', 'keeps the models of the manifest that stands there, after the new ones')
    .requiredOption('--out <file>', 'where to write the manifest; addresses of files start there')
    .option('--version <n>', 'edition (default: one more than the manifest that stands there)', wholeNumber)
    .option('--expires <days>', 'days until it expires (default: never)', positiveNumber)
    .option('--base-url <address>', 'where the files will lie, if not beside the manifest')
    .option('--keys <file>', 'public keys to change to; counts on the edition of the keys')
    .option('--threshold <n>', 'with --keys: how many signers must agree from then on', wholeNumber, 1)
    .option('--dry-run', 'print the manifest instead of writing it')
    .action(buildManifest)
}

/** The fields of a manifest that change with the keys. */
async function keyFields(options: BuildOptions, before: Manifest | undefined): Promise<Partial<Manifest>> {
  if (options.keys === undefined) return {}
  const { threshold = 1 } = options
  const keysVersion = before === undefined ? 1 : (before.keysVersion ?? 1) + 1
  return { keys: await readPublicKeys(options.keys), threshold, keysVersion }
}

async function checkEdition(manifest: Manifest, text: string, before: ManifestFile): Promise<void> {
  const { version } = manifest
  const seen = before.manifest.version
  if (version < seen) throw new CandlewickError('manifest/rollback', { seen, offered: version })
  if (version > seen) return
  const [earlier, offered] = [await sha256Hex(before.payload), await sha256Hex(new TextEncoder().encode(text))]
  throw new CandlewickError('manifest/equivocation', { version, seen: earlier, offered })
}

function withoutUndefined<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

async function buildManifest(options: BuildOptions): Promise<void> {
  const { dir, entry = [], out, expires, baseUrl } = options
  const paths = [...entry, ...(dir === undefined ? [] : await entriesIn(dir))]
  if (paths.length === 0)
    throw new CandlewickError('file/unreadable', { path: '--entry', reason: 'no entry is given; use --entry or --dir' })
  const before = existsSync(out) ? await readManifestFile(out) : undefined
  const models = await readEntries(paths, out)
  const ids = new Set(models.map((model) => `${String(model['name'])}_v${String(model['version'])}`))
  const kept = options.keep === true ? (before?.manifest.models ?? []).filter((model) => !ids.has(modelId(model))) : []
  const now = Date.now()
  const manifest = parseManifest(
    withoutUndefined({
      schema: 'model-manifest/1',
      // What a publisher added to the manifest by hand stays, keys above all.
      ...before?.manifest,
      version: options.version ?? (before?.manifest.version ?? 0) + 1,
      issuedAt: new Date(now).toISOString(),
      expires: expires === undefined ? undefined : new Date(now + expires * 86_400_000).toISOString(),
      baseUrl: baseUrl ?? before?.manifest.baseUrl,
      ...(await keyFields(options, before?.manifest)),
      models: [...models, ...kept],
    }),
  )
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  if (before !== undefined) {
    checkSameBytes(manifest, before.manifest)
    await checkEdition(manifest, text, before)
  }
  if (options.dryRun === true) return void process.stdout.write(text)
  await writeWhole(out, text)
  const until = manifest.expires === undefined ? 'without expiry' : `expires ${manifest.expires}`
  const signed = before?.envelope === undefined ? '' : ' The one before was signed: sign this one too.'
  console.log(
    `Wrote ${out}: edition ${manifest.version}, ${until}: ${manifest.models.map(modelId).join(', ')}.${signed}`,
  )
}
