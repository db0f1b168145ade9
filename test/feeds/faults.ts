/** What goes wrong at exchanges and on the way from them, as data. */
import fc from 'fast-check'

/** Faults of one answer to a request for rows. */
export const answerFaults = [
  'drop-one',
  'drop-run',
  'empty',
  'duplicate',
  'contradict',
  'reorder',
  'nan',
  'high-below-low',
  'negative-volume',
  'zero-price',
  'off-grid',
  'future',
  'short-row',
  'stale',
  'slow',
  'reset',
  'http-429',
  'http-418',
  'http-500',
  'http-503',
  'error-json',
  'html',
  'html-503',
  'cut-json',
] as const
export type AnswerFault = (typeof answerFaults)[number]

/** Faults of one message of the stream. */
export const messageFaults = [
  'drop',
  'duplicate',
  'reorder',
  'late',
  'nan',
  'high-below-low',
  'negative-volume',
  'zero-price',
  'off-grid',
  'future',
  'garbage',
  'close',
  'cut',
  'silence',
] as const
export type MessageFault = (typeof messageFaults)[number]

/** A script: a fault, then so many healthy answers; from the start again at its end. */
export interface Script<F> {
  readonly faults: readonly { readonly fault: F; readonly calm: number }[]
}

/** Plays a script; each symbol has its own place in it. */
export class Player<F> {
  readonly #sequence: readonly (F | undefined)[]
  readonly #places = new Map<string, number>()

  constructor(script: Script<F>) {
    this.#sequence = script.faults.flatMap(({ fault, calm }) => [
      fault,
      ...Array.from({ length: calm }, () => undefined),
    ])
  }

  /** The fault of a symbol's next answer. */
  next(symbol: string): F | undefined {
    if (this.#sequence.length === 0) return undefined
    const place = this.#places.get(symbol) ?? 0
    this.#places.set(symbol, place + 1)
    return this.#sequence[place % this.#sequence.length]
  }
}

/** Scripts of any faults, with at least `calm` healthy answers between two. */
export const scriptOf = <F>(kinds: readonly F[], calm: { min: number; max: number }): fc.Arbitrary<Script<F>> =>
  fc.record({
    faults: fc.array(fc.record({ fault: fc.constantFrom(...kinds), calm: fc.integer(calm) }), {
      minLength: 4,
      maxLength: 40,
      size: 'max',
    }),
  })
