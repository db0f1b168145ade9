/** Sets of features as the command line names them. */
import { existsSync } from 'node:fs'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { featureSets, findFeature } from '../features/index.ts'
import { readText } from './read-text.ts'

/** Sets by the names that the command line knows. */
const sets: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(featureSets))

/** How to name a set, for the help of an option. */
export const setHelp: string = `${[...sets.keys()].join(', ')}, or a JSON file with a list of feature ids`

/** Refuses what is not a list of different words. */
function checkList(list: unknown): readonly string[] {
  if (!Array.isArray(list) || list.length === 0 || !list.every((id): id is string => typeof id === 'string'))
    throw new TypeError('it is not a list of feature ids')
  const repeated = list.find((id, at) => list.indexOf(id) !== at)
  if (repeated !== undefined) throw new TypeError(`it names "${repeated}" twice`)
  return list
}

/**
 * The ids of a set, in order.
 *
 * @param nameOrFile a set's name, or the path of a JSON file with a list of ids
 * @throws `feature/set-unknown`, `feature/list-invalid`, `feature/unknown`, `file/unreadable`
 */
export async function readFeatureSet(nameOrFile: string): Promise<readonly string[]> {
  const set = sets.get(nameOrFile)
  if (set !== undefined) return set
  if (!existsSync(nameOrFile))
    throw new CandlewickError('feature/set-unknown', { name: nameOrFile, known: [...sets.keys()] })
  const text = await readText(nameOrFile)
  let ids: readonly string[]
  try {
    ids = checkList(JSON.parse(text))
  } catch (cause) {
    throw new CandlewickError('feature/list-invalid', { path: nameOrFile, reason: reasonOf(cause) }, { cause })
  }
  for (const id of ids) findFeature(id)
  return ids
}
