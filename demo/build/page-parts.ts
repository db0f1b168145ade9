/** Lets pages share markup: a page names a part and fills its slots, and is built with the part in its place. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const uses = /<!-- part (\S+) -->([\s\S]*?)<!-- end part -->/g
const fills = /<!-- fill (\S+) -->([\s\S]*?)(?=<!-- fill |$)/g
const slots = /<!-- slot (\S+) -->/g

/**
 * A page with its parts: `<!-- part file -->`, then `<!-- fill slot -->` before what goes into that slot of the part, then
 * `<!-- end part -->`. A slot that is not filled stays empty.
 *
 * @throws Error where a part has no slot of that name
 */
export function withParts(page: string, read: (file: string) => string): string {
  return page.replace(uses, (_use, file: string, own: string) => {
    const given = new Map<string, string>()
    for (const [, slot = '', markup = ''] of own.matchAll(fills)) given.set(slot, markup.trim())
    const part = read(file).replace(slots, (_slot, name: string) => {
      const markup = given.get(name) ?? ''
      given.delete(name)
      return markup
    })
    if (given.size > 0) throw new Error(`${file} has no slot "${[...given.keys()].join('", "')}".`)
    return part
  })
}

/** Puts the parts of a folder into pages. */
export function pageParts(folder: string): Plugin {
  return {
    name: 'page-parts',
    transformIndexHtml: {
      order: 'pre',
      handler: (page) => withParts(page, (file) => readFileSync(join(folder, file), 'utf8')),
    },
  }
}
