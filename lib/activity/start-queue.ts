import type { InfoHash } from '../domain/ids.ts'

const CONCURRENCY = 4

/** Wakes torrents in the background, four at a time, in the order given. */
export class StartQueue {
  readonly #wake: (infoHash: InfoHash) => Promise<void>
  readonly #waiting = new Set<InfoHash>()
  readonly #running = new Set<Promise<void>>()

  /** `wake` must not reject. */
  constructor(wake: (infoHash: InfoHash) => Promise<void>) {
    this.#wake = wake
  }

  add(infoHash: InfoHash): void {
    this.#waiting.add(infoHash)
    if (this.#running.size >= CONCURRENCY) return
    const running: Promise<void> = this.#run().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Forgets what waits; resolves when what runs has ended. Idempotent. */
  async close(): Promise<void> {
    this.#waiting.clear()
    await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    for (const infoHash of this.#waiting) {
      this.#waiting.delete(infoHash)
      await this.#wake(infoHash)
    }
  }
}
