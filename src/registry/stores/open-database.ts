/** Opens a database of IndexedDB within a limit of time. The only file that knows idb. */
import { type IDBPDatabase, openDB, type OpenDBCallbacks, unwrap } from 'idb'
import { nameOf } from './connection.ts'

/** Which database is opened, and how. */
export interface DatabaseOpening {
  readonly name: string
  readonly version: number
  /** How long opening may take. Another tab with an older version may hold it up for ever. */
  readonly timeoutMs: number
  /** Creates what an older version lacks. */
  readonly upgrade: (database: IDBDatabase) => void
  /** Told when the connection has ended by itself. */
  readonly onLost: () => void
}

/** An open database whose tables the schema describes, in the words of idb. */
export type TypedDatabase<Schema> = IDBPDatabase<Schema>

/** A database that newer code has upgraded is opened as it is. */
export function openDatabase<Schema>(opening: DatabaseOpening): Promise<TypedDatabase<Schema>> {
  const { name, version, timeoutMs, upgrade, onLost } = opening
  return new Promise((resolve, reject) => {
    let reason = `opening took longer than ${timeoutMs} ms`
    let late = false
    let opened: TypedDatabase<Schema> | undefined
    const callbacks: OpenDBCallbacks<Schema> = {
      upgrade: (database) => upgrade(unwrap(database)),
      blocked: () => void (reason = 'another tab keeps an older version of it open; close that tab'),
      blocking() {
        opened?.close()
        onLost()
      },
      terminated: onLost,
    }
    const arrive = (database: TypedDatabase<Schema>): void => {
      opened = database
      if (late) database.close()
      resolve(database)
    }
    const timer = setTimeout(() => {
      late = true
      reject(new Error(reason))
    }, timeoutMs)
    openDB<Schema>(name, version, callbacks)
      .catch((error: unknown) => {
        if (nameOf(error) === 'VersionError') return openDB<Schema>(name, undefined, callbacks)
        throw error
      })
      .then(arrive, reject)
      .finally(() => clearTimeout(timer))
  })
}
