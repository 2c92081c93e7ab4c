import Database from 'better-sqlite3'

export type Client = Database.Database

/** Called with the text of each statement that runs, values included. */
export type OnStatement = (sql: string) => void

/** How long a statement waits, on the event loop, for another process that holds the database. */
const BUSY_TIMEOUT_MS = 2000
/** What the write-ahead log shrinks back to after a reader had made it grow. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
/** Should the `Checkpointer` not come to it: so long may the log get before a commit has to write it back. */
const WAL_LIMIT_PAGES = 64 * 1024

const options = (onStatement: OnStatement | undefined) => ({
  timeout: BUSY_TIMEOUT_MS,
  ...(onStatement && { verbose: (sql?: unknown) => onStatement(String(sql)) }),
})

/**
 * The one connection that writes. `synchronous=NORMAL` under WAL: a power cut may lose the last commits, never the
 * database; the end of the process loses nothing.
 */
export function connectToWrite(path: string, onStatement?: OnStatement): Client {
  const client = new Database(path, options(onStatement))
  try {
    client.pragma('journal_mode = WAL')
    client.pragma('synchronous = NORMAL')
    client.pragma('foreign_keys = ON')
    client.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`)
    client.pragma(`wal_autocheckpoint = ${WAL_LIMIT_PAGES}`)
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

/** Sees the last commit at the start of each read, and that state until the read ends. */
export function connectToRead(path: string, onStatement?: OnStatement): Client {
  return new Database(path, { ...options(onStatement), readonly: true })
}

/** Pages of the write-ahead log that are not yet in the database itself; some microseconds. Not within a transaction. */
export function unwritten(client: Client): number {
  const [state] = client.pragma('wal_checkpoint(NOOP)') as [{ readonly log: number; readonly checkpointed: number }]
  return state.log - state.checkpointed
}
