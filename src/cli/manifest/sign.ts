/** `candlewick manifest sign` and `… timestamp`: put signatures around a manifest, or around the word on which is current. */
import type { Command } from 'commander'
import { sha256Hex } from '../../registry/integrity.ts'
import type { ManifestTimestamp } from '../../registry/manifest.ts'
import { manifestType, timestampType } from '../../registry/signature.ts'
import { signEnvelope } from '../../registry/signing.ts'
import { writeWhole } from '../whole-files.ts'
import { readManifestFile, readPrivateKeys } from './files.ts'
import { positiveNumber } from './numbers.ts'

interface SignOptions {
  readonly key: readonly string[]
  readonly out: string
  readonly dryRun?: boolean
}

interface TimestampOptions extends SignOptions {
  readonly url: string
  readonly hours: number
}

const keyHelp = 'private keys, one file each'
const dryHelp = 'say what would be written, and write nothing'

/** Adds both commands to their group. */
export function addSignCommands(group: Command): void {
  group
    .command('sign')
    .description('sign a manifest; signatures it has already stay')
    .argument('<manifest>', 'path of the manifest')
    .requiredOption('--key <files...>', keyHelp)
    .requiredOption('--out <file>', 'where to write the signed manifest')
    .option('--dry-run', dryHelp)
    .action(writeSigned)
  group
    .command('timestamp')
    .description('sign the word on which manifest is the current one, with a short date')
    .argument('<manifest>', 'path of the manifest, signed or not')
    .requiredOption('--key <files...>', keyHelp)
    .requiredOption('--url <address>', 'address of the manifest, from that of the timestamp on')
    .requiredOption('--out <file>', 'where to write the timestamp')
    .option('--hours <n>', 'how long it holds', positiveNumber, 24)
    .option('--dry-run', dryHelp)
    .action(writeTimestamp)
}

async function writeSigned(path: string, { key, out, dryRun }: SignOptions): Promise<void> {
  const { manifest, payload, envelope } = await readManifestFile(path)
  const keys = await readPrivateKeys(key)
  const text = await signEnvelope(payload, keys, manifestType, envelope)
  const what = `${out}: edition ${manifest.version}, signed by ${keys.map(({ kid }) => kid).join(', ')}`
  if (dryRun === true) return console.log(`Would write ${what}.`)
  await writeWhole(out, text)
  console.log(`Wrote ${what}.`)
}

async function writeTimestamp(path: string, { key, out, url, hours, dryRun }: TimestampOptions): Promise<void> {
  const { manifest, payload } = await readManifestFile(path)
  const timestamp: ManifestTimestamp = {
    schema: 'manifest-timestamp/1',
    version: manifest.version,
    ...(manifest.keysVersion !== undefined && { keysVersion: manifest.keysVersion }),
    digest: await sha256Hex(payload),
    size: payload.byteLength,
    expires: new Date(Date.now() + hours * 3_600_000).toISOString(),
    url,
  }
  const keys = await readPrivateKeys(key)
  const text = await signEnvelope(new TextEncoder().encode(JSON.stringify(timestamp)), keys, timestampType)
  const what = `${out}: edition ${manifest.version} at ${url}, until ${timestamp.expires}`
  if (dryRun === true) return console.log(`Would write ${what}.`)
  await writeWhole(out, text)
  console.log(`Wrote ${what}.`)
}
