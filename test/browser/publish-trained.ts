/** Models of other libraries, published in a page. */
import type { TrainedReference } from './node-signals.ts'

/** The address of a manifest whose files lie in this page. */
export function publishTrained({ manifest, files }: TrainedReference): string {
  const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const addresses = new Map(files.map(([name, base64]) => [name, URL.createObjectURL(new Blob([bytesOf(base64)]))]))
  const located = JSON.stringify(manifest).replaceAll(
    /"url":"([^"]+)"/g,
    (_, name: string) => `"url":"${addresses.get(name)!}"`,
  )
  return URL.createObjectURL(new Blob([located], { type: 'application/json' }))
}
