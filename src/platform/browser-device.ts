/** What a page can know of its device without starting a worker, and where it remembers what was measured on it. */
import type { ChoiceStore } from '../rpc/choice-memory.ts'
import type { Device, GraphicsAdapter } from '../rpc/device.ts'

/** Some browsers answer null in the first moments of a page and have an adapter soon after. */
const secondTryMs = 100

/** Hints that not every browser gives. */
interface Hints {
  readonly connection?: { readonly saveData?: boolean }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

async function findGraphics(): Promise<GraphicsAdapter> {
  try {
    let adapter = await navigator.gpu.requestAdapter()
    if (adapter === null) {
      await pause(secondTryMs)
      adapter = await navigator.gpu.requestAdapter()
    }
    if (adapter === null) return { missing: 'WebGPU offers no graphics adapter here' }
    const { vendor, architecture, isFallbackAdapter } = adapter.info
    if (isFallbackAdapter) return { missing: 'WebGPU is only imitated in software here' }
    return { name: `${vendor} ${architecture}` }
  } catch (error) {
    return { missing: `WebGPU could not be asked for an adapter: ${String(error)}` }
  }
}

/** `localStorage`. Where it is missing or refuses (private windows, blocked storage, no room) nothing is remembered. */
const choices: ChoiceStore = {
  read: (key) => quietly(() => localStorage.getItem(key)) ?? undefined,
  write: (key, text) => quietly(() => localStorage.setItem(key, text)),
  remove: (key) => quietly(() => localStorage.removeItem(key)),
}

function quietly<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    // Measuring again at the next visit is all that is lost.
    return undefined
  }
}

/** This browser's device. `withoutWebGpu` says why it has no WebGPU, if that is known already. */
export function browserDevice(withoutWebGpu: () => string | undefined): Device {
  const { connection }: Hints = navigator as Navigator & Hints
  const missing = withoutWebGpu()
  return {
    agent: navigator.userAgent,
    cores: Math.max(navigator.hardwareConcurrency, 1),
    isolated: 'crossOriginIsolated' in globalThis && globalThis.crossOriginIsolated,
    saveData: connection?.saveData === true,
    findGraphics: () => (missing === undefined ? findGraphics() : Promise.resolve({ missing })),
    choices,
  }
}
