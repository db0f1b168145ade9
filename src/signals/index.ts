/** From raw model outputs to decisions: `candlewick/signals`. */
export { type Decision, type DecisionOptions, decide } from './decide.ts'
export { directionOf } from './direction.ts'
export { type Rejection, strategies, type Strategy, type StrategyName } from './filter.ts'
export {
  checkOutputSpec,
  type Horizon,
  type HorizonPrediction,
  type OutputSpec,
  outputLayouts,
  type Prediction,
  type Probabilities,
  readPrediction,
  type RiskPrediction,
  type Side,
} from './layout.ts'
export { type Levels, levelsFor } from './levels.ts'
export { type MaxAge, withinAge } from './max-age.ts'
export { type RiskLevel, type Scores, scorePrediction } from './scores.ts'
export { createSignal, type Signal, type SignalContext } from './signal.ts'
