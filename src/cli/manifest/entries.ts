/** Entries of a manifest from files that leave the sizes and hashes to be filled in. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { readText } from '../read-text.ts'
import { readBytes } from '../whole-files.ts'

type Json = Readonly<Record<string, unknown>>

const ending = '.entry.json'

// Pieces of this size are what the registry downloads and keeps.
const pieceBytes = 4_194_304

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function wrong(path: string, field: string, expected: string, actual: string): never {
  throw new CandlewickError('model/manifest-invalid', { path: `${path}: $.${field}`, expected, actual })
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function pieces(bytes: Uint8Array): Json {
  if (bytes.byteLength <= pieceBytes) return {}
  const count = Math.ceil(bytes.byteLength / pieceBytes)
  const hash = (_: unknown, i: number): string => sha256(bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes))
  return { chunkSize: pieceBytes, chunkSha256: Array.from({ length: count }, hash) }
}

/** Fills in files named by one entry. */
class EntryFiles {
  readonly #path: string
  readonly #target: string

  constructor(path: string, target: string) {
    this.#path = path
    this.#target = target
  }

  /** A file with its size and hash. What is stated already must be true; what lies elsewhere must be stated. */
  async fill(value: unknown, field: string): Promise<Json> {
    if (!isObject(value) || typeof value['url'] !== 'string')
      return wrong(this.#path, field, 'an object with a url', JSON.stringify(value) ?? 'nothing')
    const { url } = value
    if (URL.canParse(url)) {
      if (value['size'] === undefined || value['sha256'] === undefined)
        return wrong(this.#path, field, 'size and sha256, because the file lies elsewhere', 'a url alone')
      return value
    }
    const place = resolve(dirname(this.#path), this.#decoded(url, field))
    const bytes = await readBytes(place)
    const found = { size: bytes.byteLength, sha256: sha256(bytes) }
    for (const what of ['size', 'sha256'] as const) {
      const stated = value[what]
      if (stated === undefined || stated === found[what]) continue
      const expected = typeof stated === 'string' ? stated : JSON.stringify(stated)
      throw new CandlewickError('model/integrity', { url: place, what, expected, actual: String(found[what]) })
    }
    return { ...value, url: this.#addressFrom(place), ...found, ...(field === 'artifact' && pieces(bytes)) }
  }

  async fillAll(value: unknown, field: string, file: (item: unknown, at: string) => Promise<Json>): Promise<Json[]> {
    if (!Array.isArray(value)) return wrong(this.#path, field, 'a list', JSON.stringify(value) ?? 'nothing')
    const filled: Json[] = []
    for (const [i, item] of value.entries()) filled.push(await file(item, `${field}[${i}]`))
    return filled
  }

  #decoded(url: string, field: string): string {
    try {
      return decodeURIComponent(url.split(/[?#]/u, 1).join(''))
    } catch {
      return wrong(this.#path, field, 'a relative address', url)
    }
  }

  /** The address of a file as the manifest will name it: from its own place on. */
  #addressFrom(place: string): string {
    return relative(dirname(resolve(this.#target)), place)
      .split(sep)
      .map(encodeURIComponent)
      .join('/')
  }
}

/** Reads one file of an entry and fills in its files. */
async function readEntry(path: string, target: string): Promise<Json> {
  let json: unknown
  try {
    json = JSON.parse(await readText(path))
  } catch (cause) {
    if (cause instanceof CandlewickError) throw cause
    throw new CandlewickError('file/unreadable', { path, reason: reasonOf(cause) }, { cause })
  }
  if (!isObject(json)) return wrong(path, '', 'an object', 'something else')
  const files = new EntryFiles(path, target)
  const { golden } = json
  let artifact = await files.fill(json['artifact'], 'artifact')
  if (artifact['externalData'] !== undefined) {
    const weights = await files.fillAll(artifact['externalData'], 'artifact.externalData', (item, at) =>
      files.fill(item, at),
    )
    artifact = { ...artifact, externalData: weights }
  }
  const runs = async (item: unknown, at: string): Promise<Json> =>
    isObject(item) ? { ...item, input: await files.fill(item['input'], `${at}.input`) } : files.fill(item, at)
  return {
    ...json,
    artifact,
    scaler: await files.fill(json['scaler'], 'scaler'),
    ...(golden !== undefined && { golden: await files.fillAll(golden, 'golden', runs) }),
  }
}

/** The paths of all entries in a folder, by name. */
export async function entriesIn(folder: string): Promise<string[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (cause) {
    throw new CandlewickError('file/unreadable', { path: folder, reason: reasonOf(cause) }, { cause })
  }
  const found = names.filter((name) => name.endsWith(ending)).sort()
  if (found.length === 0)
    throw new CandlewickError('file/unreadable', { path: folder, reason: `it has no file that ends with ${ending}` })
  return found.map((name) => join(folder, name))
}

/**
 * Reads entries and fills in the sizes, the hashes and the addresses of their files.
 *
 * @param target where the manifest will stand, because addresses start there
 * @throws `file/unreadable`, `model/manifest-invalid`, and `model/integrity` for a stated size or hash that is not true
 */
export async function readEntries(paths: readonly string[], target: string): Promise<Json[]> {
  const entries: Json[] = []
  for (const path of paths) entries.push(await readEntry(path, target))
  return entries
}
