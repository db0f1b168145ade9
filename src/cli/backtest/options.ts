/** Options of the commands that replay histories: which candles, which model, which bars, and how a paper account trades. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { GapPolicy } from '../../core/candle.ts'
import type { BacktestRules } from '../../evaluate/index.ts'
import { strategies, type StrategyName } from '../../signals/index.ts'

/** What such a command is given. */
export interface ReplayCommandOptions {
  readonly csv: readonly string[]
  readonly manifest: string
  readonly model?: string
  readonly symbol?: string
  readonly gaps: GapPolicy
  readonly strategy: StrategyName
  /** Bar-open times in ms. */
  readonly from?: number
  readonly to?: number
  readonly fees: number
  readonly slippage: number
  readonly cash: number
  readonly stake: number
  readonly onOpposite: NonNullable<BacktestRules['onOpposite']>
  readonly maxBars?: number
  readonly json?: boolean
}

/** Takes an option again and again. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

/** A number from `low` to `high`. */
export function numberWithin(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`)
    return value
  }
}

/** A whole number from `low` on. */
export function wholeFrom(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < low)
      throw new InvalidArgumentError(`It must be a whole number from ${low} on.`)
    return value
  }
}

/** A moment in the notations of CSV files: milliseconds, or ISO 8601, UTC where no zone is given. */
export function moment(text: string): number {
  if (/^\d{12,14}$/.test(text)) return Number(text)
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text)
  const time = iso === null ? NaN : Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`)
  // A date that is not on the calendar, such as February 30, must not become another one.
  const day = iso?.[2] === undefined && !Number.isNaN(time) ? new Date(time).toISOString().slice(0, 10) : iso?.[1]
  if (Number.isNaN(time) || day !== iso?.[1])
    throw new InvalidArgumentError('It must be a date such as 2025-03-01, an ISO time, or milliseconds.')
  return time
}

/** Adds the options that choose candles, model and bars. */
export function addReplayOptions(command: Command): Command {
  return command
    .requiredOption('--csv <file>', 'candles, as for the command signal; repeat it for more markets', collect)
    .requiredOption('--manifest <file>', "the models' manifest.json: a path or an address")
    .option('--model <id>', 'id or name of the model (default: the first of the manifest)')
    .option('--symbol <name>', 'symbol of the one file without a symbol column (default: the name of the file)')
    .addOption(
      new Option('--strategy <name>', 'how strict the filter is').choices(Object.keys(strategies)).default('moderate'),
    )
    .addOption(
      new Option('--gaps <policy>', 'missing bars: refuse, or fill flat').choices(['error', 'flat']).default('error'),
    )
    .option('--from <date>', 'first bar that counts; those before it warm the model up (UTC)', moment)
    .option('--to <date>', 'bar after the last one that counts (UTC)', moment)
    .option('--json', 'one JSON object instead of text')
}

/** Adds the options of the paper account. */
export function addTradingOptions(command: Command): Command {
  return command
    .option('--fees <bps>', 'paid on the value of each fill, in basis points', numberWithin(0, 10_000), 10)
    .option('--slippage <bps>', 'how much worse fills at market are, in basis points', numberWithin(0, 10_000), 2)
    .option('--cash <amount>', 'what the account begins with', numberWithin(Number.MIN_VALUE, Number.MAX_VALUE), 10_000)
    .option('--stake <share>', 'share of the equity that one trade takes', numberWithin(Number.MIN_VALUE, 1), 0.1)
    .addOption(
      new Option('--on-opposite <rule>', 'what a signal of the other side does to an open trade')
        .choices(['reverse', 'close', 'ignore'])
        .default('reverse'),
    )
    .option('--max-bars <n>', 'bars after which a trade is closed (default: never)', wholeFrom(1))
}

/** The options as a backtest takes them. */
export function rulesOf(options: ReplayCommandOptions): BacktestRules {
  const { from, to, fees: feeBps, slippage: slippageBps, cash, stake, onOpposite, maxBars } = options
  return { from, to, feeBps, slippageBps, cash, stake, onOpposite, maxBars }
}
