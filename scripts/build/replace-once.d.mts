/** The text with each `[found, instead]` carried out, in order. */
export function replaceOnce(text: string, edits: readonly (readonly [string, string])[], name: string): string
