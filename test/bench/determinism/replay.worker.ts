/** Replays in a browser, and sends the outputs back to the server of the benchmark. */
import { expose } from 'comlink'
import type { Manifest } from '../../../src/registry/index.ts'
import { replay, type Way } from './replay.ts'

const fetched = async (path: string): Promise<Response> => {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response
}

/** What the page may ask of this thread. */
export interface ReplayThread {
  /** Gives the first bar; the outputs go to `/outputs`. */
  replay(symbol: string, way: Way): Promise<number>
}

const thread: ReplayThread = {
  async replay(symbol, way) {
    if (way.threads > 1 && !crossOriginIsolated) throw new Error('Without cross-origin isolation there is one thread.')
    const { models } = (await (await fetched('/models/manifest.json')).json()) as Manifest
    const entry = models[0]!
    const scaler: unknown = await (await fetched(`/models/${entry.scaler.url}`)).json()
    const model = new Uint8Array(await (await fetched(`/models/${entry.artifact.url}`)).arrayBuffer())
    const csv = await (await fetched(`/bars/${symbol}.csv`)).text()
    const { firstBar, rows } = await replay({ entry, scaler, model, csv, symbol }, way)
    await fetch('/outputs', { method: 'POST', body: rows })
    return firstBar
  },
}

expose(thread)
