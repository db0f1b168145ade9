/** Samples of a series, made of blocks of neighbours so that what hangs together stays together. */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Where blocks may begin: anywhere, going on at the start of the series after its end, or only where they fit. */
export type BlockKind = 'circular' | 'moving'

/** How samples are drawn. */
export interface BlockPlan {
  readonly kind: BlockKind
  /** Moments of the series. */
  readonly length: number
  /** Moments of a block. */
  readonly blockLength: number
}

/** Blocks that a sample takes; the last one is cut. */
export function blocksOf({ length, blockLength }: BlockPlan): number {
  return Math.ceil(length / blockLength)
}

/** Draws where the blocks of one sample after another begin; the same seed draws the same. */
export function drawStarts(plan: BlockPlan, seed: number): () => Int32Array {
  const random = xoroshiro128plus(seed)
  const last = plan.kind === 'circular' ? plan.length - 1 : plan.length - plan.blockLength
  const starts = new Int32Array(blocksOf(plan))
  return () => {
    for (let i = 0; i < starts.length; i++) starts[i] = uniformInt(random, 0, last)
    return starts
  }
}

/** The moments of a sample whose blocks begin at `starts`, as many as the series has. */
export function momentsFrom(
  starts: ArrayLike<number>,
  { length, blockLength }: BlockPlan,
  into: Int32Array,
): Int32Array {
  for (let at = 0, block = 0; at < length; block++) {
    let moment = starts[block]!
    for (let i = 0; i < blockLength && at < length; i++) {
      into[at++] = moment++
      if (moment === length) moment = 0
    }
  }
  return into
}

/** The rows of moments, each moment's together; `starts` tells where those of each begin. */
export function rowsFrom(moments: Int32Array, starts: Int32Array, into: Int32Array): Int32Array {
  let count = 0
  for (let i = 0; i < moments.length; i++) {
    const moment = moments[i]!
    for (let row = starts[moment]!; row < starts[moment + 1]!; row++) into[count++] = row
  }
  return into.subarray(0, count)
}

/**
 * The block length where nobody says otherwise: the cube root of the moments, rounded up (the rate of Künsch 1989 and of Hall,
 * Horowitz and Jing 1995), and at least twice the moments that an outcome takes.
 *
 * @param overlap moments that one outcome spans; 1 where outcomes do not overlap
 */
export function defaultBlockLength(moments: number, overlap: number = 1): number {
  // The root of 1000 must not become 11 by rounding.
  const root = Math.ceil(Math.cbrt(moments) - 1e-9)
  return Math.max(root, overlap > 1 ? 2 * overlap : 1, 1)
}
