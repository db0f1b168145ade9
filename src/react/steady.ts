/** Values that keep their identity from render to render. */
import { type RefObject, useEffect, useRef, useState } from 'react'

/** The value as it was first given, for as long as those that follow are the same. */
export function useSteady<T>(value: T, same: (kept: T, value: T) => boolean): T {
  const [kept, keep] = useState(() => value)
  if (same(kept, value)) return kept
  keep(() => value)
  return value
}

/** The newest value, for what runs after rendering. Use it before the effects that read it. */
export function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  })
  return latest
}
