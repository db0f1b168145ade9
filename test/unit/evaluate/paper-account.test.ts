import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { PaperAccount, type PaperOptions, type TradeSignal } from '../../../src/evaluate/index.ts'

const bar = 900_000
const free: PaperOptions = { cash: 1000, stake: 1, feeBps: 0, slippageBps: 0 }

const candle = (index: number, open: number, high: number, low: number, close: number): Candle => ({
  time: index * bar,
  open,
  high,
  low,
  close,
  volume: 1,
})

/** A bar that stays at one price. */
const still = (index: number, price: number): Candle => candle(index, price, price, price, price)

function signal(index: number, side: TradeSignal['side'], levels: Partial<TradeSignal> = {}): TradeSignal {
  const time = index * bar
  return {
    id: `s${index}`,
    symbol: 'A',
    time,
    side,
    stopLoss: null,
    takeProfit: null,
    expiresAt: time + 2 * bar,
    provisional: false,
    ...levels,
  }
}

/** An account that saw bar 0 and got a signal about it. */
function ordered(
  side: 'LONG' | 'SHORT',
  levels: Partial<TradeSignal> = {},
  options: PaperOptions = free,
): PaperAccount {
  const account = new PaperAccount(options)
  account.bar('A', still(0, 100))
  expect(account.order(signal(0, side, levels))).toBe('waiting')
  return account
}

describe('an order', () => {
  it('is filled at the open of the next bar, and not before', () => {
    const account = ordered('LONG')
    expect(account.positions).toEqual([])
    account.bar('A', candle(1, 101, 105, 99, 104))
    expect(account.positions).toMatchObject([{ side: 'LONG', entryPrice: 101, entryTime: bar }])
    expect(account.equity).toBeCloseTo(1000 * (104 / 101), 9)
  })

  it('pays fees on both fills and slips against itself', () => {
    const account = ordered('LONG', {}, { cash: 1000, stake: 0.5, feeBps: 10, slippageBps: 20 })
    account.bar('A', still(1, 100))
    account.closeAll()
    const [entry, exit, quantity] = [100.2, 99.8, 500 / 100.2]
    const fees = quantity * (entry + exit) * 0.001
    expect(account.trades[0]).toMatchObject({ entryPrice: entry, exitPrice: exit, reason: 'closed' })
    expect(account.trades[0]!.profit).toBeCloseTo(quantity * (exit - entry) - fees, 9)
    expect(account.summary.fees).toBeCloseTo(fees, 9)
  })

  it('is dropped when no bar comes before it expires', () => {
    const account = ordered('LONG')
    account.bar('A', still(2, 100))
    account.bar('A', still(3, 100))
    expect(account.positions).toEqual([])
  })

  it.each(['LONG', 'SHORT'] as const)('of a %s is not filled beyond its own levels', (side) => {
    const [stopLoss, takeProfit] = side === 'LONG' ? [98, 103] : [102, 97]
    for (const open of [97, 103.5]) {
      const account = ordered(side, { stopLoss, takeProfit })
      account.bar('A', still(1, open))
      expect(account.positions).toEqual([])
      expect(account.trades).toEqual([])
    }
  })

  it('is not made of provisional, neutral and outdated signals, nor twice for one side', () => {
    const account = ordered('LONG')
    expect(account.order(signal(0, 'LONG', { provisional: true }))).toBe('provisional')
    expect(account.order(signal(0, 'NEUTRAL'))).toBe('neutral')
    account.bar('A', still(1, 100))
    expect(account.order(signal(0, 'LONG'))).toBe('older')
    expect(account.order(signal(1, 'LONG'))).toBe('same-side')
  })
})

describe('stop and target', () => {
  const levels = { LONG: { stopLoss: 98, takeProfit: 104 }, SHORT: { stopLoss: 102, takeProfit: 96 } } as const

  it.each([
    { name: 'a long is stopped', side: 'LONG', next: candle(1, 100, 101, 97, 99), price: 98, reason: 'stop-loss' },
    { name: 'a short is stopped', side: 'SHORT', next: candle(1, 100, 103, 99, 100), price: 102, reason: 'stop-loss' },
    {
      name: 'a long reaches its target',
      side: 'LONG',
      next: candle(1, 100, 105, 99, 103),
      price: 104,
      reason: 'take-profit',
    },
    {
      name: 'a short reaches its target',
      side: 'SHORT',
      next: candle(1, 100, 101, 95, 97),
      price: 96,
      reason: 'take-profit',
    },
    {
      name: 'both in one bar count as the stop',
      side: 'LONG',
      next: candle(1, 100, 105, 97, 103),
      price: 98,
      reason: 'stop-loss',
    },
  ] as const)('$name, on the entry bar already', ({ side, next, price, reason }) => {
    const account = ordered(side, levels[side])
    account.bar('A', next)
    expect(account.trades).toMatchObject([{ exitPrice: price, reason, bars: 1 }])
  })

  it('fill at the open of a bar that opens beyond them', () => {
    const stopped = ordered('LONG', levels.LONG)
    stopped.bar('A', still(1, 100))
    stopped.bar('A', candle(2, 90, 95, 89, 94))
    expect(stopped.trades).toMatchObject([{ exitPrice: 90, reason: 'stop-loss', bars: 2 }])
    const paid = ordered('LONG', levels.LONG)
    paid.bar('A', still(1, 100))
    paid.bar('A', candle(2, 110, 112, 109, 111))
    expect(paid.trades).toMatchObject([{ exitPrice: 110, reason: 'take-profit' }])
  })

  it('slip only where the fill is at market', () => {
    const options = { ...free, slippageBps: 100 }
    const paid = ordered('SHORT', levels.SHORT, options)
    paid.bar('A', candle(1, 100, 101, 95, 97))
    expect(paid.trades[0]).toMatchObject({ entryPrice: 99, exitPrice: 96 })
    const stopped = ordered('SHORT', levels.SHORT, options)
    stopped.bar('A', candle(1, 100, 103, 99, 100))
    expect(stopped.trades[0]!.exitPrice).toBeCloseTo(102 * 1.01, 9)
  })
})

describe('a signal of the other side', () => {
  const opposed = (onOpposite: PaperOptions['onOpposite']): PaperAccount => {
    const account = ordered('LONG', {}, { ...free, onOpposite })
    account.bar('A', still(1, 100))
    account.order(signal(1, 'SHORT'))
    account.bar('A', still(2, 110))
    return account
  }

  it('turns the trade round at the next open', () => {
    const account = opposed('reverse')
    expect(account.trades).toMatchObject([{ side: 'LONG', exitPrice: 110, reason: 'opposite', bars: 1 }])
    expect(account.positions).toMatchObject([{ side: 'SHORT', entryPrice: 110 }])
  })

  it('only closes it, or leaves it, when told so', () => {
    expect(opposed('close')).toMatchObject({ trades: [{ exitPrice: 110 }], positions: [] })
    expect(opposed('ignore')).toMatchObject({ trades: [], positions: [{ side: 'LONG' }] })
  })
})

it('closes a trade after the given number of bars, at the close', () => {
  const account = ordered('LONG', {}, { ...free, maxBars: 2 })
  account.bar('A', still(1, 100))
  account.bar('A', candle(2, 100, 103, 100, 102))
  expect(account.trades).toMatchObject([{ exitPrice: 102, reason: 'max-bars', bars: 2 }])
})

it('sums up what happened', () => {
  const account = ordered('LONG', {}, { ...free, maxBars: 1 })
  account.bar('A', candle(1, 100, 110, 100, 110))
  account.order(signal(1, 'LONG'))
  account.bar('A', candle(2, 110, 110, 88, 88))
  expect(account.summary).toMatchObject({ startCash: 1000, trades: 2, winRate: 0.5, fees: 0 })
  expect(account.summary.equity).toBeCloseTo(880, 9)
  expect(account.summary.maxDrawdown).toBeCloseTo(0.2, 9)
  expect(account.summary.profitFactor).toBeCloseTo(100 / 220, 9)
})

it('refuses options that make no sense', () => {
  for (const options of [{ cash: 0 }, { stake: 1.5 }, { feeBps: -1 }, { slippageBps: Number.NaN }, { maxBars: 0 }])
    expect(() => new PaperAccount(options)).toThrow(TypeError)
})

/** A walk of bars with a signal now and then. */
const story = fc.array(
  fc.record({
    move: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
    up: fc.double({ min: 0, max: 0.03, noNaN: true }),
    down: fc.double({ min: 0, max: 0.03, noNaN: true }),
    side: fc.constantFrom('LONG', 'SHORT', 'NEUTRAL', undefined),
    stop: fc.double({ min: 0.005, max: 0.025, noNaN: true }),
  }),
  { maxLength: 60 },
)

type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

/** Lives a story; `mirrored` turns prices and sides upside down. */
function live(steps: Story, options: PaperOptions, mirrored = false): PaperAccount {
  const account = new PaperAccount(options)
  const flip = (price: number): number => (mirrored ? 200 - price : price)
  let price = 100
  for (const [i, { move, up, down, side, stop }] of steps.entries()) {
    const [open, close] = [price, Math.min(Math.max(price * (1 + move), 60), 140)]
    const [high, low] = [Math.max(open, close) * (1 + up), Math.min(open, close) * (1 - down)]
    price = close
    account.bar('A', candle(i, flip(open), flip(mirrored ? low : high), flip(mirrored ? high : low), flip(close)))
    if (side === undefined) continue
    const away = side === 'SHORT' ? -1 : 1
    const turned = mirrored && side !== 'NEUTRAL' ? (side === 'LONG' ? 'SHORT' : 'LONG') : side
    account.order(
      signal(i, turned, { stopLoss: flip(close * (1 - away * stop)), takeProfit: flip(close * (1 + away * 2 * stop)) }),
    )
  }
  return account
}

it('keeps its books: what it has is what it had and what its trades brought', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const account = live(steps, { cash: 1000, stake: 0.3, feeBps: 7, slippageBps: 3 })
      account.closeAll()
      const earned = account.trades.reduce((sum, trade) => sum + trade.profit, 0)
      expect(account.equity).toBeCloseTo(1000 + earned, 6)
      expect(account.summary.fees).toBeCloseTo(
        account.trades.reduce((sum, trade) => sum + trade.fees, 0),
        6,
      )
      for (const trade of account.trades) expect(trade.exitTime).toBeGreaterThanOrEqual(trade.entryTime)
    }),
  )
})

it('never decides by what comes later: a longer story begins with the same trades', () => {
  fc.assert(
    fc.property(story, fc.nat(60), (steps, cut) => {
      const [whole, part] = [live(steps, free), live(steps.slice(0, cut), free)]
      expect(whole.trades.slice(0, part.trades.length)).toEqual(part.trades)
    }),
  )
})

it('treats longs and shorts alike: in a mirrored market the same trades open and close', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const [plain, mirrored] = [live(steps, free), live(steps, free, true)]
      const course = (account: PaperAccount): unknown =>
        account.trades.map(({ entryTime, exitTime, reason }) => [entryTime, exitTime, reason])
      expect(course(mirrored)).toEqual(course(plain))
    }),
  )
})
