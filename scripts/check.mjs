/** Everything that can be said about the sources without running them. */
import { pathToFileURL } from 'node:url'
import { declareTheRest } from './build/declarations.mjs'
import { run } from './run.mjs'

export const checks = [
  { name: 'types', command: ['npx', 'tsc', '--noEmit'] },
  { name: 'types of tests, page and scripts', command: ['npx', 'tsc', '--noEmit', '-p', 'tsconfig.test.json'] },
  { name: 'lint', command: ['npx', 'oxlint', '--deny-warnings'] },
  { name: 'format', command: ['npx', 'oxfmt', '--check', '.'] },
  { name: 'dead code', command: ['npx', 'knip', '--no-progress'] },
]

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  // The page and the tests import the package by its name: its declarations must be current.
  await run('npx', ['tsc', '-p', 'tsconfig.build.json'])
  await declareTheRest('dist')
  for (const { name, command } of checks) {
    console.log(`\n${name}`)
    await run(command[0], command.slice(1))
  }
}
