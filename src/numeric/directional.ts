/** Wilder's directional movement (Wilder 1978, ch. 4): which end of the bar moved further out than the other. */
import type { Kernel } from './kernel.ts'

/** Both movements are the same walk over highs and lows; they differ in which of the two they report. */
function movement(name: string, upward: boolean): Kernel {
  return {
    name,
    arity: 2,
    lookback: () => 1,
    cells: () => 2,
    run: (state, at, _parameters, values, inputs, output, count) => {
      const high = inputs[0]!
      const low = inputs[1]!
      let top = state[at]!
      let bottom = state[at + 1]!
      for (let i = 0; i < count; i++) {
        const up = values[high + i]! - top
        const down = bottom - values[low + i]!
        const own = upward ? up : down
        // A product, because a branch on a coin toss is lost every other time; + 0 takes the sign from zero.
        values[output + i] = own * (Number(own > (upward ? down : up)) & Number(own > 0)) + 0
        top = values[high + i]!
        bottom = values[low + i]!
      }
      state[at] = top
      state[at + 1] = bottom
    },
  }
}

/** The rise of the high where it is positive and exceeds the fall of the low; else 0. Inputs: high, low. */
export const upMovement: Kernel = movement('upMovement', true)

/** The fall of the low where it is positive and exceeds the rise of the high; else 0. Inputs: high, low. */
export const downMovement: Kernel = movement('downMovement', false)
