/** What is being done, in words and figures. */
import type { EngineProgress } from 'candlewick'
import { byId } from './dom.ts'
import { bytesText, countText } from './format.ts'

/** One step of something that takes time. */
export interface Step {
  readonly name: string
  /** How far it is; `undefined` where nobody can tell. */
  readonly share: { readonly done: number; readonly of: number } | undefined
  /** The same in words; empty where nobody can tell. */
  readonly amount: string
}

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

/** A step with its figures, or without where `total` is 0. */
export function step(name: string, done = 0, total = 0, text: (value: number) => string = countText): Step {
  if (!(total > 0)) return { name, share: undefined, amount: '' }
  return { name, share: { done: Math.min(done, total), of: total }, amount: `${text(done)} of ${text(total)}` }
}

/** What an engine tells while it opens or replays. */
export function engineStep({ phase, loaded, total }: EngineProgress): Step {
  return step(phases[phase], loaded, total, inBytes.includes(phase) ? bytesText : countText)
}

/** Shows a step in a bar; without figures the bar only says that work goes on. */
export function showStep({ share }: Step, bar: HTMLProgressElement): void {
  if (share === undefined) return bar.removeAttribute('value')
  bar.max = share.of
  bar.value = share.done
}

/** Shows what a panel is at, in the box with this id and its parts; `undefined` takes it away. */
export function showWork(id: string, step: Step | undefined): void {
  byId(id, HTMLElement).hidden = step === undefined
  if (step === undefined) return
  byId(`${id}-name`, HTMLElement).textContent = step.name
  byId(`${id}-amount`, HTMLElement).textContent = step.amount
  showStep(step, byId(`${id}-bar`, HTMLProgressElement))
}
