/** One symbol's signals, from a scheduler, for as long as somebody looks. */
import { reasonOf } from '../core/errors.ts'
import { SignalScheduler } from '../engine/scheduler/index.ts'
import type { BarHistory, ScheduledEngine, SchedulerOptions, Signal } from '../index.ts'
import { wakeWithPage } from '../wake-with-page.ts'

/** An engine that may tell what people must know of its model. */
export interface ShownEngine extends ScheduledEngine {
  readonly info: ScheduledEngine['info'] & { readonly model: { readonly notice?: string | undefined } }
}

/** How an element's scheduler keeps time; defaults as in `SchedulerOptions`. */
export type Timing = Pick<SchedulerOptions, 'settleMs' | 'fetchMs' | 'maxBackOffMs' | 'clock'>

/** What is looked at. */
export interface Watched {
  readonly engine: ShownEngine
  readonly source: BarHistory
  readonly symbol: string | undefined
  readonly timing: Timing | undefined
}

/** What there is to say about a bar. */
export interface News {
  readonly signal?: Signal | undefined
  readonly problem?: string | undefined
  readonly waiting?: string | undefined
}

/**
 * Watches the symbol; what goes wrong is news too.
 *
 * @param onSignal told about every signal worth acting on, after the news of it
 * @returns ends it
 */
export function watch(
  { engine, source, symbol, timing }: Watched,
  onNews: (news: News) => void,
  onSignal: (signal: Signal) => void,
): () => void {
  const chosen = symbol ?? (source.symbols.length === 1 ? source.symbols[0] : undefined)
  if (chosen === undefined) {
    onNews({ problem: `choose a symbol. The source has: ${source.symbols.join(', ')}.` })
    return () => {}
  }
  try {
    const scheduler = new SignalScheduler({
      ...timing,
      engines: engine,
      source,
      symbols: [chosen],
      onSignal,
      onRecord: ({ status, signal, reason }) => {
        if (status === 'error') onNews({ problem: reason ?? 'the bar failed.' })
        else if (status === 'skipped') onNews({ waiting: 'The engine warms up.' })
        else if (signal !== undefined) onNews({ signal })
      },
    })
    scheduler.start()
    const sleepOn = wakeWithPage(scheduler)
    return () => {
      sleepOn()
      void scheduler.stop()
    }
  } catch (error) {
    onNews({ problem: reasonOf(error) })
    return () => {}
  }
}
