/** What lets the page open without a network: the service worker, and the words about it. */
/// <reference types="vite/client" />
import { byId } from './dom.ts'

function showNetwork(): void {
  const network = byId('network', HTMLElement)
  network.textContent = navigator.onLine ? 'Online' : 'Offline'
  network.classList.toggle('good', navigator.onLine)
}

const chip: HTMLElement = byId('offline', HTMLElement)
let pageKept = false
let modelKept = false

/** Both halves are needed: the page from the service worker's cache, the model from the package's store. */
function showKept(): void {
  const works = pageKept && modelKept
  chip.classList.toggle('good', works)
  chip.textContent = works ? 'Works offline' : 'Not yet offline'
}

/** Says whether the next visit finds the model on this device. */
export function modelIsKept(kept: boolean): void {
  modelKept = kept
  showKept()
}

/** Registers the service worker and keeps the two chips in the header true. */
export async function startOffline(): Promise<void> {
  showNetwork()
  addEventListener('online', showNetwork)
  addEventListener('offline', showNetwork)
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const updated = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The files of this page's version are gone from the cache now; a restart would ask for them.
    if (updated) chip.textContent = 'New version: reload the page'
  })
  try {
    await navigator.serviceWorker.register('./sw.js', { scope: './' })
    await navigator.serviceWorker.ready
    pageKept = true
  } catch {
    // Without a network the update check may fail, while the worker that is there goes on serving.
    pageKept = navigator.serviceWorker.controller !== null
  }
  showKept()
}
