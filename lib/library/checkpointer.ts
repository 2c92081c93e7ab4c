import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { Logger } from '../domain/logger.ts'
import { type Client, unwritten } from './connection.ts'

/** How much of the log there may be before it is written back, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4000
/** Writes between two looks at the log. */
const LOOK_EVERY = 32

/** Those who write may come between; more than a few tries are for nothing. */
const MAX_TRIES = 10
/** While the last pages are written nobody else writes: it is given up when a reader still needs what was before. */
const PATIENCE_MS = 5

/**
 * As text, since it has to run from TypeScript and from the build alike. The commit after a whole checkpoint begins the log
 * anew and waits until the disk has that: the one here, which changes nothing, so that none of the service's has to.
 */
const THREAD = `
  const { driver, path } = require('node:worker_threads').workerData
  const Database = require(driver)
  const client = new Database(path, { timeout: ${PATIENCE_MS} })
  const checkpoint = (mode) => client.pragma('wal_checkpoint(' + mode + ')')[0]
  try {
    client.pragma('synchronous = NORMAL')
    checkpoint('PASSIVE')
    for (let tries = 0; tries < ${MAX_TRIES}; tries++) {
      const { busy, log } = checkpoint('FULL')
      if (busy) continue
      try {
        client.exec('begin immediate')
      } catch (error) {
        if (error.code === 'SQLITE_BUSY') continue
        throw error
      }
      client.pragma('user_version = ' + client.pragma('user_version', { simple: true }))
      client.exec('commit')
      if (checkpoint('NOOP').log < log) break
    }
  } finally {
    client.close()
  }`

const DRIVER = createRequire(import.meta.url).resolve('better-sqlite3')

/**
 * Writes the write-ahead log back into the database in a thread of its own, so that no commit waits for the disk: by itself
 * SQLite does it within the commit that made the log long. Readers and writers go on meanwhile; what a reader still needs
 * stays in the log until the next time.
 */
export class Checkpointer {
  readonly #client: Client
  readonly #logger: Logger
  readonly #pages: number
  #writes = 0
  /** Of the log, kept there by readers the last time. */
  #keptPages = 0
  #running: Worker | undefined
  #isClosed = false

  constructor(client: Client, logger: Logger, pages = CHECKPOINT_PAGES) {
    this.#client = client
    this.#logger = logger
    this.#pages = pages
  }

  /** To be told of each statement and transaction that writes; looks at the log in the next turn of the event loop, when none runs. */
  noteWrite(): void {
    if (++this.#writes < LOOK_EVERY) return
    this.#writes = 0
    setImmediate(() => this.#look())
  }

  /** Leaves what is in the log to the next one. Idempotent. */
  close(): void {
    this.#isClosed = true
    void this.#running?.terminate()
  }

  #look(): void {
    if (this.#isClosed || this.#running || !this.#client.open) return
    if (this.#unwritten() < this.#keptPages + this.#pages) return
    const worker = new Worker(THREAD, { eval: true, workerData: { driver: DRIVER, path: this.#client.name } })
    this.#running = worker
    worker.on('error', (error) => this.#warn(error))
    worker.on('exit', () => {
      this.#running = undefined
      if (!this.#isClosed && this.#client.open) this.#keptPages = this.#unwritten()
    })
  }

  /** None when they cannot be counted: the disk may be full, or gone. */
  #unwritten(): number {
    try {
      return unwritten(this.#client)
    } catch (error) {
      this.#warn(error)
      return 0
    }
  }

  #warn(error: unknown): void {
    this.#logger.warn('the log of the library was not written back', { err: error })
  }
}
