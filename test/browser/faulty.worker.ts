/** The package's worker with faults that a test can trigger: it throws, or it never answers again, now or at a later call. */
import 'candlewick/worker'

type Fault = 'crash' | 'hang'

/** What a test may send: a fault to have now, or the call at whose arrival to have it. */
type Order = Fault | { readonly fault: Fault; readonly at: string; readonly nth?: number }

let due: { readonly fault: Fault; readonly at: string; left: number } | undefined

function fail(fault: Fault): void {
  if (fault === 'crash') throw new Error('the worker met its end')
  for (let turns = 0; ;) turns++
}

/** The name of the call in a message of comlink. */
const callIn = (data: unknown): string | undefined => (data as { readonly path?: readonly string[] } | null)?.path?.[0]

self.addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if (data === 'crash' || data === 'hang') fail(data)
  else if (typeof data === 'object' && 'fault' in data) due = { ...data, left: data.nth ?? 1 }
  else if (due !== undefined && callIn(data) === due.at && --due.left === 0) fail(due.fault)
})
