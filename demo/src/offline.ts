/** What lets the page open without a network: the service worker, and the words about it. */
/// <reference types="vite/client" />
import { byId } from './dom.ts'

function showNetwork(): void {
  const chip = byId('network', HTMLElement)
  chip.textContent = navigator.onLine ? 'Online' : 'Offline'
  chip.classList.toggle('good', navigator.onLine)
}

/** Registers the service worker and keeps the two chips in the header true. */
export async function startOffline(): Promise<void> {
  showNetwork()
  addEventListener('online', showNetwork)
  addEventListener('offline', showNetwork)
  const chip = byId('offline', HTMLElement)
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) {
    chip.textContent = 'No offline copy here'
    return
  }
  const updated = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The files of this page's version are gone from the cache now; a restart would ask for them.
    if (updated) chip.textContent = 'New version: reload the page'
  })
  try {
    await navigator.serviceWorker.register('./sw.js', { scope: './' })
    await navigator.serviceWorker.ready
    chip.textContent = 'Works offline'
    chip.classList.add('good')
  } catch {
    chip.textContent = navigator.serviceWorker.controller === null ? 'No offline copy here' : 'Works offline'
  }
}
