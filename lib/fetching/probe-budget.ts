import type { FileKey } from '../domain/curation.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { PieceRange } from '../domain/piece-layout.ts'
import type { Torrent, TorrentEngine } from '../domain/torrent.ts'
import { missingPieces } from './fetch-session.ts'
import { countPieces, hasPiece } from './file-ends.ts'
import type { PinBook } from './pin-book.ts'

export interface ProbeBudgetOptions {
  readonly book: PinBook
  readonly engine: TorrentEngine
  /** Of a private torrent's bytes. Trackers count a hit-and-run from about ten. */
  readonly privatePercent: number
}

/** How much may be fetched unasked: half the cache in all, and little of a private torrent. */
export class ProbeBudget {
  readonly #options: ProbeBudgetOptions

  constructor(options: ProbeBudgetOptions) {
    this.#options = options
  }

  get mostBytes(): number {
    return this.#options.engine.cache().capBytes / 2
  }

  get isFull(): boolean {
    return this.#options.book.bytes('ends') >= this.mostBytes
  }

  /** Of one file's ends. What is stored already costs nothing, what was allowed before is counted on. */
  of(torrent: Torrent, key: FileKey): { allows(pieces: readonly PieceRange[]): boolean } {
    const { book, privatePercent } = this.#options
    const { infoHash, layout, isPrivate } = torrent.info
    const others = book.pieces(infoHash, 'ends', key)
    const share = isPrivate ? (layout.totalBytes * privatePercent) / 100 : Number.POSITIVE_INFINITY
    const room = Math.min(this.mostBytes, share) / layout.pieceBytes - countPieces(others)
    const granted = new Set<number>()
    return {
      allows(pieces) {
        const fetched = missingPieces(torrent, pieces).filter(
          (piece) => !hasPiece(others, piece) && !granted.has(piece),
        )
        if (granted.size + fetched.length > room) return false
        for (const piece of fetched) granted.add(piece)
        return true
      },
    }
  }

  /** After a pin of a torrent that just came: the longest kept go for it. */
  settle(infoHash: InfoHash): void {
    this.#options.book.letGo(this.mostBytes, infoHash)
  }
}
