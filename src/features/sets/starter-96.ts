/** A first model's inputs. */
export const starter96: readonly string[] = []
