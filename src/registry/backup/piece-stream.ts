/** A stream whose pieces are made when they are asked for, so that nothing piles up. */

/** The stream of a generator. What the generator throws is what the reader of the stream gets. */
export function streamOf(pieces: AsyncGenerator<Uint8Array, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await pieces.return()
      },
    },
    // Nothing is read ahead: reading is work, and its end is what counts as completion.
    { highWaterMark: 0 },
  )
}
