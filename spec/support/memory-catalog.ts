import type { InfoHash } from '../../lib/domain/ids.ts'
import type { TorrentCatalog } from '../../lib/domain/library.ts'
import type { TorrentSource } from '../../lib/domain/torrent.ts'

/** The library's torrents, as Activity sees them; keeps a person's pauses as the database does. */
export class MemoryCatalog implements TorrentCatalog {
  readonly paused = new Set<InfoHash>()
  readonly held: Set<InfoHash>
  sourceReads = 0

  constructor(held: Iterable<InfoHash>) {
    this.held = new Set(held)
  }

  source(infoHash: InfoHash): TorrentSource | undefined {
    this.sourceReads++
    return this.held.has(infoHash) ? { infoHash } : undefined
  }

  states(): readonly { readonly infoHash: InfoHash; readonly isPaused: boolean }[] {
    return [...this.held].map((infoHash) => ({ infoHash, isPaused: this.paused.has(infoHash) }))
  }

  setPaused(infoHash: InfoHash, isPaused: boolean): void {
    if (isPaused) this.paused.add(infoHash)
    else this.paused.delete(infoHash)
  }
}
