/** How recognition says that a graph is not the network: never seen by users as an error. */

/** Ends recognition. The message completes the sentence "the graph is not a PatchTST: …". */
export class Unrecognised extends Error {
  override readonly name = 'Unrecognised'
}
