/** `returns4-logits12-risk4`: four returns, four times three logits, four risks. */
import { bySide, expectation, type LayoutFamily, needFourHorizons, riskAt } from './family.ts'

/** Softmax of three logits, safe against overflow. */
function softmax(a: number, b: number, c: number): readonly number[] {
  const top = Math.max(a, b, c)
  const [x, y, z] = [Math.exp(a - top), Math.exp(b - top), Math.exp(c - top)]
  const sum = x + y + z
  return [x / sum, y / sum, z / sum]
}

/** The reference layout. */
export const returnsLogitsRisk: LayoutFamily = {
  id: 'returns4-logits12-risk4',
  twoClasses: false,
  check: needFourHorizons,
  parts: () => [
    { name: 'returns', from: 0, to: 4 },
    { name: 'logits', from: 4, to: 16 },
    { name: 'risk', from: 16, to: 20 },
  ],
  read: (row, { horizons, classOrder }) => ({
    horizons: horizons.map((horizon, i) => {
      const at = 4 + 3 * i
      const probabilities = bySide(softmax(row[at]!, row[at + 1]!, row[at + 2]!), classOrder)
      return expectation(horizon, probabilities, row[i])
    }),
    risk: riskAt(row, 16),
  }),
}
