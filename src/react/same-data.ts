/** Whether options mean the same, although they were written anew. */

/** What counts of a value: functions and signals are no data. */
const dataOf = (value: unknown): unknown =>
  typeof value === 'function' || value instanceof AbortSignal ? undefined : value

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || ArrayBuffer.isView(value) || prototype === Object.prototype || prototype === null
}

/**
 * Whether two values hold the same plain data, at every depth. Functions and abort signals are left out; an entry that is
 * `undefined` counts as absent; class instances are the same only where they are one.
 */
export function sameData(left: unknown, right: unknown): boolean {
  const [a, b] = [dataOf(left), dataOf(right)]
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false
  const [entries, others] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))]
  return [...new Set([...entries.keys(), ...others.keys()])].every((key) => sameData(entries.get(key), others.get(key)))
}

/** Whether two lists of things by name hold the very same things. */
export function sameThings<T>(
  left: Readonly<Record<string, T>> | undefined,
  right: Readonly<Record<string, T>> | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right
  const names = Object.keys(left)
  return names.length === Object.keys(right).length && names.every((name) => Object.is(left[name], right[name]))
}
