/** Writing and reading ONNX files, and the reference network. For building models; the page does not load this. */
export { decodeModel, encodeModel, floatsOf } from './model.ts'
export type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts'
export { buildPatchTst, patchTstModel, patchTstShape } from './patchtst.ts'
export type { PatchTstOptions } from './patchtst.ts'
export { initialWeights } from './weights.ts'
export type { PatchTstShape, PatchTstWeights, Weight } from './weights.ts'
