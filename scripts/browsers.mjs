/** Finds Chromium and Firefox for the tests, or installs them. Run it to see what was found. */
import { execFile, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const answer = promisify(execFile)

const wanted = {
  chromium: { variable: 'CHROMIUM_PATH', programs: ['chromium', 'chromium-browser', 'google-chrome'], apt: 'chromium' },
  firefox: { variable: 'FIREFOX_PATH', programs: ['firefox-esr', 'firefox'], apt: 'firefox-esr' },
}

const executable = (path) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

/** The full path of a program, or `undefined`. */
async function locate(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean))
    for (const ending of process.platform === 'win32' ? ['.exe', ''] : ['']) {
      const path = join(folder, program + ending)
      if (await executable(path)) return path
    }
  return undefined
}

/** Whether a program is a browser that starts. Ubuntu's `chromium-browser` may be a script that only says "use snap". */
async function starts(path) {
  try {
    await answer(path, ['--version'], { timeout: 30_000 })
    return true
  } catch {
    return false
  }
}

/** What the machine has of one browser. A path that the user set and that does not work is an error, not a hint. */
async function findOne({ variable, programs }) {
  const set = process.env[variable]
  if (set !== undefined && set !== '') {
    if (await starts(set)) return set
    throw new Error(`${variable} is "${set}", which does not start. Correct it or remove it.`)
  }
  for (const program of programs) {
    const path = await locate(program)
    if (path !== undefined && (await starts(path))) return path
  }
  return undefined
}

/** Runs a program with its output on standard error, so that ours stays clean. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', process.stderr, process.stderr] })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`"${program} ${args.join(' ')}" ended with status ${code}`))
    })
  })
}

/** The words that put a command in the hands of root: none for root, `sudo -n` where no password is asked. */
async function asRoot() {
  if (process.getuid?.() === 0) return []
  const sudo = await locate('sudo')
  if (sudo === undefined) return undefined
  return answer(sudo, ['-n', 'true'], { timeout: 10_000 }).then(
    () => [sudo, '-n'],
    () => undefined,
  )
}

/** One by one: a package that this distribution lacks must not keep the other away. */
async function installByApt(packages) {
  const apt = await locate('apt-get')
  const root = apt === undefined ? undefined : await asRoot()
  if (root === undefined) throw new Error('apt-get cannot be used here')
  const [program, ...words] = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', apt]
  await run(program, [...words, 'update', '-qq'])
  const failures = []
  for (const name of packages)
    await run(program, [...words, 'install', '-y', '--no-install-recommends', name]).catch((error) =>
      failures.push(error.message),
    )
  if (failures.length > 0) throw new Error(failures.join('; '))
}

/** Playwright's own builds; it knows where they are, so no path is given. */
async function installByPlaywright(names) {
  await run('npx', ['playwright', 'install', ...names])
}

const missingIn = (paths) => Object.keys(wanted).filter((name) => paths[name] === undefined)

async function findAll() {
  const entries = Object.entries(wanted).map(async ([name, browser]) => [name, await findOne(browser)])
  return Object.fromEntries(await Promise.all(entries))
}

/**
 * Chromium and Firefox, found or installed: from CHROMIUM_PATH and FIREFOX_PATH, from the system, from apt, or from
 * Playwright.
 *
 * @returns `{ chromium: { executablePath? }, firefox: { executablePath? } }`; without a path it is Playwright's own build
 * @throws Error naming the remedy where none of the ways works
 */
export async function findBrowsers() {
  let paths = await findAll()
  const failures = []
  if (missingIn(paths).length > 0) {
    const packages = missingIn(paths).map((name) => wanted[name].apt)
    await installByApt(packages).catch((error) => failures.push(error.message))
    paths = await findAll()
  }
  const missing = missingIn(paths)
  if (missing.length > 0)
    await installByPlaywright(missing).catch((error) => {
      const remedies = missing.map((name) => `install ${name} and set ${wanted[name].variable} to its path`)
      throw new Error(
        `No ${missing.join(' and no ')} for the tests: ${[...failures, error.message].join('; ')}. Please ${remedies.join(', ')}.`,
      )
    })
  const one = (path) => (path === undefined ? {} : { executablePath: path })
  return { chromium: one(paths.chromium), firefox: one(paths.firefox) }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  try {
    for (const [name, { executablePath }] of Object.entries(await findBrowsers()))
      console.log(`${name}: ${executablePath ?? "Playwright's own build"}`)
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
