/** `regression`: one return for each horizon; the probabilities come from how far the model is usually off. */
import { normalTail } from '../normal.ts'
import type { Probabilities } from '../prediction.ts'
import { expectation, type LayoutFamily, refuse } from './family.ts'

const defaultBand = 0.001

/**
 * With an error that is normal around 0, the return is normal around the prediction. So
 * P(LONG) = P(return > band) = Q((band - prediction) / std), P(SHORT) = P(return < -band) = Q((band + prediction) / std),
 * where Q is the upper tail of the standard normal distribution, and NEUTRAL is the rest.
 */
function probabilitiesOf(prediction: number, std: number, band: number): Probabilities {
  const [LONG, SHORT] = [normalTail((band - prediction) / std), normalTail((band + prediction) / std)]
  return { LONG, SHORT, NEUTRAL: Math.max(1 - (LONG + SHORT), 0) }
}

/** Any model of returns. */
export const regression: LayoutFamily = {
  id: 'regression',
  twoClasses: false,
  check: ({ horizons, residualStd, neutralBand = defaultBand }) => {
    const fits = residualStd?.length === horizons.length && residualStd.every((std) => Number.isFinite(std) && std > 0)
    if (!fits)
      refuse(
        'outputLayout.residualStd',
        `${horizons.length} positive number(s), the standard deviation of the model's error for each horizon`,
        residualStd === undefined ? 'nothing' : residualStd.join(', '),
      )
    if (!(Number.isFinite(neutralBand) && neutralBand >= 0))
      refuse('outputLayout.neutralBand', 'a number from 0', String(neutralBand))
  },
  parts: ({ horizons }) => [{ name: 'returns', from: 0, to: horizons.length }],
  read: (row, { horizons, residualStd = [], neutralBand = defaultBand }) => ({
    horizons: horizons.map((horizon, i) =>
      expectation(horizon, probabilitiesOf(row[i]!, residualStd[i]!, neutralBand), row[i]),
    ),
  }),
}
