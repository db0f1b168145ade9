/** The last moments in which a page may write: it may be stopped, or ended without a word, once it is out of sight. */

/** Calls back whenever the page may be about to end; what is returned ends that. */
export type WatchHiding = (call: () => void) => () => void

/**
 * Watches `visibilitychange` and `pagehide`. Workers and Node have neither, and nothing is watched there.
 *
 * In the capturing phase: a store closes its connection at `pagehide`, and what is begun before that is still finished.
 */
export const watchPageHiding: WatchHiding = (call) => {
  if (typeof document === 'undefined' || typeof addEventListener === 'undefined') return () => undefined
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') call()
  }
  document.addEventListener('visibilitychange', hidden, { capture: true })
  addEventListener('pagehide', call, { capture: true })
  return () => {
    document.removeEventListener('visibilitychange', hidden, { capture: true })
    removeEventListener('pagehide', call, { capture: true })
  }
}
