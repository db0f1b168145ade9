/** A process that ends without a word: that of one page, and that of the whole browser. Only Chromium can be told to. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext } from '@playwright/test'
import { chunkBytes, makeModel, offer } from './models.ts'
import { blobIn, expect, load, openTab as openTabIn, soon, test } from './tabs.ts'

const chunks = 8
const model = makeModel('1.0.0', chunks)

test('a process that crashes in the middle of a download leaves whole chunks, and no more are fetched than are missing', async ({
  host,
  context,
  openTab,
}) => {
  offer(host, [model])
  const crashing = await openTab()
  host.pause(model.path, 5 * chunkBytes)
  await crashing.evaluate((id) => void window.tab.load(id).catch(() => undefined), model.id)
  await soon(async () => (await blobIn(crashing, model.sha256)).chunks).toBe(5)
  const crashed = crashing.waitForEvent('crash')
  const protocol = await context.newCDPSession(crashing)
  protocol.send('Page.crash').catch(() => undefined)
  await crashed
  host.abandon(model.path)
  host.forget()

  const tab = await openTab()
  expect(await blobIn(tab, model.sha256)).toEqual({ state: 'downloading', chunks: 5 })
  expect(await load(tab)).toMatchObject({ value: { sha256: model.sha256, source: 'network', persisted: true } })
  expect(host.requests(/onnx/)).toEqual([expect.objectContaining({ status: 206, from: 5 * chunkBytes })])
})

/** A Chromium that can be killed as the system kills one: Playwright keeps its own from that. */
async function startChromium(executable: string, args: readonly string[], profile: string) {
  const child = spawn(executable, [...args, '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`])
  const exited = once(child, 'exit')
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const [, found] = /DevTools listening on (\S+)/u.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`Chromium ended: ${said}`)))
  })
  // After a kill it takes a moment until there is a page to talk to; who asks before may never hear.
  const targets = new URL('/json/list', address.replace(/^ws/u, 'http'))
  await soon(async () => {
    const listed = (await (await fetch(targets)).json()) as readonly { readonly type: string }[]
    return listed.some(({ type }) => type === 'page')
  }).toBe(true)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  return { address, kill }
}

test('a browser that is killed in the middle of a download comes back with whole chunks or none', async ({
  host,
  playwright,
  launchOptions,
}) => {
  const { chromium } = playwright
  const { executablePath = chromium.executablePath(), args = [] } = launchOptions
  offer(host, [model])
  const profile = await mkdtemp(join(tmpdir(), 'candlewick-profile-'))
  const connect = async (address: string): Promise<BrowserContext> =>
    (await chromium.connectOverCDP(address)).contexts()[0]!
  const first = await startChromium(executablePath, args, profile)
  try {
    const dying = await openTabIn(await connect(first.address), host)
    host.pause(model.path, 5 * chunkBytes)
    await dying.evaluate((id) => void window.tab.load(id).catch(() => undefined), model.id)
    await soon(async () => (await blobIn(dying, model.sha256)).chunks).toBe(5)
  } finally {
    await first.kill()
  }
  host.abandon(model.path)
  host.forget()

  const second = await startChromium(executablePath, args, profile)
  try {
    const tab = await openTabIn(await connect(second.address), host)
    const { state, chunks: found } = await blobIn(tab, model.sha256)
    expect(state).not.toBe('ready')
    expect(await load(tab)).toMatchObject({ value: { sha256: model.sha256, source: 'network', persisted: true } })
    expect(host.requests(/onnx/)[0]?.from).toBe(found === 0 ? undefined : found * chunkBytes)
  } finally {
    await second.kill()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
})
