/** The tiny models under addresses of their own, whole or spoilt, as a publisher would offer them. */
import type { Manifest, ModelEntry } from 'candlewick/registry'
import { inject } from 'vitest'

const tiny = inject('tiny')

/** The first of the tiny models. */
export const tinyEntry: ModelEntry = tiny.manifest.models[0]!

/** The input of its reference run. */
export const tinyInput = (): Float32Array<ArrayBuffer> => Float32Array.from(tiny.input)

/** What is in base64, as bytes. */
export const decoded = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/** The bytes of a file of the tiny models. */
export function fileOf(url: string): Uint8Array<ArrayBuffer> {
  const file = tiny.files.find(([name]) => name === url)
  if (file === undefined) throw new Error(`there is no file ${url}`)
  return decoded(file[1])
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Offers one model with these bytes, honestly hashed: what is wrong with them is found later. */
export async function offer(
  model: Uint8Array<ArrayBuffer> = fileOf(tinyEntry.artifact.url),
  change: (entry: ModelEntry) => ModelEntry = (entry) => entry,
): Promise<string> {
  const artifact = { ...tinyEntry.artifact, url: 'model', size: model.byteLength, sha256: await sha256(model) }
  const models = [change({ ...tinyEntry, artifact })]
  const text = JSON.stringify({ ...tiny.manifest, models } satisfies Manifest)
  const located = text.replaceAll(/"url":"([^"]+)"/g, (_, name: string) => {
    const bytes = name === 'model' ? model : fileOf(name)
    return `"url":"${URL.createObjectURL(new Blob([bytes]))}"`
  })
  return URL.createObjectURL(new Blob([located], { type: 'application/json' }))
}

/** Without reference runs a faulty model is opened, and fails at work. */
export const withoutReference = ({ golden: _golden, ...entry }: ModelEntry): ModelEntry => entry
