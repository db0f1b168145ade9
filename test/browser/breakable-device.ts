/**
 * Imported before the package's WebGPU worker: its graphics card breaks when told to. `lose` takes it away, `freeze` lets
 * no answer come back any more. A worker of the name `no-device` gets none, one named `lost-at-once` loses it at once.
 */
const requestAdapter = navigator.gpu.requestAdapter.bind(navigator.gpu)
const devices: GPUDevice[] = []
let frozen = false

navigator.gpu.requestAdapter = async (options) => {
  const adapter = await requestAdapter(options)
  const requestDevice = adapter?.requestDevice.bind(adapter)
  if (adapter !== null && requestDevice !== undefined)
    adapter.requestDevice = async (descriptor) => {
      if (self.name === 'no-device') throw new Error('this card is out of order')
      const device = await requestDevice(descriptor)
      devices.push(device)
      freezable(device)
      if (self.name === 'lost-at-once') device.destroy()
      return device
    }
  return adapter
}

/** Lets nothing be read back from the device once it is frozen. */
function freezable(device: GPUDevice): void {
  const createBuffer = device.createBuffer.bind(device)
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor)
    const mapAsync = buffer.mapAsync.bind(buffer)
    buffer.mapAsync = (...options) => (frozen ? new Promise(() => undefined) : mapAsync(...options))
    return buffer
  }
}

self.addEventListener('message', ({ data }) => {
  if (data === 'freeze') frozen = true
  if (data === 'lose') for (const device of devices) device.destroy()
})
