/** JSON Merge Patch (RFC 7396): objects merge, arrays and values replace, `null` deletes. */
import { isJsonObject } from '../json-copy.ts'

type JsonObject = { readonly [field: string]: unknown }

// A map, because every plain object has a `constructor` and a `__proto__` that nobody put there.
const fieldsOf = (value: JsonObject): Map<string, unknown> =>
  new Map(Object.entries(value).filter(([, field]) => field !== undefined))

/** The target after the patch; neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch
  const merged = isJsonObject(target) ? fieldsOf(target) : new Map<string, unknown>()
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

/** The patch that leads from one object to the other. A `null` that is new cannot be told by a patch. */
export function diffPatch(before: JsonObject, after: JsonObject): Record<string, unknown> {
  const patch = new Map<string, unknown>()
  const [olds, news] = [fieldsOf(before), fieldsOf(after)]
  for (const key of olds.keys()) if (!news.has(key)) patch.set(key, null)
  for (const [key, value] of news) {
    const old = olds.get(key)
    if (isJsonObject(old) && isJsonObject(value)) {
      const inner = diffPatch(old, value)
      if (Object.keys(inner).length > 0) patch.set(key, inner)
    } else if (JSON.stringify(old) !== JSON.stringify(value)) patch.set(key, value)
  }
  return Object.fromEntries(patch)
}
