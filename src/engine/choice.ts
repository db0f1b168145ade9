/** How an engine came to run the way it does: the facts, and one sentence for people. */
import {
  type Candidates,
  choose,
  type Configuration,
  type FailedCandidate,
  type Measurement,
  nameOf,
  sameConfiguration,
} from '../inference/calibrate.ts'

/** How a configuration was found: named by the options, the only one there is, or by measuring, now or earlier. */
export type ChoiceOrigin = 'forced' | 'only-candidate' | 'remembered' | 'measured' | 'default'

/** What an engine runs on, and why. */
export interface EngineChoice extends Configuration {
  /** `default` where nothing was measured yet, or nothing could be. */
  readonly how: ChoiceOrigin
  /** One sentence for people. */
  readonly reason: string
  /** What was measured: from the close of a candle to the answers for all symbols, in ms. */
  readonly measured: readonly Measurement[]
  /** What could not be measured, and why. */
  readonly tried: readonly FailedCandidate[]
  /** When it was measured, as an ISO time. */
  readonly at?: string | undefined
}

/** What a calibration found. */
export interface Calibration {
  readonly choice: EngineChoice
  /** Whether the engine runs on something else than before. */
  readonly moved: boolean
}

/** How far a calibration is. */
export interface CalibrationProgress {
  /** What is measured now. */
  readonly configuration: Configuration
  /** Candidates that are done, of {@link CalibrationProgress.total}. */
  readonly completed: number
  readonly total: number
}

/** Limits, cancellation and progress of a calibration. */
export interface CalibrateOptions {
  /** Symbols that come due at one candle close. Default: those of the engine's options. */
  readonly symbols?: number | undefined
  /** Time for all measuring together, in ms, not counting pauses for live calls. Default 6,000. */
  readonly budgetMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: CalibrationProgress) => void) | undefined
}

const unmeasured = { measured: [], tried: [] } as const

/** A choice that no measuring led to. */
export function plainChoice(
  configuration: Configuration,
  how: Exclude<ChoiceOrigin, 'measured' | 'remembered'>,
  reason: string,
): EngineChoice {
  const { backend, threads, workers } = configuration
  return { backend, threads, workers, how, reason, ...unmeasured }
}

/** The choice of an engine that runs in one thread: it has none. */
export function localChoice(
  running: Configuration,
  { backends, threads }: { readonly backends?: unknown; readonly threads?: unknown },
): EngineChoice {
  if (backends !== undefined && threads !== undefined) return plainChoice(running, 'forced', namedByOptions)
  return plainChoice(running, 'only-candidate', 'The engine runs in the thread that called it.')
}

/** Why an engine runs as its options say. */
export const namedByOptions = 'The options name it.'

/** The choice where there is nothing to choose. */
export function onlyChoice(configuration: Configuration, { ruledOut }: Pick<Candidates, 'ruledOut'>): EngineChoice {
  const reason =
    ruledOut.length === 0
      ? 'The options leave nothing else to measure.'
      : `There is nothing else to measure: ${ruledOut.join('; ')}.`
  return plainChoice(configuration, 'only-candidate', reason)
}

/**
 * The choice that measurements lead to. What runs now stays where the simplest candidate, the first one, could not be
 * measured: nothing tells then what the others are worth.
 */
export function measuredChoice(
  running: Configuration,
  outcomes: readonly (Measurement | FailedCandidate)[],
  at: string,
): EngineChoice {
  const measured = outcomes.filter((outcome): outcome is Measurement => 'medianMs' in outcome)
  const tried = outcomes.filter((outcome): outcome is FailedCandidate => 'reason' in outcome)
  const [simplest] = outcomes
  const best = choose(measured)
  if (best === undefined || simplest === undefined || !('medianMs' in simplest)) {
    const problem =
      tried[0] === undefined ? '' : `: ${nameOf(tried[0])} could not be measured, because ${tried[0].reason}`
    return { ...plainChoice(running, 'default', `Nothing was compared${problem}.`), measured, tried }
  }
  const { backend, threads, workers } = best
  return { backend, threads, workers, how: 'measured', reason: reasonFor(best, measured), measured, tried, at }
}

/** A measured choice, found again later. */
export function rememberedChoice(choice: EngineChoice): EngineChoice {
  return { ...choice, how: 'remembered' }
}

function reasonFor(best: Measurement, measured: readonly Measurement[]): string {
  const { symbols, medianMs } = best
  const due = `${symbols} symbol${symbols === 1 ? '' : 's'}`
  const took = `${nameOf(best)} took ${inWords(medianMs)} for ${due}`
  const others = measured.filter((one) => !sameConfiguration(one, best))
  if (others.length === 0) return `${took}; nothing else could be measured.`
  const next = others.reduce((a, b) => (b.medianMs < a.medianMs ? b : a))
  const rival = `${nameOf(next)} took ${inWords(next.medianMs)}`
  return next.medianMs < medianMs ? `${took}; ${rival}, which is not worth the effort.` : `${took}; ${rival}.`
}

const inWords = (timeMs: number): string => `${timeMs < 10 ? timeMs.toFixed(2) : timeMs.toFixed(0)} ms`
