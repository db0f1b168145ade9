/** The file that is tested: one chosen here, or else the one on the chart. */
import type { CandleSeries } from 'candlewick'
import { type Market, readCandleFile } from '../market.ts'

interface Chosen {
  readonly file: File
  readonly histories: readonly CandleSeries[]
  readonly sha256: string | null
}

/** Pages without a secure connection have no hashes. */
async function hashOf(file: File): Promise<string | null> {
  if (!isSecureContext) return null
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** One file at a time. */
export class CandleFile {
  readonly #loaded: () => readonly Market[]
  #chosen: Chosen | undefined
  /** The last one that was to be read, whether or not it could be. */
  #asked: File | undefined

  constructor(loaded: () => readonly Market[]) {
    this.#loaded = loaded
  }

  get name(): string | undefined {
    return this.#chosen?.file.name ?? this.#loaded()[0]?.label
  }

  get histories(): readonly CandleSeries[] {
    return this.#chosen?.histories ?? this.#loaded().map(({ series }) => series)
  }

  /** `null` where it is not known. */
  get sha256(): string | null {
    return this.#chosen?.sha256 ?? null
  }

  /** @throws as `readCandleFile`; what was there before stays */
  async read(file: File, fill: boolean): Promise<void> {
    this.#asked = file
    const histories = await readCandleFile(file, fill ? 'flat' : 'error')
    const sha256 = await hashOf(file)
    // Another one may have been chosen meanwhile.
    if (this.#asked === file) this.#chosen = { file, histories, sha256 }
  }

  /** Reads the same file with gaps filled, or not. */
  async again(fill: boolean): Promise<void> {
    if (this.#asked !== undefined) await this.read(this.#asked, fill)
  }
}
