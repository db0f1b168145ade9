/** The question before something that cannot be taken back lightly. One dialog for the whole page. */
import { byId } from './dom.ts'

/** What is asked. */
export interface Question {
  readonly title: string
  readonly body: readonly (Node | string)[]
  /** What the button that goes on says; without it there is only a way back. */
  readonly yes?: string | undefined
}

const dialog: HTMLDialogElement = byId('confirm', HTMLDialogElement)
const yes: HTMLButtonElement = byId('confirm-yes', HTMLButtonElement)

yes.addEventListener('click', () => dialog.close('yes'))
byId('confirm-no', HTMLButtonElement).addEventListener('click', () => dialog.close('no'))

/** Asks, and gives the focus back to where it was. */
export async function confirm(question: Question): Promise<boolean> {
  byId('confirm-title', HTMLElement).textContent = question.title
  byId('confirm-body', HTMLElement).replaceChildren(...question.body)
  yes.hidden = question.yes === undefined
  yes.textContent = question.yes ?? ''
  dialog.returnValue = 'no'
  dialog.showModal()
  await new Promise<void>((resolve) => {
    dialog.addEventListener('close', () => resolve(), { once: true })
  })
  return dialog.returnValue === 'yes'
}
