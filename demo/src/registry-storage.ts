/** How much the registry keeps on this device, and whether the browser may take it away. */
import type { StorageStats } from 'candlewick/registry'
import { make } from './dom.ts'
import { bytesText, countText } from './format.ts'

const fact = (name: string, testId: string, value: string): HTMLElement =>
  make('div', {}, make('dt', {}, name), make('dd', { 'data-testid': testId }, value))

function roomText({ usage, quota }: StorageStats['estimate']): string {
  if (usage === undefined || quota === undefined) return 'the browser does not say'
  return `${bytesText(usage)} of about ${bytesText(quota)}`
}

function promiseText(persisted: boolean | undefined): string {
  if (persisted === undefined) return 'the browser cannot say'
  return persisted ? 'promised by the browser' : 'not promised: it may be cleared when space is short'
}

/** Shows the figures. */
export function showStorage(box: HTMLElement, stats: StorageStats): void {
  const { blobs, bytes, orphanBytes, estimate, persisted } = stats
  const unused = orphanBytes > 0 ? `, ${bytesText(orphanBytes)} of them unused` : ''
  box.replaceChildren(
    fact('Models', 'stored', `${bytesText(bytes)} in ${countText(blobs)} files${unused}`),
    fact('This site', 'estimate', roomText(estimate)),
    fact('To stay', 'persisted', promiseText(persisted)),
  )
}
