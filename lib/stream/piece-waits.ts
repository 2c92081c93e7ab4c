import type { Clock, Timer } from '../domain/clock.ts'
import { AppError, toAppError } from '../domain/errors.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { Torrent } from '../domain/torrent.ts'

export interface PieceWaitsOptions {
  readonly torrent: Torrent
  readonly clock: Clock
  readonly metrics: Metrics
  /** How long nothing may come, neither a read's bytes nor a block of an awaited piece. */
  readonly timeoutMs: number
}

interface Wait {
  readonly controller: AbortController
  readonly piece: number
  /** At the last look. */
  receivedBytes: number
}

/** Within the time that may pass in silence. */
const LOOKS = 4

/**
 * One reader's waits for pieces, with one timer for all of them. Blocks that arrive count: a large piece from a slow peer
 * is no silence, however long it takes to be whole.
 */
export class PieceWaits {
  readonly #options: PieceWaitsOptions
  readonly #waits = new Set<Wait>()
  readonly #timer: Timer
  /** Looks in a row that saw nothing come. */
  #silentLooks = 0

  constructor(options: PieceWaitsOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => this.#look())
  }

  /**
   * Resolves when the piece can be read. Rejects with the signal's reason, `timeout` after silence, what `end` said, or as
   * the torrent does. Leaves no listener.
   */
  async arrival(piece: number, signal: AbortSignal): Promise<void> {
    const { torrent, clock, metrics } = this.#options
    const wait = { controller: new AbortController(), piece, receivedBytes: torrent.receivedBytes(piece) }
    const onAbort = () => wait.controller.abort(signal.reason)
    const startedMs = clock.monotonicMs()
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waits.add(wait)
    this.#arm()
    metrics.add('piece_waits_total')
    try {
      await torrent.whenHas(piece, wait.controller.signal)
    } catch (error) {
      if (signal.aborted) {
        metrics.add('read_aborts_total')
        throw error
      }
      throw toAppError(error)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#waits.delete(wait)
      if (this.#waits.size === 0) this.#timer.disarm()
      metrics.observe('piece_wait_seconds', (clock.monotonicMs() - startedMs) / 1000)
    }
  }

  /** Another read of the same reader got bytes. */
  delivered(): void {
    if (this.#waits.size > 0) this.#arm()
  }

  /** Every wait rejects; none may come after. */
  end(reason: () => AppError): void {
    this.#timer.dispose()
    for (const wait of this.#waits) wait.controller.abort(reason())
  }

  #arm(): void {
    this.#silentLooks = 0
    this.#timer.arm(this.#options.timeoutMs / LOOKS)
  }

  #look(): void {
    const { torrent, metrics, timeoutMs } = this.#options
    let hasGrown = false
    for (const wait of this.#waits) {
      const receivedBytes = torrent.receivedBytes(wait.piece)
      hasGrown ||= receivedBytes > wait.receivedBytes
      wait.receivedBytes = receivedBytes
    }
    this.#silentLooks = hasGrown ? 0 : this.#silentLooks + 1
    if (this.#silentLooks < LOOKS) {
      this.#timer.arm(timeoutMs / LOOKS)
      return
    }
    metrics.add('read_timeouts_total', this.#waits.size)
    const message = `no peer sent these bytes within ${timeoutMs / 1000} s`
    for (const wait of this.#waits) wait.controller.abort(new AppError('timeout', message))
  }
}
