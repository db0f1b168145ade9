/** Lets an engine answer long histories a piece at a time: a year of signals at once would hold the page while it takes them in. */
import { CandleSeries, type SignalEngine } from 'candlewick'
import type { ReplayEngine, TradeSignal } from 'candlewick/evaluate'

/** Bars decided in one call; a multiple of every batch size, so that the pieces give what the whole would give, to the bit. */
const pieceBars = 8192

/** An engine that keeps of its signals what a trade needs, and pauses between pieces. */
export function inPieces(engine: SignalEngine): ReplayEngine<TradeSignal> {
  const { info, warmup } = engine
  return {
    info,
    warmup,
    replay: async (history, { last, signal, onProgress }) => {
      const { symbol, timeframe, length } = history
      const total = Math.min(last ?? length, Math.max(length - warmup + 1, 0))
      const part = new CandleSeries({ symbol, timeframe })
      const signals: TradeSignal[] = []
      for (let done = 0; done < total; done += pieceBars) {
        const bars = Math.min(pieceBars, total - done)
        for (const candle of history.slice(part.length, length - total + done + bars)) part.append(candle)
        const decided = await engine.replay(part, {
          last: bars,
          signal,
          onProgress: ({ phase, loaded, total: of }) => {
            if (phase === 'inference') onProgress?.({ phase, loaded: done + loaded, total })
            else if (done === 0) onProgress?.({ phase, loaded, total: of })
          },
        })
        for (const { id, time, side, stopLoss, takeProfit, expiresAt, provisional } of decided)
          signals.push({ id, symbol, time, side, stopLoss, takeProfit, expiresAt, provisional })
      }
      return signals
    },
  }
}
