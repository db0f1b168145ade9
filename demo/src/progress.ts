/** The bar that shows what is being done, with a way to stop it. */
import type { EngineProgress } from 'candlewick'
import { byId } from './dom.ts'
import { engineStep, showStep } from './steps.ts'

const box: HTMLElement = byId('progress', HTMLElement)
const bar: HTMLProgressElement = byId('progress-bar', HTMLProgressElement)

/** Shows a step. */
export function showProgress(progress: EngineProgress): void {
  const step = engineStep(progress)
  box.hidden = false
  byId('progress-phase', HTMLElement).textContent = step.name
  byId('progress-amount', HTMLElement).textContent = step.amount
  showStep(step, bar)
}

/** Takes the bar away. */
export function hideProgress(): void {
  box.hidden = true
}
