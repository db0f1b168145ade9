/** Where the bytes of one database lie, as another program would see it: the rows of its pieces, and its files. */
import { onTestFinished } from 'vitest'

import { type IndexedDbRegistryStore, openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { openRaw, settled } from '../contract/indexeddb-contract.ts'

/** Opens a store that is closed at the end of the test. */
export async function openPlace(name: string, bytesIn?: 'indexeddb' | 'opfs'): Promise<IndexedDbRegistryStore> {
  const store = await openIndexedDbStore({ name, bytesIn })
  onTestFinished(() => store.close())
  return store
}

/** Answers calls of a method of the platform in another way, for one test. */
export function replace<T extends object>(
  target: T,
  method: keyof T & string,
  answer: (...args: never[]) => unknown,
): void {
  const before = Object.getOwnPropertyDescriptor(target, method)
  Object.defineProperty(target, method, { value: answer, configurable: true, writable: true })
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(target, method)
    else Object.defineProperty(target, method, before)
  })
}

/** A method of the platform that fails. */
export const refusal = (name: string) => async (): Promise<never> => {
  throw new DOMException('no', name)
}

/** The folder of one database. */
export async function folderOf(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle('candlewick-chunks', { create: true })
  return folder.getDirectoryHandle(`of-${name}`, { create: true })
}

/** Names of the files that are there, sorted. */
export async function filesOf(name: string): Promise<string[]> {
  const names: string[] = []
  for await (const file of (await folderOf(name)).keys()) names.push(file)
  return names.sort()
}

/** A file, also one that is not there yet. */
export async function fileOf(name: string, file: string): Promise<FileSystemFileHandle> {
  return (await folderOf(name)).getFileHandle(file, { create: true })
}

/** Writes a file, or writes over one. */
export async function writeFile(name: string, file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const stream = await (await fileOf(name, file)).createWritable()
  await stream.write(bytes)
  await stream.close()
}

/** The table of pieces: its keys, and how many bytes its rows have. */
export async function rowsOf(name: string): Promise<{ keys: IDBValidKey[]; bytes: number }> {
  const database = await openRaw(name)
  const table = database.transaction('chunks').objectStore('chunks')
  const [keys, rows] = await Promise.all([settled(table.getAllKeys()), settled<unknown[]>(table.getAll())])
  database.close()
  return { keys, bytes: rows.reduce<number>((sum, row) => sum + (row instanceof ArrayBuffer ? row.byteLength : 0), 0) }
}

/** Names of the files that the table speaks of, sorted. */
export async function namedFiles(name: string): Promise<string[]> {
  const { keys } = await rowsOf(name)
  return keys.flatMap((key) => (Array.isArray(key) && typeof key[2] === 'string' ? [key[2]] : [])).sort()
}
