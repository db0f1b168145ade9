/** The registry's log in plain words. */
import type { RegistryEvent } from 'candlewick/registry'
import { make } from './dom.ts'
import { bytesText, versionNumber } from './format.ts'

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? versionNumber(String(value)) : 'nothing'

const fieldsOf = (patch: unknown): string =>
  typeof patch === 'object' && patch !== null ? Object.keys(patch).join(', ') : 'nothing'

const measuredOn = (evaluation: unknown): string => {
  if (typeof evaluation !== 'object' || evaluation === null || !('evalSetId' in evaluation)) return ''
  const horizon = 'horizon' in evaluation ? ` at ${text(evaluation.horizon)}` : ''
  return ` on the evaluation set ${String(evaluation.evalSetId)}${horizon}`
}

const because = (data: RegistryEvent['data']): string => {
  const why = data['why'] ?? data['reason']
  return typeof why === 'string' && why !== '' ? `: ${why}` : ''
}

const sentences: Readonly<Record<string, (data: RegistryEvent['data'], version: string) => string>> = {
  registered: (_, version) => `${version} was registered`,
  'status-changed': (data, version) =>
    `${version} went from ${text(data['from'])} to ${text(data['to'])}${because(data)}`,
  'production-moved': (data) =>
    `Production moved from ${text(data['from'])} to ${text(data['to'])}, epoch ${text(data['epoch'])}${because(data)}`,
  'held-back': (data, version) => `${version} is held back${because(data)}`,
  released: (data, version) => `${version} was released${because(data)}`,
  withdrawn: (data, version) => `${version} was withdrawn by its publisher${because(data)}`,
  unlisted: (_, version) => `${version} is no longer in the manifest`,
  listed: (_, version) => `${version} is in the manifest again`,
  relocated: (_, version) => `${version} has another address`,
  'metadata-updated': ({ patch }, version) => `${version}: ${fieldsOf(patch)} changed`,
  evaluated: ({ evaluation }, version) => `${version} was measured${measuredOn(evaluation)}`,
  deleted: (_, version) => `${version} was deleted`,
  'manifest-adopted': (data) => `Manifest of edition ${text(data['version'])} was taken over`,
  'manifest-refused': (data) => `A manifest was refused: ${text(data['message'])}`,
  'blob-stored': (data) => `A file of ${bytesText(Number(data['size']))} was verified and stored`,
  'blob-corrupted': (data) => `A stored file was no longer itself and was removed${because(data)}`,
  'blobs-collected': (data) => `${bytesText(Number(data['bytes']))} of unused files were removed`,
  'storage-evicted': () => 'The browser had cleared the storage of this site',
  'backup-made': () => 'A backup was made',
  'backup-restored': () => 'A backup was restored',
  'clock-suspect': () => 'The clock of this device went back',
}

function sentence({ type, version, data }: RegistryEvent): string {
  return sentences[type]?.(data, text(version)) ?? type.replaceAll('-', ' ')
}

/** A time of this device, to the second. */
function momentText(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** Lists what happened, the latest first. */
export function showLog(box: HTMLElement, events: readonly RegistryEvent[]): void {
  const items = events
    .toReversed()
    .map((event) =>
      make(
        'li',
        { 'data-testid': 'event', 'data-type': event.type },
        make('time', { datetime: new Date(event.at).toISOString() }, momentText(event.at)),
        make('span', {}, sentence(event)),
      ),
    )
  box.replaceChildren(
    items.length === 0
      ? make('p', { class: 'hint' }, 'Nothing has happened yet.')
      : make('ol', { class: 'log' }, ...items),
  )
}
