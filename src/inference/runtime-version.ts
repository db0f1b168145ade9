/** Version of ONNX Runtime that the workers contain; the same as in package.json. A page must not load the runtime to learn it. */
export const runtimeVersion = '1.30.0'
