/** Cancellation: the caller's reason is thrown untouched. */

/** Throws the signal's reason if it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted()
}

/** Settles as `work` does, unless the signal aborts first: then it rejects with the signal's reason. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Lets timers, messages and painting go on between two pieces of long work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

/** A controller that aborts with others, until it is let go. */
export interface LinkedController {
  readonly controller: AbortController
  /** Lets go of the signals that it follows: they may live much longer. */
  readonly unlink: () => void
}

/** A controller that aborts, for the same reason, as soon as one of the signals does. */
export function linkedController(...signals: readonly (AbortSignal | undefined)[]): LinkedController {
  const controller = new AbortController()
  const unlinks = signals.map((signal) => {
    const follow = (): void => controller.abort(signal?.reason)
    if (signal?.aborted === true) follow()
    signal?.addEventListener('abort', follow, { once: true })
    return () => signal?.removeEventListener('abort', follow)
  })
  return { controller, unlink: () => unlinks.forEach((unlink) => unlink()) }
}
