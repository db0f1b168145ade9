/** A browser for the tests. Without a path it is Playwright's own build. */
export interface FoundBrowser {
  readonly executablePath?: string
}

/** Chromium and Firefox, found or installed. */
export function findBrowsers(): Promise<{ readonly chromium: FoundBrowser; readonly firefox: FoundBrowser }>
