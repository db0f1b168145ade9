/** When bars are due. Times are ms since the epoch; a bar is named by its open. */

/** The newest bar whose close lies at least `settleMs` back. */
export function newestDueBar(now: number, barMs: number, settleMs: number): number {
  return Math.floor((now - settleMs) / barMs) * barMs - barMs
}

/** When a bar is due: its close and the settle delay have passed. */
export function dueTime(bar: number, barMs: number, settleMs: number): number {
  return bar + barMs + settleMs
}

/** How long a symbol rests after so many failures one after another: twice as long each time. */
export function backOffMs(failures: number, settleMs: number, maxBackOffMs: number): number {
  return Math.min(Math.max(settleMs, 1000) * 2 ** Math.min(failures - 1, 30), maxBackOffMs)
}
