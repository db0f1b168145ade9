/** Features of candles: the public list. */
export { computeFeatures, type FeatureMatrix } from './batch.ts'
export { catalogue, features, findFeature } from './catalogue/index.ts'
export {
  defineFeature,
  defineIndicator,
  type Family,
  type Feature,
  type FeatureDefinition,
  type IndicatorDefinition,
} from './define.ts'
export { type Dimension, type Scale, type Unit, unitFactor } from './dimension.ts'
export type { Expression, Operand } from './expression.ts'
export { compareFingerprint, type FeatureClaim, type Fingerprint, fingerprintOf } from './fingerprint.ts'
export { fitScaler, parseScaler, Scaler, type ScalerKind, type ScalerSpec } from './scaler.ts'
export { featureSets, type FeatureSetName } from './sets/index.ts'
export { reference221 } from './sets/reference-221.ts'
export { unified240 } from './sets/unified-240.ts'
export { featureSource, type FeatureSource } from './past-rows.ts'
export { countWindows, pastWindows, type PastWindowsOptions, type WindowBatch, windowsAt } from './past-windows.ts'
export { FeaturePipeline } from './pipeline.ts'
export { FeatureStream, type FeatureSnapshot, type FeatureStreamOptions } from './stream.ts'
export { computeTargets, targetHorizon, type TargetMatrix, targetNames } from './targets.ts'
export type { PipelineOptions, TrackSnapshot, TrackStatus } from './track.ts'
