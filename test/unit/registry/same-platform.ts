/** What suites need that run in Node and in browsers alike: a database in both, and a second memory in neither. */

// Node has no IndexedDB; what stands in for it passes the platform's own tests.
if (globalThis.indexedDB === undefined) Object.assign(globalThis, await import('fake-indexeddb'))

// A page remembers editions of manifests beside its database, and each life here is to begin without a past.
Object.defineProperty(globalThis, 'localStorage', { value: undefined, configurable: true })

/** Whether this is a page. */
export const inBrowser = 'document' in globalThis

/** How many random lives are wanted. */
export const wantedRuns = Number((inBrowser ? undefined : process.env['CANDLEWICK_RUNS']) ?? (inBrowser ? 200 : 1000))
