/** The JSON Schema of manifests. */
export function renderSchema(
  manifestSchema: typeof import('../src/registry/manifest-schema.ts').manifestSchema,
): Record<string, unknown>
