/** Writes schema/model-manifest.schema.json, by which editors check a manifest while it is typed. Run it after a build. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import { run } from './run.mjs'

/** The JSON Schema of manifests. What one field must say about another cannot be told in it. */
export function renderSchema(manifestSchema) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'candlewick model manifest',
    description:
      'The manifest that names models and their files (model-manifest/1). It is checked once more, and more strictly, when it is read.',
    ...toJsonSchema(manifestSchema, { errorMode: 'ignore', typeMode: 'input' }),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { manifestSchema } = await import(pathToFileURL(join(root, 'dist/registry/manifest-schema.js')).href)
  const file = join(root, 'schema/model-manifest.schema.json')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(renderSchema(manifestSchema), undefined, 2))
  await run('npx', ['oxfmt', file], { cwd: root })
}
