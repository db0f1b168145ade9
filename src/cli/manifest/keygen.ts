/** `candlewick manifest keygen`: makes the keys that manifests are signed with. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { generateKey, type PrivateKey, publicPart } from '../../registry/signing.ts'

interface KeygenOptions {
  readonly out: string
  readonly alg: 'Ed25519' | 'ES256' | 'both'
  readonly kid?: string
}

/** Adds the command to its group. */
export function addKeygenCommand(group: Command): void {
  group
    .command('keygen')
    .description('make a key: private.jwk, which stays with you, and public.jwks, which goes into the application')
    .requiredOption('--out <folder>', 'where to write both files; existing ones are never overwritten')
    .addOption(
      new Option('--alg <name>', 'kind of key; both: one of each for the same signer, for platforms without Ed25519')
        .choices(['Ed25519', 'ES256', 'both'])
        .default('both'),
    )
    .option('--kid <name>', 'name of the key, and with both kinds of their signer (default: from the key)')
    .action(writeKeys)
}

async function makeKeys({ alg, kid }: KeygenOptions): Promise<readonly PrivateKey[]> {
  if (alg !== 'both') return [await generateKey(alg, kid)]
  const first = await generateKey('Ed25519', kid === undefined ? undefined : `${kid}-ed25519`)
  const signer = kid ?? first.kid
  return [{ ...first, signer }, await generateKey('ES256', kid === undefined ? undefined : `${kid}-es256`, signer)]
}

async function writeNew(path: string, content: unknown, mode: number): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`, { mode, flag: 'wx' })
  } catch (cause) {
    throw new CandlewickError('file/unwritable', { path, reason: reasonOf(cause) }, { cause })
  }
}

async function writeKeys(options: KeygenOptions): Promise<void> {
  const [secret, open] = [join(options.out, 'private.jwk'), join(options.out, 'public.jwks')]
  for (const path of [secret, open])
    if (existsSync(path)) throw new CandlewickError('file/unwritable', { path, reason: 'there is a key already' })
  const keys = await makeKeys(options)
  try {
    await mkdir(options.out, { recursive: true })
  } catch (cause) {
    throw new CandlewickError('file/unwritable', { path: options.out, reason: reasonOf(cause) }, { cause })
  }
  await writeNew(secret, keys.length === 1 ? keys[0] : { keys }, 0o600)
  await writeNew(open, { keys: keys.map(publicPart) }, 0o644)
  console.log(`Wrote ${secret} (keep it secret and safe) and ${open}: ${keys.map(({ kid }) => kid).join(', ')}.`)
}
