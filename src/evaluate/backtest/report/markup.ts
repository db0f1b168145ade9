/** Text that goes into a page: nothing that comes from outside becomes markup. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Markup that may be put into other markup as it is. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: texts are escaped, markup is not, lists are joined. */
export type Part = string | number | Markup | readonly Part[]

function written(part: Part): string {
  if (typeof part === 'object') return part instanceof Markup ? part.text : part.map(written).join('')
  return String(part).replaceAll(/[&<>"']/g, (character) => entities[character]!)
}

/** Markup from a template. Whatever is put in is escaped, unless it is markup itself. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(literals.reduce((text, literal, i) => text + written(parts[i - 1]!) + literal))
}
