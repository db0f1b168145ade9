/** What signals are worth: `candlewick/evaluate`. */
export {
  type AccountSummary,
  type ExitReason,
  type OrderAnswer,
  PaperAccount,
  type PaperOptions,
  type Position,
  type Trade,
  type TradeSignal,
} from './paper-account.ts'
