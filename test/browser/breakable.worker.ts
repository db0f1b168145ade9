/** The package’s WebGPU worker on a graphics card that a test can break. */
import './breakable-device.ts'
import 'candlewick/worker-webgpu'
