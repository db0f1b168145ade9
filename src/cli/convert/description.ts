/** What a publisher says of a model, for its entry in a manifest: an entry as `manifest build` takes it, without files. */
import { dirname, resolve } from 'node:path'
import { CandlewickError } from '../../core/errors.ts'
import { parseTimeframe, type Timeframe } from '../../core/timeframe.ts'
import { parseScaler, type ScalerSpec } from '../../features/index.ts'
import { checkOutputSpec, type OutputSpec } from '../../signals/index.ts'
import { readFeatureSet } from '../feature-set.ts'
import { readBytes } from '../whole-files.ts'
import { isObject, type Json, readObject } from './config.ts'

/** A description read and checked. What it leaves out is undefined. */
export interface Description {
  /** The fields as they stand in the file. */
  readonly fields: Json
  readonly name: string
  readonly ids: readonly string[] | undefined
  readonly timeframe: Timeframe | undefined
  readonly scaler: { readonly spec: ScalerSpec; readonly bytes: Uint8Array<ArrayBuffer> } | undefined
  readonly layout: OutputSpec | undefined
}

/** What is known of a model that nobody described. */
export const undescribed: Description = {
  fields: {},
  name: 'model',
  ids: undefined,
  timeframe: undefined,
  scaler: undefined,
  layout: undefined,
}

function wrong(field: string, expected: string, value: unknown): never {
  throw new CandlewickError('convert/config', { field, expected, actual: JSON.stringify(value) ?? 'nothing' })
}

/** A list of ids, the name of a set, or the path of a file with a list, as the command `features` takes it. */
async function readIds(value: unknown, folder: string): Promise<readonly string[] | undefined> {
  if (value === undefined) return undefined
  if (typeof value === 'string') return readFeatureSet(value.endsWith('.json') ? resolve(folder, value) : value)
  if (Array.isArray(value) && value.every((id) => typeof id === 'string') && new Set(value).size === value.length)
    return value
  return wrong('features.names', 'a list of different ids, or the name of a set', value)
}

async function readScaler(
  value: unknown,
  folder: string,
  ids: readonly string[] | undefined,
): Promise<Description['scaler']> {
  if (value === undefined) return undefined
  const url = isObject(value) ? value['url'] : value
  if (typeof url !== 'string') return wrong('scaler', 'the path of a JSON file', value)
  if (ids === undefined) return wrong('features.names', 'a list of ids, because there is a scaler', undefined)
  const path = resolve(folder, url)
  const bytes = await readBytes(path)
  return { spec: parseScaler(await readObject(path), ids), bytes }
}

function readLayout({ outputLayout, classOrder }: Json): OutputSpec | undefined {
  if (outputLayout === undefined && classOrder === undefined) return undefined
  if (!isObject(outputLayout) || !Array.isArray(outputLayout['horizons']))
    return wrong('outputLayout', 'an id and horizons', outputLayout)
  if (!Array.isArray(classOrder)) return wrong('classOrder', 'the three sides in the order of the outputs', classOrder)
  const layout = { ...outputLayout, classOrder } as unknown as OutputSpec
  // What cannot be read here is carried along: only the comparison has less to say.
  try {
    checkOutputSpec(layout)
    return layout
  } catch {
    return undefined
  }
}

/**
 * Reads a description.
 *
 * @throws `file/unreadable`, `convert/config`, `model/contract` for a scaler that does not fit the features, and what
 * the sets of features throw
 */
export async function readDescription(path: string): Promise<Description> {
  const fields = await readObject(path)
  const folder = dirname(resolve(path))
  const { name, features } = fields
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
    return wrong('name', '1 to 64 of a-z 0-9 . _ -, the first a-z or 0-9', name)
  if (features !== undefined && !isObject(features)) return wrong('features', 'an object', features)
  const timeframe = features?.['timeframe']
  const ids = await readIds(features?.['names'], folder)
  return {
    fields,
    name,
    ids,
    timeframe: typeof timeframe === 'string' ? parseTimeframe(timeframe) : undefined,
    scaler: await readScaler(fields['scaler'], folder, ids),
    layout: readLayout(fields),
  }
}

/**
 * Holds a description against the sizes of the model.
 *
 * @throws `convert/config`
 */
export function checkDescription({ ids, layout }: Description, features: number, outputs: number): void {
  if (ids !== undefined && ids.length !== features)
    wrong('features.names', `${features} ids, one for each input of the model`, `${ids.length} ids`)
  if (layout !== undefined && checkOutputSpec(layout) !== outputs)
    wrong('outputLayout', `a layout of ${outputs} outputs`, layout.id)
}
