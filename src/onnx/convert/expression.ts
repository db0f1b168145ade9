/**
 * What a network computes, apart from how its graph spells it. Recognition builds these from a graph or from trained
 * weights; emission writes them in their fast form.
 */
import type { Axis } from './layout.ts'

/** Numbers along an axis. */
export type Vector = Float32Array<ArrayBuffer>

/** The window: batch, time, feature. */
export interface Input {
  readonly kind: 'input'
  readonly name: string
  readonly batch: Axis
  readonly time: Axis
  readonly feature: Axis
}

/** The mean over an axis. */
export interface Mean {
  readonly kind: 'mean'
  readonly of: Expression
  readonly axis: Axis
}

/** Deviations from the mean over an axis. */
export interface Centred {
  readonly kind: 'centred'
  readonly of: Expression
  readonly axis: Axis
}

/** Squared deviations. */
export interface Squares {
  readonly kind: 'squares'
  readonly of: Centred
}

/** The mean of squared deviations, times a factor: n / (n - 1) for the unbiased variance. */
export interface Variance {
  readonly kind: 'variance'
  readonly of: Squares
  readonly factor: number
}

/** A variance raised by a small number. */
export interface Guarded {
  readonly kind: 'guarded'
  readonly of: Variance
  readonly epsilon: number
}

/** The square root of a guarded variance. */
export interface Deviation {
  readonly kind: 'deviation'
  readonly of: Guarded
}

/** One over a deviation, times a number for each place of `along`. */
export interface Inverse {
  readonly kind: 'inverse'
  readonly of: Deviation
  readonly along: Axis | undefined
  readonly scale: Vector | undefined
}

/** Standardised over an axis, then scaled and shifted along one. RevIN and layer normalisation are both this. */
export interface Normalised {
  readonly kind: 'normalised'
  readonly of: Expression
  readonly axis: Axis
  readonly factor: number
  readonly epsilon: number
  readonly along: Axis
  readonly scale: Vector | undefined
  readonly shift: Vector | undefined
}

/** Blocks of neighbouring steps, one for each patch: block `at` begins `hop * at + from` steps into the window. */
export interface View {
  readonly kind: 'view'
  readonly of: Expression
  readonly patch: Axis
  readonly from: number
  readonly hop: number
  readonly steps: number
}

/** Whole patches, flattened step by step. */
export interface Patches {
  readonly kind: 'patches'
  readonly of: Expression
  readonly patch: Axis
  readonly content: Axis
  readonly stride: number
  readonly steps: number
}

/** Patches embedded by a convolution; `weight` is [out, feature, step]. */
export interface Embedding {
  readonly kind: 'embedding'
  readonly of: Expression
  readonly patch: Axis
  readonly out: Axis
  readonly stride: number
  readonly steps: number
  readonly weight: Vector
  readonly bias: Vector | undefined
}

/** A fixed table [patch, width] added to every window's patches. */
export interface Positioned {
  readonly kind: 'positioned'
  readonly of: Expression
  readonly table: Vector
}

/** A linear layer over `over`; `weight` is [out, over]. */
export interface Linear {
  readonly kind: 'linear'
  readonly of: Expression
  readonly over: Axis
  readonly out: Axis
  readonly weight: Vector
  readonly bias: Vector | undefined
}

/** A multiple. */
export interface Scaled {
  readonly kind: 'scaled'
  readonly of: Expression
  readonly by: number
}

/** How much each patch looks at each other, before the softmax. */
export interface Scores {
  readonly kind: 'scores'
  readonly query: Linear
  readonly key: Linear
  readonly heads: number
  readonly scale: number
  readonly seen: Axis
}

/** Scores after the softmax. */
export interface Shares {
  readonly kind: 'shares'
  readonly of: Scores
}

/** Values mixed by shares. */
export interface Mixed {
  readonly kind: 'mixed'
  readonly shares: Shares
  readonly value: Linear
}

/** A residual connection. */
export interface Sum {
  readonly kind: 'sum'
  readonly left: Expression
  readonly right: Expression
}

/** The error function, and on the way to GELU that plus 1. */
export interface ErrorFunction {
  readonly kind: 'erf' | 'raised-erf'
  readonly of: Expression
}

/** An activation, by the name of its operation; `Gelu` is the exact form. */
export interface Activation {
  readonly kind: 'activation'
  readonly of: Expression
  readonly operation: 'Relu' | 'Gelu' | 'Tanh' | 'Sigmoid' | 'Softplus'
}

/** Outputs side by side. */
export interface Joined {
  readonly kind: 'joined'
  readonly parts: readonly Expression[]
  readonly out: Axis
}

/** Bounded below and above. */
export interface Clipped {
  readonly kind: 'clipped'
  readonly of: Expression
  readonly low: number
  readonly high: number
}

/** Any step of the network. */
export type Expression =
  | Input
  | Mean
  | Centred
  | Squares
  | Variance
  | Guarded
  | Deviation
  | Inverse
  | Normalised
  | View
  | Patches
  | Embedding
  | Positioned
  | Linear
  | Scaled
  | Scores
  | Shares
  | Mixed
  | Sum
  | ErrorFunction
  | Activation
  | Joined
  | Clipped

/** Expressions that stand between two steps of a network, and never by themselves in a finished one. */
export type Inner =
  | Input
  | Centred
  | Squares
  | Variance
  | Guarded
  | Deviation
  | Inverse
  | View
  | Patches
  | Scores
  | Shares
  | ErrorFunction
