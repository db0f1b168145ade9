import { describe, expect, it } from 'vitest'
import { ModelRegistry } from '../../../src/registry/index.ts'

/** What people who come from a model registry, or from a model manager, look for first. */
const registryMethods = [
  'registerModel',
  'listModels',
  'getModel',
  'getModelInfo',
  'getModelMetadata',
  'setModelStatus',
  'setProductionModel',
  'getProductionModel',
  'deleteModel',
]
const managerMethods = [
  'getAvailableModels',
  'loadModel',
  'saveModel',
  'deleteModel',
  'getModelMetadata',
  'updateModelMetadata',
  'clearCache',
  'reloadModelList',
]

describe('one class', () => {
  it.each([...new Set([...registryMethods, ...managerMethods])])('has %s', (method) => {
    const found: unknown = Reflect.get(ModelRegistry.prototype, method)
    expect(found).toBeInstanceOf(Function)
  })
})
