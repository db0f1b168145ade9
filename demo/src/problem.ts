/** What went wrong, in words for the person in front of the page, with what they can do. */
import { type ErrorCode, isCandlewickError } from 'candlewick'

/** Something the user can do about a failure. */
export type Action = 'retry' | 'restart' | 'choose-file' | 'fill-gaps' | 'simulate' | 'use-wasm'

/** A failure as the page shows it. */
export interface Problem {
  readonly title: string
  readonly message: string
  readonly remedy: string
  readonly actions: readonly Action[]
}

/** A failure of the page itself, not of the package: a file that is no text, candles of another timeframe. */
export class PageError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

type Advice = Omit<Problem, 'message'>

const corrected: Advice = {
  title: 'These candles cannot be used',
  remedy: 'Correct the data and load it again, or look at the simulated market.',
  actions: ['choose-file', 'simulate'],
}

const again: Advice = {
  title: 'The engine stopped',
  remedy: 'Start it again; the candles are still here.',
  actions: ['restart'],
}

const publisher: Advice = {
  title: 'The model was refused',
  remedy: 'Nothing of it was used. Try again; if it stays, the published files are wrong.',
  actions: ['retry'],
}

const advice: { readonly [C in ErrorCode]?: Advice } = {
  'csv/invalid': { ...corrected, title: 'The CSV file has a mistake' },
  'candle/invalid': corrected,
  'candle/off-grid': corrected,
  'candle/out-of-order': corrected,
  'candle/gap': { ...corrected, actions: ['fill-gaps', 'choose-file', 'simulate'] },
  'engine/not-ready': {
    title: 'Too few candles',
    remedy: 'Load a longer history: indicators look far back.',
    actions: ['choose-file', 'simulate'],
  },
  'model/integrity': { ...publisher, title: 'The model file is damaged' },
  'model/manifest-invalid': publisher,
  'model/contract': publisher,
  'model/feature-mismatch': publisher,
  'model/unloadable': publisher,
  'model/not-found': publisher,
  'store/quota-exceeded': {
    title: 'No room for the model',
    remedy: 'Free some space on this device or in this browser, then try again.',
    actions: ['retry'],
  },
  'backend/unavailable': {
    title: 'No backend can run the model',
    remedy: 'WebAssembly runs in every current browser; update this one if it does not.',
    actions: ['use-wasm', 'retry'],
  },
  'inference/failed': { ...again, title: 'The model failed to run', actions: ['restart', 'use-wasm'] },
  'inference/non-finite': { ...again, title: 'The model gave no number', actions: ['restart', 'use-wasm'] },
  'worker/crashed': again,
  'backend/lost': { ...again, title: 'The graphics card was lost', actions: ['restart', 'use-wasm'] },
  'worker/timeout': { ...again, title: 'The engine gave no answer in time' },
}

const notFetched = (): Advice =>
  navigator.onLine
    ? {
        title: 'The model could not be fetched',
        remedy: 'Check the connection, then try again.',
        actions: ['retry'],
      }
    : {
        title: 'You are offline and this device has no model yet',
        remedy: 'Connect once to fetch the model; later visits work without a network.',
        actions: ['retry'],
      }

/** The words for anything that was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof PageError) return thrown.problem
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (isCandlewickError(thrown)) {
    const found = thrown.code === 'model/download-failed' ? notFetched() : advice[thrown.code]
    const gap = isCandlewickError(thrown, 'csv/invalid') && isCandlewickError(thrown.cause, 'candle/gap')
    if (found !== undefined)
      return { ...found, message, actions: gap ? ['fill-gaps', ...found.actions] : found.actions }
  }
  return {
    title: 'Something went wrong',
    message,
    remedy: 'Try again; if it stays, reload the page.',
    actions: ['retry'],
  }
}
