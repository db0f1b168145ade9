/** Hands something that was made here to the browser as a download. */
import { make } from './dom.ts'

/** Saves bytes under a name that carries the day: `name-2024-03-01.ending`. */
export function save(blob: Blob, name: string, ending: string): void {
  const href = URL.createObjectURL(blob)
  make('a', { href, download: `${name}-${new Date().toISOString().slice(0, 10)}.${ending}` }).click()
  // The browser reads the address when the download begins, which may be after the click.
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}
