/** The same bytes in the origin's private file system: how much faster another keeper of bytes could be. */

const fileName = 'bytes'

async function handle(): Promise<FileSystemFileHandle> {
  return (await navigator.storage.getDirectory()).getFileHandle(fileName, { create: true })
}

/** Writes a file from the page. */
export async function writeToOpfs(buffer: ArrayBuffer): Promise<void> {
  const writable = await (await handle()).createWritable()
  await writable.write(buffer)
  await writable.close()
}

/** Reads the file in the page. */
export async function readFromOpfs(): Promise<ArrayBuffer> {
  return (await (await handle()).getFile()).arrayBuffer()
}

const workerScript = `
onmessage = async () => {
  const began = performance.now()
  const directory = await navigator.storage.getDirectory()
  const file = await (await directory.getFileHandle('${fileName}')).createSyncAccessHandle()
  const bytes = new Uint8Array(file.getSize())
  file.read(bytes, { at: 0 })
  file.close()
  postMessage(performance.now() - began)
}`

/** Reads the file by a synchronous handle, which only workers may have; ms without the start of the worker. */
export async function readInWorker(): Promise<number> {
  const url = URL.createObjectURL(new Blob([workerScript], { type: 'text/javascript' }))
  const worker = new Worker(url)
  try {
    return await new Promise<number>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<number>) => resolve(data))
      worker.addEventListener('error', ({ message }) => reject(new Error(message)))
      worker.postMessage(undefined)
    })
  } finally {
    worker.terminate()
    URL.revokeObjectURL(url)
  }
}
