/** `<candlewick-signal>`: shows a signal that it is given, or asks for its own. */
import { systemClock } from '../core/clock.ts'
import type { BarHistory, Signal } from '../index.ts'
import { cardParts, isExpired, spoken } from './card.ts'
import { make } from './make.ts'
import { numbersIn } from './numbers.ts'
import { styleSheet } from './style.ts'
import { type News, type ShownEngine, type Timing, watch, type Watched } from './watch.ts'

/** Where there are no elements, as on a server, the class can be imported but not made. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? Object

const properties = ['signal', 'engine', 'source', 'timing', 'symbol', 'locale', 'compact'] as const

/**
 * A card with one signal. Give it a `signal`; or give it `engine` and `source`, and it asks for a signal of `symbol` at every
 * candle close for as long as it is connected. Each of its own signals is told by a `candlewick-signal` event, whose `detail`
 * is the signal.
 *
 * @example
 * ```ts
 * import 'candlewick/element'
 *
 * const card = document.createElement('candlewick-signal')
 * Object.assign(card, { engine, source, symbol: 'BTC/USDT' })
 * document.body.append(card)
 * ```
 */
export class CandlewickSignal extends Base {
  /** The attributes that change what is shown. */
  static readonly observedAttributes: readonly string[] = ['symbol', 'locale', 'compact']

  readonly #card: HTMLElement
  readonly #spoken: HTMLElement
  #engine: ShownEngine | undefined
  #source: BarHistory | undefined
  #timing: Timing | undefined
  #news: News = {}
  #watched: Watched | undefined
  /** Whose news is shown; also after that was left. */
  #origin: Watched | undefined
  #endWatch: (() => void) | undefined
  #expiry: AbortController | undefined
  #isDue = false

  constructor() {
    super()
    this.#card = make('article', { part: 'card', class: 'card', lang: 'en' })
    this.#spoken = make('p', { class: 'unseen', role: 'status', 'aria-live': 'polite', lang: 'en' })
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [styleSheet()]
    root.append(this.#card, this.#spoken)
  }

  /** The signal that is shown. Setting it shows another one; with an engine at work, until its next signal. */
  get signal(): Signal | null {
    return this.#news.signal ?? null
  }

  set signal(signal: Signal | null | undefined) {
    this.#news = { signal: signal ?? undefined }
    this.#change()
  }

  /** Makes the signals; the element never closes it. */
  get engine(): ShownEngine | undefined {
    return this.#engine
  }

  set engine(engine: ShownEngine | null | undefined) {
    this.#engine = engine ?? undefined
    this.#change()
  }

  /** Where the candles come from. */
  get source(): BarHistory | undefined {
    return this.#source
  }

  set source(source: BarHistory | null | undefined) {
    this.#source = source ?? undefined
    this.#change()
  }

  /** How its scheduler keeps time. Default: that of `SignalScheduler`. */
  get timing(): Timing | undefined {
    return this.#timing
  }

  set timing(timing: Timing | null | undefined) {
    this.#timing = timing ?? undefined
    this.#change()
  }

  /** The market, as the attribute `symbol`. Default: the only one of the source. */
  get symbol(): string | null {
    return this.getAttribute('symbol')
  }

  set symbol(symbol: string | null | undefined) {
    this.#reflect('symbol', symbol)
  }

  /** The language of numbers and times, as the attribute `locale`. Default: the browser's. */
  get locale(): string | null {
    return this.getAttribute('locale')
  }

  set locale(locale: string | null | undefined) {
    this.#reflect('locale', locale)
  }

  /** Whether only the most important is shown, as the attribute `compact`. */
  get compact(): boolean {
    return this.hasAttribute('compact')
  }

  set compact(compact: boolean) {
    this.toggleAttribute('compact', compact)
  }

  /** @internal */
  connectedCallback(): void {
    this.#takeEarlyProperties()
    this.#change()
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#change()
  }

  /** @internal */
  attributeChangedCallback(): void {
    this.#change()
  }

  /** What was set before the class was there lies on the object and hides the setters. */
  #takeEarlyProperties(): void {
    for (const name of properties) {
      if (!Object.hasOwn(this, name)) continue
      const value: unknown = Reflect.get(this, name)
      Reflect.deleteProperty(this, name)
      Reflect.set(this, name, value)
    }
  }

  #reflect(name: string, value: string | null | undefined): void {
    if (value === null || value === undefined) this.removeAttribute(name)
    else this.setAttribute(name, value)
  }

  /** Several changes in one go, such as a move in the document, count as one. */
  #change(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#rewatch()
      this.#draw()
    })
  }

  /** Ends and begins watching where what is watched has changed. */
  #rewatch(): void {
    const [engine, source, timing] = [this.#engine, this.#source, this.#timing]
    const isReady = this.isConnected && engine !== undefined && source !== undefined
    const wanted = isReady ? { engine, source, timing, symbol: this.symbol ?? undefined } : undefined
    if (sameWatched(this.#watched, wanted)) return
    this.#endWatch?.()
    this.#watched = wanted
    this.#endWatch = undefined
    if (wanted === undefined) return
    // What was watched before is another market or model. An element that merely comes back keeps what it shows.
    if (this.#origin !== undefined && !sameWatched(this.#origin, wanted)) this.#news = {}
    this.#origin = wanted
    const isCurrent = (): boolean => this.#watched === wanted
    this.#endWatch = watch(
      wanted,
      (news) => isCurrent() && this.#tell(news),
      (detail) =>
        isCurrent() &&
        this.dispatchEvent(new CustomEvent('candlewick-signal', { detail, bubbles: true, composed: true })),
    )
  }

  /** What is not said again stays, apart from problems. */
  #tell(news: News): void {
    this.#news = { signal: this.#news.signal, ...news }
    this.#change()
  }

  #draw(): void {
    const { signal, problem } = this.#news
    const [numbers, languageProblem] = numbersIn(this.locale)
    const content = {
      signal,
      numbers,
      now: (this.#timing?.clock ?? systemClock).now(),
      problem,
      symbol: signal?.symbol ?? this.symbol ?? onlyOne(this.#source?.symbols),
      isCompact: this.compact,
      waiting:
        this.#news.waiting ?? (this.#watched === undefined ? 'No signal yet.' : 'The first signal is on its way.'),
      notices: [this.#engine?.info.model.notice, languageProblem].filter((text) => text !== undefined),
    }
    const isStale = isExpired(content)
    this.#card.className = ['card', isStale && 'stale', content.isCompact && 'compact'].filter(Boolean).join(' ')
    this.#card.setAttribute('aria-label', `Signal${content.symbol === undefined ? '' : ` of ${content.symbol}`}`)
    this.#card.replaceChildren(...cardParts(content))
    const words = spoken(content) ?? this.#spoken.textContent
    if (words !== this.#spoken.textContent) this.#spoken.textContent = words
    this.#expireLater(isStale ? undefined : signal)
  }

  /** Draws once more when the signal becomes stale. */
  #expireLater(signal: Signal | undefined): void {
    this.#expiry?.abort()
    this.#expiry = undefined
    if (signal === undefined || !this.isConnected) return
    const expiry = new AbortController()
    this.#expiry = expiry
    const clock = this.#timing?.clock ?? systemClock
    clock.sleep(signal.expiresAt - clock.now(), expiry.signal).then(
      () => this.#change(),
      () => {},
    )
  }
}

const onlyOne = (symbols: readonly string[] = []): string | undefined => (symbols.length === 1 ? symbols[0] : undefined)

function sameWatched(a: Watched | undefined, b: Watched | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.engine === b.engine && a.source === b.source && a.symbol === b.symbol && a.timing === b.timing
}

declare global {
  interface HTMLElementTagNameMap {
    'candlewick-signal': CandlewickSignal
  }
  interface HTMLElementEventMap {
    'candlewick-signal': CustomEvent<Signal>
  }
}
