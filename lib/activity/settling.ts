import type { InfoHash } from '../domain/ids.ts'

/** What the engine still ends, one thing after the other for each torrent. */
export class Settling {
  readonly #last = new Map<InfoHash, Promise<void>>()

  has(infoHash: InfoHash): boolean {
    return this.#last.has(infoHash)
  }

  /** Resolves when all that runs now for this torrent has ended, however it ended. */
  async ended(infoHash: InfoHash): Promise<void> {
    await this.#last.get(infoHash)
  }

  /** As `ended`, for every torrent. */
  async allEnded(): Promise<void> {
    await Promise.all(this.#last.values())
  }

  /** Runs `work` after all that runs for this torrent, at once if nothing does. Fails as `work` does. */
  async run(infoHash: InfoHash, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(infoHash)
    const running = before ? before.then(work) : work()
    const settled: Promise<void> = running.then(
      () => {},
      () => {},
    )
    this.#last.set(infoHash, settled)
    try {
      await running
    } finally {
      if (this.#last.get(infoHash) === settled) this.#last.delete(infoHash)
    }
  }
}
