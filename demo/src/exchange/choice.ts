/** What is followed at which exchange and by which strategy, in controls and in the address of the page. */
import { byId, make } from '../dom.ts'
import type { MarketControls } from '../live/controls.ts'
import type { MarketChoice } from '../live/market.ts'
import { PageError } from '../problem.ts'
import type { Settings } from '../settings.ts'
import { loggedName, openExchange } from './market.ts'
import { type Offer, offers } from './offers.ts'

/** More would be many requests for a page that only shows what the package does. */
const mostSymbols = 8
const pair = /^[A-Z0-9]{1,15}\/[A-Z0-9]{1,15}$/

const exchange: HTMLSelectElement = byId('exchange', HTMLSelectElement)
const strategy: HTMLSelectElement = byId('strategy', HTMLSelectElement)
const symbolsInput: HTMLInputElement = byId('symbols', HTMLInputElement)

const inTheField = ({ symbols }: Offer): string => symbols.join(', ')

function refuse(message: string, { symbols }: Offer): never {
  const remedy = `Write up to ${mostSymbols} of them with commas between, e.g. ${symbols.slice(0, 2).join(', ')}.`
  throw new PageError({ title: 'These symbols cannot be followed', message, remedy, actions: [] })
}

/**
 * The symbols in a text.
 *
 * @throws PageError naming what is no symbol
 */
function readSymbols(text: string, offer: Offer): readonly string[] {
  const symbols = [
    ...new Set(
      text
        .toUpperCase()
        .split(/[\s,;]+/)
        .filter((word) => word !== ''),
    ),
  ]
  const wrong = symbols.filter((symbol) => !pair.test(symbol))
  if (wrong.length > 0) refuse(`No symbol is written like ${wrong.map((word) => `"${word}"`).join(', ')}.`, offer)
  if (symbols.length === 0) refuse('No symbol is given.', offer)
  if (symbols.length > mostSymbols) refuse(`${symbols.length} symbols are given.`, offer)
  return symbols
}

/** The controls of the desk that follows an exchange. */
export class ExchangeControls implements MarketControls {
  readonly logName = 'candlewick-exchange-log'
  readonly running = 'Running: a signal for each symbol at every close, 15 minutes apart.'
  #offer: Offer = offers[0]

  /** Takes what the address asks for; a sentence for each part that cannot be used goes to `refused`. */
  constructor(search: string, given: Settings['strategy'], refused: (sentence: string) => void) {
    strategy.value = given
    exchange.replaceChildren(...offers.map(({ id, name }) => make('option', { value: id }, name)))
    const query = new URLSearchParams(search)
    const asked = query.get('exchange')
    const offer = offers.find(({ id }) => id === asked)
    if (asked !== null && offer === undefined)
      refused(`In the address, exchange=${asked} is not one of ${offers.map(({ id }) => id).join(', ')}.`)
    this.#offer = offer ?? this.#offer
    exchange.value = this.#offer.id
    symbolsInput.value = query.get('symbols') ?? inTheField(this.#offer)
    exchange.addEventListener('change', () => this.#choose())
  }

  get strategy(): Settings['strategy'] {
    return strategy.value as Settings['strategy']
  }

  get symbols(): readonly string[] {
    return this.#offer.symbols.map((symbol) => loggedName(this.#offer, symbol))
  }

  choose(): MarketChoice {
    const offer = this.#offer
    const wanted = readSymbols(symbolsInput.value, offer)
    this.#remember()
    return {
      symbols: wanted.map((symbol) => loggedName(offer, symbol)),
      open: (opening) => openExchange(offer, wanted, opening),
    }
  }

  enable(enabled: boolean): void {
    exchange.disabled = !enabled
    symbolsInput.disabled = !enabled
    strategy.disabled = !enabled
  }

  /** Symbols that were not changed give way to those of the exchange that is chosen. */
  #choose(): void {
    const before = this.#offer
    this.#offer = offers.find(({ id }) => id === exchange.value) ?? before
    if (symbolsInput.value === inTheField(before)) symbolsInput.value = inTheField(this.#offer)
  }

  #remember(): void {
    const query = new URLSearchParams(location.search)
    query.set('exchange', this.#offer.id)
    query.set('strategy', this.strategy)
    if (symbolsInput.value === inTheField(this.#offer)) query.delete('symbols')
    else query.set('symbols', symbolsInput.value)
    history.replaceState(null, '', `?${query.toString()}`)
  }
}
