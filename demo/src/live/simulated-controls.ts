/** The controls of the desk that follows simulated markets. */
import { byId } from '../dom.ts'
import type { MarketControls } from './controls.ts'
import { openSimulation, symbols } from './simulation.ts'

const speed: HTMLSelectElement = byId('live-speed', HTMLSelectElement)

/** How fast bars come is all there is to choose. */
export const simulatedControls: MarketControls = {
  logName: 'candlewick-log',
  symbols,
  running: 'Running: a signal for each symbol at every close.',
  choose: () => {
    const barSeconds = Number(speed.value)
    return { symbols, open: async ({ lastBar }) => openSimulation(lastBar, barSeconds) }
  },
  enable: (enabled) => {
    speed.disabled = !enabled
  },
}
