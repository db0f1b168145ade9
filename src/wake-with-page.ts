/** A page that comes back looks at once whether a bar has closed meanwhile. */
import type { SignalScheduler } from './engine/scheduler/index.ts'

/**
 * Wakes a scheduler when the page becomes visible, comes back from a freeze or from the page cache, and when the device is
 * online again.
 *
 * @returns ends it
 */
export function wakeWithPage(scheduler: Pick<SignalScheduler, 'wake'>): () => void {
  const leaving = new AbortController()
  const { signal } = leaving
  const wake = (): void => scheduler.wake()
  const wakeWhenVisible = (): void => {
    if (document.visibilityState === 'visible') wake()
  }
  document.addEventListener('visibilitychange', wakeWhenVisible, { signal })
  document.addEventListener('resume', wake, { signal })
  window.addEventListener('pageshow', wake, { signal })
  window.addEventListener('online', wake, { signal })
  return () => leaving.abort()
}
