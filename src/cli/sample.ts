/** `candlewick sample`: writes models that were never trained, so that everything can be tried before there are real ones. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Manifest } from '../registry/index.ts'
import { readFeatureSet, setHelp } from './feature-set.ts'
import { SampleRecipe } from './sample-recipe.ts'

interface SampleOptions {
  readonly out: string
  readonly features: string
  readonly seed: number
}

/** Adds the command to the program. */
export function addSampleCommand(program: Command): void {
  program
    .command('sample')
    .description('write two versions of an untrained sample model (PatchTST, seeded weights) and a manifest')
    .requiredOption('--out <folder>', 'where to write manifest.json and its files')
    .option('--features <set>', setHelp, 'unified-240')
    .option('--seed <n>', 'seed of the weights; the second version has the next one', wholeNumber, 16)
    .action(writeSample)
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

async function writeSample({ out, features, seed }: SampleOptions): Promise<void> {
  const recipe = await SampleRecipe.prepare(await readFeatureSet(features))
  // The first entry is what an engine runs before a version was promoted.
  const versions = [await recipe.version('1.0.0', seed), await recipe.version('1.1.0', seed + 1)]
  const models = versions.map(({ entry }) => entry)
  const manifest: Manifest = { schema: 'model-manifest/1', version: 1, issuedAt: recipe.made, models }
  await mkdir(out, { recursive: true })
  for (const [file, bytes] of versions.flatMap(({ files }) => [...files])) await writeFile(join(out, file), bytes)
  // The manifest comes last: it never names a file that is not there.
  await writeFile(join(out, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  for (const { description } of models) console.log(description)
  console.log(`Wrote ${join(out, 'manifest.json')}. ${recipe.notice}`)
}
