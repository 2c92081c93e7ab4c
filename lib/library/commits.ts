import { type Disposable, Listeners } from '../domain/disposable.ts'
import type { LibraryChange } from '../domain/library-rows.ts'
import type { Logger } from '../domain/logger.ts'
import { ChangedItems } from './changed-items.ts'
import type { Client } from './connection.ts'

/** The library's transactions, and who is told of them. */
export class Commits {
  readonly #client: Client
  readonly #logger: Logger
  readonly #beforeWrite: () => void
  readonly #listeners = new Listeners<LibraryChange>()
  readonly #untold: LibraryChange[] = []
  #isTelling = false

  /** @param beforeWrite called before each transaction */
  constructor(client: Client, logger: Logger, beforeWrite: () => void) {
    this.#client = client
    this.#logger = logger
    this.#beforeWrite = beforeWrite
  }

  /** One immediate transaction, told of after its commit with the items that `work` marked as changed. */
  commit<T>(work: (changed: ChangedItems) => T): T {
    const changed = new ChangedItems()
    const result = this.quietly(() => work(changed))
    this.tell(changed.change())
    return result
  }

  /** One immediate transaction, told to nobody. */
  quietly<T>(work: () => T): T {
    this.#beforeWrite()
    return this.#client.transaction(work).immediate()
  }

  /** A listener that writes is told of its own commit after all others heard the one before. */
  tell(change: LibraryChange): void {
    this.#untold.push(change)
    if (this.#isTelling) return
    this.#isTelling = true
    for (let next = this.#untold.shift(); next; next = this.#untold.shift()) {
      try {
        this.#listeners.emit(next)
      } catch (error) {
        this.#logger.error('a listener to the library failed', { err: error })
      }
    }
    this.#isTelling = false
  }

  onCommitted(listener: (change: LibraryChange) => void): Disposable {
    return this.#listeners.add(listener)
  }
}
