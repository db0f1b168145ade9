/** What must hold between a model and the one that takes its place while an engine runs. */
import { CandlewickError } from '../core/errors.ts'
import type { EngineInfo } from './core.ts'

/** @throws `candle/timeframe` where the candles of one are not those of the other */
export function checkTimeframe(former: EngineInfo, next: EngineInfo): void {
  if (next.timeframe !== former.timeframe)
    throw new CandlewickError('candle/timeframe', { expected: next.timeframe, actual: former.timeframe })
}
