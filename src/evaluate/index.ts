/** What signals are worth: `candlewick/evaluate`. */
export { PaperAccount } from './paper-account.ts'
export type {
  AccountSummary,
  ExitReason,
  OrderAnswer,
  PaperOptions,
  Position,
  Trade,
  TradeSignal,
} from './paper-trade.ts'
