/** Edits of foreign sources, which must be noticed when the sources change. */

/**
 * The text with each `[found, instead]` of `edits` carried out, in order.
 *
 * @throws Error when a text is not there exactly once.
 */
export function replaceOnce(text, edits, name) {
  let edited = text
  for (const [found, instead] of edits) {
    const parts = edited.split(found)
    if (parts.length !== 2)
      throw new Error(
        `${name} contains ${JSON.stringify(found)} ${parts.length - 1} times, not once: ` +
          'ONNX Runtime no longer has the form this build expects; look at scripts/build/universal-runtime.mjs',
      )
    edited = parts.join(instead)
  }
  return edited
}
