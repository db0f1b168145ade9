/** The bar that shows what is being done, with a way to stop it. */
import type { EngineProgress } from 'candlewick'
import { byId } from './dom.ts'
import { bytesText, countText } from './format.ts'

const phases: Readonly<Record<EngineProgress['phase'], string>> = {
  manifest: 'Reading the manifest',
  download: 'Fetching the model and its scaler',
  verify: 'Checking the files',
  store: 'Keeping the files on this device',
  session: 'Starting the runtime',
  warmup: 'Warming up',
  features: 'Computing features',
  inference: 'Replaying past bars',
}

const inBytes: readonly EngineProgress['phase'][] = ['download', 'verify', 'store']

const box: HTMLElement = byId('progress', HTMLElement)
const bar: HTMLProgressElement = byId('progress-bar', HTMLProgressElement)

/** Shows a step. Without a total the bar only says that work goes on. */
export function showProgress({ phase, loaded, total }: EngineProgress): void {
  box.hidden = false
  byId('progress-phase', HTMLElement).textContent = phases[phase]
  const known = total > 0
  if (known) {
    bar.max = total
    bar.value = Math.min(loaded, total)
  } else bar.removeAttribute('value')
  const text = inBytes.includes(phase) ? bytesText : countText
  byId('progress-amount', HTMLElement).textContent = known ? `${text(loaded)} of ${text(total)}` : ''
}

/** Takes the bar away. */
export function hideProgress(): void {
  box.hidden = true
}
