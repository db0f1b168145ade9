import { createSignalEngine, type Signal, type SignalEngine } from 'candlewick'
import { CandlewickSignal, defineCandlewickSignal } from 'candlewick/element'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { page } from 'vitest/browser'
import { barMs, ClockedMarket } from './clocked-market.ts'
import { publishTrained } from './publish-trained.ts'

const wait = { timeout: 10_000, interval: 10 }
const hour = 3_600_000

const long: Signal = {
  id: 'model|BTC/USDT|0',
  symbol: 'BTC/USDT',
  timeframe: '15m',
  time: Date.now() - hour,
  side: 'LONG',
  direction: 'LONG',
  confidence: 0.624,
  strength: 0.7,
  quality: 0.713,
  risk: { score: 0.31, level: 'LOW' },
  entry: 64123.45,
  stopLoss: 63481.2,
  takeProfit: 65406.1,
  returns: { '1h': 0.0031, '4h': -0.002 },
  probabilities: {
    '1h': { LONG: 0.61, SHORT: 0.14, NEUTRAL: 0.25 },
    '4h': { LONG: 0.4, SHORT: 0.35, NEUTRAL: 0.25 },
  },
  model: 'model',
  epoch: 0,
  rejections: [],
  expiresAt: Date.now() + hour,
  provisional: false,
}
const neutral: Signal = {
  ...long,
  side: 'NEUTRAL',
  stopLoss: null,
  takeProfit: null,
  rejections: [{ rule: 'minQuality', value: 0.4, threshold: 0.5 }],
}

/** A connected element with these properties, drawn. */
async function show(properties: Partial<CandlewickSignal> | object = {}): Promise<CandlewickSignal> {
  const element = document.createElement('candlewick-signal')
  element.locale = 'en'
  Object.assign(element, properties)
  document.body.append(element)
  await drawn()
  return element
}
const drawn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

const part = (element: Element, name: string): HTMLElement | null =>
  element.shadowRoot!.querySelector<HTMLElement>(`[part~="${name}"]`)
const textOf = (element: Element, name: string): string | undefined => part(element, name)?.textContent
const card = (element: Element): HTMLElement => part(element, 'card')!
const spoken = (element: Element): string => element.shadowRoot!.querySelector('[role="status"]')!.textContent

afterEach(() => document.body.replaceChildren())

describe('a signal that is given', () => {
  it('is shown with side, scores, levels, horizons and expiry', async () => {
    const element = await show({ signal: long })
    expect(textOf(element, 'symbol')).toBe('BTC/USDT')
    expect(textOf(element, 'verdict')).toMatch(/^▲LONGValid until /)
    expect([textOf(element, 'confidence'), textOf(element, 'quality'), textOf(element, 'risk')]).toEqual([
      '62%',
      '71%',
      'LOW 31%',
    ])
    expect(textOf(element, 'entry')).toBe('64,123.45')
    expect(textOf(element, 'stop-loss')).toBe('63,481.20-1.00%')
    expect(textOf(element, 'take-profit')).toBe('65,406.10+2.00%')
    expect([...element.shadowRoot!.querySelectorAll('tr')].map((row) => row.textContent)).toEqual([
      'AheadLONGNEUTRALSHORTReturn',
      '1h61%25%14%+0.31%',
      '4h40%25%35%-0.20%',
    ])
    expect(element.shadowRoot!.querySelector('time')!.dateTime).toBe(new Date(long.expiresAt).toISOString())
    expect([part(element, 'rejections'), part(element, 'provisional'), part(element, 'problem')]).toEqual([
      null,
      null,
      null,
    ])
  })

  it('tells why it was held back, and has a dash where there are no levels', async () => {
    const element = await show({ signal: neutral })
    expect(textOf(element, 'side')).toBe('NEUTRAL')
    expect(textOf(element, 'stop-loss')).toBe('—none')
    expect(textOf(element, 'rejections')).toBe('LONG held back becauseThe quality is 40%; at least 50% is asked for.')
  })

  it('has no empty rows where the model gives neither returns nor risk', async () => {
    const element = await show({
      signal: { ...long, returns: {}, risk: {}, probabilities: { '1h': { LONG: 0.7, SHORT: 0.3, NEUTRAL: 0 } } },
    })
    expect(part(element, 'risk')).toBeNull()
    expect([...element.shadowRoot!.querySelectorAll('tr')].map((row) => row.textContent)).toEqual([
      'AheadLONGSHORT',
      '1h70%30%',
    ])
  })

  it('is marked while its bar is forming', async () => {
    const element = await show({ signal: { ...long, provisional: true } })
    expect(textOf(element, 'provisional')).toBe('Provisional: the bar is still forming')
  })

  it('turns grey in the moment it expires', async () => {
    const { clock } = new ClockedMarket(['A'], 1)
    const element = await show({ timing: { clock }, signal: { ...long, expiresAt: clock.now() + 1000 } })
    expect(card(element).classList).not.toContain('stale')
    clock.advance(1000)
    await drawn()
    expect(card(element).classList).toContain('stale')
    expect(textOf(element, 'expiry')).toMatch(/^Expired /)
    expect(spoken(element)).toBe('BTC/USDT: LONG, expired.')
  })

  it('is shown in short where little room is wanted', async () => {
    const element = await show({ signal: neutral, compact: true })
    expect(element.hasAttribute('compact')).toBe(true)
    expect(textOf(element, 'verdict')).toMatch(/^◆NEUTRAL62% sureValid until .*Held back by 1 rule$/)
    expect([part(element, 'meters'), part(element, 'horizons'), part(element, 'rejections')]).toEqual([
      null,
      null,
      null,
    ])
    element.compact = false
    await drawn()
    expect(part(element, 'meters')).not.toBeNull()
  })

  it('follows the language that is asked for, and says where it does not know it', async () => {
    const element = await show({ signal: long, locale: 'de' })
    expect(textOf(element, 'entry')).toBe('64.123,45')
    element.locale = '??'
    await drawn()
    expect(textOf(element, 'notice')).toContain('“??” is not a language')
  })

  it('never becomes markup', async () => {
    const attack = '<img src=x onerror="window.attacked=true"><script>window.attacked=true</script>'
    const rejections = [{ rule: attack, value: attack, threshold: attack }]
    const probabilities = { [attack]: { LONG: 1, SHORT: 0, NEUTRAL: 0 } }
    const signal = { ...long, symbol: attack, timeframe: attack, side: attack, rejections, probabilities }
    const element = await show({ signal, symbol: attack })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(element.shadowRoot!.querySelector('img, script')).toBeNull()
    expect(textOf(element, 'symbol')).toBe(attack)
    expect('attacked' in window).toBe(false)
  })
})

describe('the element', () => {
  it('takes properties that were set before it was defined', async () => {
    const early = document.createElement('early-signal')
    Object.assign(early, { signal: long, locale: 'en' })
    document.body.append(early)
    defineCandlewickSignal('early-signal')
    defineCandlewickSignal('early-signal')
    await drawn()
    expect(early).toBeInstanceOf(CandlewickSignal)
    expect(textOf(early, 'side')).toBe('LONG')
    expect(early.getAttribute('locale')).toBe('en')
  })

  it('has a name, a table with heads, and a polite status that stays', async () => {
    const element = await show({ signal: long })
    const status = element.shadowRoot!.querySelector('[role="status"]')!
    expect(status.getAttribute('aria-live')).toBe('polite')
    const named = (role: string, name: string): Element => page.getByRole(role, { name, exact: true }).element()
    expect(named('article', 'Signal of BTC/USDT')).toBe(card(element))
    expect(named('table', 'Probability of each side by horizon')).toBe(part(element, 'horizons'))
    expect(named('rowheader', '4h').closest('tr')!.textContent).toBe('4h40%25%35%-0.20%')
    const heads = [...element.shadowRoot!.querySelectorAll('th')]
    expect(heads.map(({ scope }) => scope).join(' ')).toBe('col col col col col row row')
    const decorations = [...element.shadowRoot!.querySelectorAll('.sign, .bar')]
    expect(decorations.every((decoration) => decoration.getAttribute('aria-hidden') === 'true')).toBe(true)
  })

  it('speaks when the side changes, and not for every bar', async () => {
    const element = await show({ signal: long })
    const status = element.shadowRoot!.querySelector('[role="status"]')!
    expect(status.textContent).toBe('BTC/USDT: LONG.')
    const spokenTexts: string[] = []
    const observer = new MutationObserver(() => spokenTexts.push(status.textContent))
    observer.observe(status, { childList: true, characterData: true, subtree: true })
    for (const signal of [{ ...long, confidence: 0.7 }, { ...neutral, provisional: true }, neutral, neutral, long]) {
      element.signal = signal
      await drawn()
    }
    observer.disconnect()
    expect(spokenTexts).toEqual(['BTC/USDT: NEUTRAL.', 'BTC/USDT: LONG.'])
  })

  it('follows the color scheme of the page, and colours set from outside', async () => {
    const element = await show({ signal: long })
    const ground = (): string => getComputedStyle(card(element)).backgroundColor
    document.documentElement.style.colorScheme = 'light'
    expect(ground()).toBe('rgb(255, 253, 250)')
    document.documentElement.style.colorScheme = 'dark'
    expect(ground()).toBe('rgb(29, 26, 22)')
    element.style.setProperty('--candlewick-ground', 'rgb(1, 2, 3)')
    expect(ground()).toBe('rgb(1, 2, 3)')
    document.documentElement.style.removeProperty('color-scheme')
  })
})

describe('an element with an engine and a source', () => {
  let engine: SignalEngine
  beforeAll(async () => {
    const manifest = publishTrained(inject('trained')[0]!)
    engine = await createSignalEngine({ manifest, store: 'memory', strategy: 'aggressive' })
  })
  afterAll(() => engine.close())

  const newestBar = (now: number): number => Math.floor(now / barMs) * barMs - barMs
  const decided = (element: CandlewickSignal, symbol: string, now: number): Promise<void> =>
    vi.waitFor(() => expect(element.signal).toMatchObject({ symbol, time: newestBar(now) }), wait)

  it('asks for signals while it is connected, and tells each of them', async () => {
    const source = new ClockedMarket(['A', 'B'])
    const { clock } = source
    const told: Signal[] = []
    const listener = ({ detail }: CustomEvent<Signal>): number => told.push(detail)
    document.body.addEventListener('candlewick-signal', listener)
    const element = await show({ engine, source, symbol: 'A', timing: { clock } })
    await decided(element, 'A', clock.now())
    await vi.waitFor(() => expect(textOf(element, 'symbol')).toBe('A'), wait)
    expect(told).toEqual([element.signal])

    clock.advance(barMs)
    await decided(element, 'A', clock.now())
    element.symbol = 'B'
    await decided(element, 'B', clock.now())
    expect(told.map(({ symbol }) => symbol)).toEqual(['A', 'A', 'B'])

    element.remove()
    await vi.waitFor(() => expect(clock.sleeping, 'nothing runs any more').toBe(0), wait)
    clock.advance(barMs)
    document.body.append(element)
    await decided(element, 'B', clock.now())
    document.body.removeEventListener('candlewick-signal', listener)
  })

  it('does not begin anew where it is merely moved', async () => {
    const source = new ClockedMarket(['A'])
    const history = vi.spyOn(source, 'history')
    const element = await show({ engine, source, timing: { clock: source.clock } })
    await decided(element, 'A', source.clock.now())
    const place = document.body.appendChild(document.createElement('div'))
    place.append(element)
    await drawn()
    source.clock.advance(barMs)
    await decided(element, 'A', source.clock.now())
    expect(history).toHaveBeenCalledTimes(2)
  })

  it('says in words what is wrong', async () => {
    const source = new ClockedMarket(['A', 'B'])
    source.problem = new Error('The exchange is closed.')
    const element = await show({ engine, source, timing: { clock: source.clock } })
    expect(textOf(element, 'problem')).toBe('No new signal: choose a symbol. The source has: A, B.')
    element.symbol = 'A'
    await vi.waitFor(() => expect(textOf(element, 'problem')).toBe('No new signal: The exchange is closed.'), wait)
    expect(spoken(element)).toBe('A: no new signal.')
    source.problem = undefined
    source.clock.advance(barMs)
    await decided(element, 'A', source.clock.now())
    await vi.waitFor(() => expect(part(element, 'problem')).toBeNull(), wait)
  })
})
