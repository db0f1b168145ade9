/** JSON Merge Patch (RFC 7396): objects merge, arrays and values replace, `null` deletes. */

type JsonObject = { readonly [field: string]: unknown }

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The target after the patch; neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  // A map, because a plain object would take the key `__proto__` for something else.
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

/** The patch that leads from one object to the other. */
export function diffPatch(before: JsonObject, after: JsonObject): Record<string, unknown> {
  const patch = new Map<string, unknown>()
  for (const key of Object.keys(before)) if (after[key] === undefined && before[key] !== undefined) patch.set(key, null)
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined
    if (value === undefined) continue
    if (isObject(old) && isObject(value)) {
      const inner = diffPatch(old, value)
      if (Object.keys(inner).length > 0) patch.set(key, inner)
    } else if (JSON.stringify(old) !== JSON.stringify(value)) patch.set(key, value)
  }
  return Object.fromEntries(patch)
}
