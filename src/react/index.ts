/** Hooks for React: `candlewick/react`. */
'use client'

export { type EngineState, useEngine } from './use-engine.ts'
export { type SignalsState, useSignals, type UseSignalsOptions } from './use-signals.ts'
