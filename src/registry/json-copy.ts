/** What is stored must come back the same from every store, every export and every replay: so it is JSON, nothing else. */
import { CandlewickError } from '../core/errors.ts'

/**
 * A deep copy in which fields that are `undefined` are left out.
 *
 * @param path how an error names the value. Default `$`
 * @throws `registry/metadata-invalid` for what JSON cannot say: NaN, infinities, functions, dates, typed arrays …
 */
export function copyJson<T>(value: T, path?: string): T
export function copyJson(value: unknown, path = '$'): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return Array.from(value, (item: unknown, i) => copyJson(item, `${path}[${i}]`))
  if (!isPlain(value)) return refuse(path, value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  // Fields are defined, not assigned: `__proto__` is a name like any other.
  return Object.fromEntries(fields.map(([name, field]) => [name, copyJson(field, `${path}.${name}`)]))
}

/** Whether a value is an object of fields, and no list. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The one JSON text of a value: names sorted by code unit at every depth, no space, `undefined` fields left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = new Map(Object.entries(value).filter(([, field]) => field !== undefined))
  const names = [...fields.keys()].sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(fields.get(name))}`).join(',')}}`
}

/** Objects of other realms pass too; their prototype is another one, but as much the end of its chain. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function refuse(path: string, value: unknown): never {
  const actual = typeof value === 'number' ? String(value) : Object.prototype.toString.call(value)
  throw new CandlewickError('registry/metadata-invalid', { path, expected: 'a JSON value', actual })
}
