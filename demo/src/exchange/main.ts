/** The page that follows a real exchange: the live desk with an exchange in the place of the simulated market. */
import { byId } from '../dom.ts'
import { LivePanel } from '../live/panel.ts'
import { readSettings } from '../settings.ts'
import { ExchangeControls } from './choice.ts'

const problems: string[] = []

const asked = readSettings(location.search)
const controls = new ExchangeControls(location.search, asked.settings.strategy, (sentence) => problems.push(sentence))
problems.push(...asked.problems)

const panel = await LivePanel.open(() => ({ ...asked.settings, strategy: controls.strategy }), controls)
// Whatever else goes wrong is said too: a page that looks as if it ran and does not would be worse.
addEventListener('unhandledrejection', ({ reason }) => panel.fail(reason))
addEventListener('error', ({ error }) => {
  // Browsers report postponed resize notices here too, without an error; nothing is wrong then.
  if (error !== null && error !== undefined) panel.fail(error)
})

const notice = byId('address-notice', HTMLElement)
notice.hidden = problems.length === 0
notice.textContent = problems.join(' ')
// Until now nobody listened to the controls; a press would have been lost.
byId('live', HTMLElement).inert = false
