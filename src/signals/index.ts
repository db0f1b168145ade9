/** From raw model outputs to decisions: `candlewick/signals`. */
export { type Calibration, calibrated, type IsotonicMap, parseCalibration } from './calibration.ts'
export { type Decision, type DecisionOptions, decide } from './decide.ts'
export { directionOf, supportOf } from './direction.ts'
export { type Answered, fitIsotonicMap, fitTemperature } from './fit-calibration.ts'
export { type Rejection, strategies, type Strategy, type StrategyName, type Thresholds } from './filter.ts'
export { checkOutputSpec, outputLayouts, outputParts, readPrediction } from './layout.ts'
export { type OutputPart, type OutputSpec } from './layouts/family.ts'
export { type Levels, levelsFor } from './levels.ts'
export { type MaxAge, withinAge } from './max-age.ts'
export {
  type Horizon,
  type HorizonPrediction,
  type Prediction,
  type Probabilities,
  type RiskPrediction,
  type Side,
} from './prediction.ts'
export { type RiskLevel, type Scores, scorePrediction } from './scores.ts'
export { createSignal, type Signal, type SignalContext } from './signal.ts'
export {
  type DropReason,
  type PutOptions,
  SignalQueue,
  type SignalQueueOptions,
  type WhenFull,
} from './signal-queue.ts'
