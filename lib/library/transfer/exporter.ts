import { AppError } from '../../domain/errors.ts'
import { type Client, connectToRead, type OnStatement } from '../connection.ts'
import { sqliteError } from '../sqlite-error.ts'
import { ExportQueries } from './export-queries.ts'
import { FORMAT, type Header, type TransferRecord, VERSION } from './format.ts'

/** Writes the library as a document, each export on a connection of its own: it sees one state, and stops no writer. */
export class Exporter {
  readonly #path: string
  readonly #onStatement: OnStatement | undefined
  readonly #open = new Set<Client>()
  #isClosed = false

  constructor(path: string, onStatement?: OnStatement) {
    this.#path = path
    this.#onStatement = onStatement
  }

  *lines(): Generator<string, void> {
    const client = this.#connect()
    try {
      client.exec('begin')
      for (const record of records(new ExportQueries(client))) {
        yield JSON.stringify(record)
        if (this.#isClosed) throw closed()
      }
    } catch (error) {
      throw sqliteError(error)
    } finally {
      this.#open.delete(client)
      client.close()
    }
  }

  /** Ends exports under way: their next line is an error of code `aborted`. Idempotent. */
  close(): void {
    this.#isClosed = true
    for (const client of this.#open) client.close()
    this.#open.clear()
  }

  #connect(): Client {
    if (this.#isClosed) throw closed()
    const client = connectToRead(this.#path, this.#onStatement)
    this.#open.add(client)
    return client
  }
}

function* records(queries: ExportQueries): Generator<Header | TransferRecord, void> {
  yield { format: FORMAT, version: VERSION, ...queries.counts() }
  yield* queries.movies()
  yield* queries.shows()
  yield* queries.torrents()
}

const closed = () => new AppError('aborted', 'the library is closed')
