import type { Client } from './connection.ts'

/** Far more than there are; some texts differ by what a page is sorted by. */
const MAX_STATEMENTS = 500

/**
 * The same connection, which prepares a text once: to parse a statement with all that its foreign keys and triggers do
 * takes longer than to run it. `beforeWrite` is called before each one that writes.
 */
export function preparingOnce(client: Client, beforeWrite: () => void): Client {
  const statements = new Map<string, ReturnType<Client['prepare']>>()
  const prepare = (source: string) => {
    let statement = statements.get(source)
    if (!statement) {
      if (statements.size >= MAX_STATEMENTS) statements.clear()
      statement = client.prepare(source)
      statements.set(source, statement)
    }
    if (!statement.readonly) beforeWrite()
    // Who asked for it before may have wanted rows as arrays.
    return statement.reader ? statement.raw(false) : statement
  }
  return Object.create(client, { prepare: { value: prepare } }) as Client
}
