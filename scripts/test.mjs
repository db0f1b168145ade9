/**
 * Runs every suite, each whether or not the one before passed, and ends with one plain line of counts. What the suites
 * need (browsers) is found or installed first.
 */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findBrowsers } from './browsers.mjs'
import { checks } from './check.mjs'
import { run } from './run.mjs'

const reports = join(process.cwd(), 'test-results', 'reports')
const totals = { passed: 0, failed: 0, skipped: 0 }
const faults = []

/** Adds the counts of a suite; a suite that failed without a failed test counts as one. */
function count(name, { passed, failed, skipped }, ended) {
  totals.passed += passed
  totals.failed += ended && failed === 0 ? 0 : Math.max(failed, 1)
  totals.skipped += skipped
  if (!ended || failed > 0) faults.push(name)
}

async function step(name, command, env = {}) {
  const began = Date.now()
  console.log(`\n=== ${name}`)
  let ended = true
  await run(command[0], command.slice(1), { env: { ...process.env, ...env } }).catch((error) => {
    ended = false
    console.error(error.message)
  })
  console.log(`=== ${name}: ${ended ? 'passed' : 'FAILED'} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  return ended
}

async function check(name, command) {
  const ended = await step(name, command)
  count(name, { passed: ended ? 1 : 0, failed: 0, skipped: 0 }, ended)
}

/** The counts of a report; none where the suite did not get as far as writing one. */
async function read(report, counts) {
  const text = await readFile(report, 'utf8').catch(() => undefined)
  return text === undefined ? { passed: 0, failed: 0, skipped: 0 } : counts(JSON.parse(text))
}

const vitestCounts = (report) => ({
  passed: report.numPassedTests,
  failed: report.numFailedTests,
  skipped: report.numPendingTests + report.numTodoTests,
})

async function vitest(name, config, env) {
  const report = join(reports, `${config}.json`)
  const ended = await step(
    name,
    [
      'npx',
      'vitest',
      'run',
      '--config',
      config,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    env,
  )
  count(name, await read(report, vitestCounts), ended)
}

async function playwright(name, env) {
  const report = join(reports, 'playwright.json')
  const ended = await step(name, ['npx', 'playwright', 'test', '--reporter=list,json'], {
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  })
  const counts = ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
  })
  count(name, await read(report, counts), ended)
}

await rm(join(process.cwd(), 'test-results'), { recursive: true, force: true })
await mkdir(reports, { recursive: true })
// The page and the tests import the package by its name, so it must be there before their types are checked.
await check('build', ['node', 'scripts/build.mjs'])
for (const { name, command } of checks) await check(name, command)
await check('package contents', ['npx', 'publint', '--strict'])
await check('package types', ['npx', 'attw', '--pack', '.', '--profile', 'esm-only'])
await vitest('unit and package', 'vitest.config.ts')

const browsers = await findBrowsers()
const env = {
  CHROMIUM_PATH: browsers.chromium.executablePath ?? '',
  FIREFOX_PATH: browsers.firefox.executablePath ?? '',
}
await vitest('browsers', 'vitest.browser.config.ts', env)
await check('page build', ['npx', 'vite', 'build'])
await playwright('page and storage', env)

if (faults.length > 0) console.log(`\nFailed: ${faults.join(', ')}`)
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exitCode = faults.length > 0 ? 1 : 0
