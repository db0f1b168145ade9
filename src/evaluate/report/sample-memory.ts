/** A model's figures of every sample of a bootstrap, kept so that comparisons of the same samples need not measure them again. */
import type { BootstrapPlan, Statistics } from '../bootstrap/block-bootstrap.ts'
import type { SampleStatistics } from './horizon-statistics.ts'

/** The figures of one horizon's samples, in the order in which the plan draws them. */
interface Remembered {
  /** The plan in writing: another one draws other samples. */
  readonly plan: string
  readonly samples: Statistics[]
}

/** Remembers one model's samples. Its rows must be the same wherever it is used. */
export class SampleMemory {
  readonly #horizons = new Map<string, Remembered>()

  /** Statistics that are remembered as they are measured. */
  recording(horizon: string, plan: BootstrapPlan, statistics: SampleStatistics): SampleStatistics {
    const samples: Statistics[] = []
    this.#horizons.set(horizon, { plan: JSON.stringify(plan), samples })
    return (places, moments) => {
      const measured = statistics(places, moments)
      samples.push(measured)
      return measured
    }
  }

  /** Statistics that are remembered where they can be, and measured where not. */
  recalling(horizon: string, plan: BootstrapPlan, statistics: SampleStatistics): SampleStatistics {
    const remembered = this.#horizons.get(horizon)
    if (remembered?.plan !== JSON.stringify(plan)) return statistics
    let next = 0
    return (places, moments) => remembered.samples[next++] ?? statistics(places, moments)
  }
}
