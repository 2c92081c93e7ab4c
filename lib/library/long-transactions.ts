import { orAbort, throwIfAborted } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import { nextTurn, type Work } from '../domain/slices.ts'
import type { Client } from './connection.ts'

const SLICE_MS = 2

/**
 * Transactions of several turns of the event loop, one at a time, on a connection of their own: nobody reads anything of one
 * before its commit. SQLite lets one connection write at a time, and to wait for it would hold the event loop until the
 * wait is given up. So whoever writes elsewhere calls `finish` first, and waits for nobody.
 */
export class LongTransactions {
  readonly #client: Client
  readonly #clock: Clock
  #running: LongTransaction<unknown> | undefined

  /** @param client to be closed by `close` */
  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /**
   * Commits when `work` is done, and calls `onCommitted` in the same turn. Rejects with what the work throws, or the signal's
   * reason; nothing is stored then. A signal that comes after the commit is not heard.
   */
  async run<T>(work: Work<T>, onCommitted: () => void, signal: AbortSignal): Promise<T> {
    while (this.#running) await orAbort(this.#running.ended, signal)
    throwIfAborted(signal)
    if (!this.#client.open) throw closed()
    const running = new LongTransaction(inTransaction(this.#client, work, onCommitted))
    this.#running = running
    try {
      for (;;) {
        const untilMs = this.#clock.monotonicMs() + SLICE_MS
        running.step(() => this.#clock.monotonicMs() < untilMs)
        if (running.isOver) return running.result()
        await nextTurn()
        if (signal.aborted) running.undo(signal.reason)
      }
    } finally {
      this.#running = undefined
      running.end()
    }
  }

  /** Does the rest of what is under way at once. Never throws: whoever began it hears of what fails. */
  finish(): void {
    this.#running?.step(() => true)
  }

  /** Undoes what is under way, which fails with `aborted`. Idempotent. */
  close(): void {
    this.#running?.undo(closed())
    this.#client.close()
  }
}

const closed = () => new AppError('aborted', 'the library is closed')

function* inTransaction<T>(client: Client, work: Work<T>, onCommitted: () => void): Work<T> {
  client.exec('begin immediate')
  let result: T
  try {
    result = yield* work
    client.exec('commit')
  } finally {
    if (client.inTransaction) client.exec('rollback')
  }
  onCommitted()
  return result
}

/** Taken on by turns, or by whoever is in a hurry: how it ended is told to the one who began it. */
class LongTransaction<T> {
  readonly ended: Promise<void>
  end = (): void => {}
  readonly #work: Work<T>
  #isStepping = false
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined

  constructor(work: Work<T>) {
    this.#work = work
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
  }

  get isOver(): boolean {
    return this.#outcome !== undefined
  }

  /** Whoever is told of the commit may write, and be in a hurry, within the last step. */
  step(mayGoOn: () => boolean): void {
    if (this.#outcome || this.#isStepping) return
    this.#isStepping = true
    try {
      do {
        const step = this.#work.next()
        if (step.done) this.#outcome = { value: step.value }
      } while (!this.#outcome && mayGoOn())
    } catch (error) {
      this.#outcome = { error }
    } finally {
      this.#isStepping = false
    }
  }

  undo(reason: unknown): void {
    if (this.#outcome) return
    this.#outcome = { error: reason }
    this.#work.return(undefined as never)
  }

  result(): T {
    if (this.#outcome && 'value' in this.#outcome) return this.#outcome.value
    throw this.#outcome?.error
  }
}
