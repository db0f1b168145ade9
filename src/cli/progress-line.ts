/** One line on a terminal that says how far long work is. Silent where nobody watches. */
import type { EngineProgress } from '../engine/core.ts'

/** A progress line on stderr. */
export interface ProgressLine {
  readonly show: (progress: EngineProgress) => void
  /** Says what is done, and the share of it that is done, 0 to 1. */
  readonly tell: (doing: string, share: number) => void
  /** Removes the line, so that output can follow. */
  readonly clear: () => void
}

const words: Readonly<Record<EngineProgress['phase'], string>> = {
  manifest: 'Reading the manifest',
  download: 'Reading the model',
  verify: 'Verifying the model',
  store: 'Storing the model',
  session: 'Compiling the model',
  warmup: 'Warming up',
  features: 'Computing features',
  inference: 'Running the model',
}

/** Makes a progress line. */
export function progressLine(): ProgressLine {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => undefined, tell: () => undefined, clear: () => undefined }
  const write = (text: string): void => {
    stderr.write(`\r\u001B[K${text}`)
  }
  return {
    show: ({ phase, loaded, total }) => {
      const share = total > 0 ? ` ${Math.floor((100 * loaded) / total)} %` : ''
      write(`${words[phase]}${share}`)
    },
    tell: (doing, share) => write(`${doing} ${Math.floor(100 * share)} %`),
    clear: () => write(''),
  }
}
