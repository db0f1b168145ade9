/** A worker that does next to nothing: what opening and ending workers leaves in Chromium by itself. */
self.addEventListener('message', ({ data }: MessageEvent<unknown>) => self.postMessage(data))
