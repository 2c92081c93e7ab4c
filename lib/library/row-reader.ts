import type { Statement } from 'better-sqlite3'
import { AppError } from '../domain/errors.ts'
import type { LibraryItem, LibraryReader, LibraryRow } from '../domain/library-rows.ts'
import { type Client, connectToRead, type OnStatement } from './connection.ts'
import { type RawRow, RowMapper } from './row-mapper.ts'
import { ALL_ROWS_SQL, ITEM_ROWS_SQL, type ItemKeys } from './row-sql.ts'
import { sqliteError } from './sqlite-error.ts'

/** A connection of its own for each read that runs: one connection has one snapshot, that of its oldest open read. */
interface Connection {
  readonly client: Client
  readonly all: Statement<[], RawRow>
  readonly items: Statement<[ItemKeys], RawRow>
  /** The read that runs on it. */
  open: IterableIterator<RawRow> | undefined
}

/** `LibraryReader` on read-only connections, so that an unfinished read stops no write. */
export class RowReader implements LibraryReader {
  readonly #path: string
  readonly #onStatement: OnStatement | undefined
  readonly #busy = new Set<Connection>()
  /** Kept for the next read; reads seldom overlap. */
  #idle: Connection | undefined
  #isClosed = false

  constructor(path: string, onStatement?: OnStatement) {
    this.#path = path
    this.#onStatement = onStatement
    this.#idle = this.#connect()
  }

  readAll(): Iterable<LibraryRow> {
    return this.#rows((connection) => connection.all.iterate())
  }

  readItems(items: readonly LibraryItem[]): Iterable<LibraryRow> {
    const movies = new Set<number>()
    const shows = new Set<number>()
    const unsorted = new Set<string>()
    let offline: 0 | 1 = 0
    for (const item of items) {
      if (item.kind === 'movie') movies.add(item.id)
      else if (item.kind === 'show') shows.add(item.id)
      else if (item.kind === 'unsorted') unsorted.add(item.infoHash)
      else offline = 1
    }
    const wanted = { movies: jsonOf(movies), shows: jsonOf(shows), unsorted: jsonOf(unsorted), offline }
    return this.#rows((connection) => connection.items.iterate(wanted))
  }

  /** Ends unfinished reads: their next row is an error of code `aborted`, never a seeming end. Idempotent. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#busy) this.#disconnect(connection)
    this.#busy.clear()
    if (this.#idle) this.#disconnect(this.#idle)
    this.#idle = undefined
  }

  *#rows(start: (connection: Connection) => IterableIterator<RawRow>): Generator<LibraryRow, void> {
    const mapper = new RowMapper()
    const connection = this.#take()
    try {
      const rows = start(connection)
      connection.open = rows
      for (;;) {
        if (this.#isClosed) throw closed()
        const step = rows.next()
        if (step.done) return
        yield mapper.row(step.value)
      }
    } catch (error) {
      throw sqliteError(error)
    } finally {
      this.#give(connection)
    }
  }

  #take(): Connection {
    if (this.#isClosed) throw closed()
    const connection = this.#idle ?? this.#connect()
    this.#idle = undefined
    this.#busy.add(connection)
    return connection
  }

  #give(connection: Connection): void {
    if (!this.#busy.delete(connection)) return
    connection.open?.return?.()
    connection.open = undefined
    if (this.#idle) this.#disconnect(connection)
    else this.#idle = connection
  }

  #connect(): Connection {
    const client = connectToRead(this.#path, this.#onStatement)
    return {
      client,
      all: client.prepare<[], RawRow>(ALL_ROWS_SQL).raw(),
      items: client.prepare<[ItemKeys], RawRow>(ITEM_ROWS_SQL).raw(),
      open: undefined,
    }
  }

  #disconnect(connection: Connection): void {
    connection.open?.return?.()
    connection.client.close()
  }
}

const closed = () => new AppError('aborted', 'the library is closed')

const jsonOf = (keys: ReadonlySet<string | number>): string => JSON.stringify([...keys])
