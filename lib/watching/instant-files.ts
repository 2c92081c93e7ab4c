import type { InfoHash } from '../domain/ids.ts'
import type { PieceLayout, TorrentFile } from '../domain/piece-layout.ts'
import type { TorrentEngine } from '../domain/torrent.ts'

export interface InstantFilesOptions {
  readonly engine: Pick<TorrentEngine, 'stored' | 'hasPieces'>
  /** Both undefined for a torrent that the library does not hold; `layout` may have to parse and is asked rarely. */
  readonly files: (infoHash: InfoHash) => readonly TorrentFile[] | undefined
  readonly layout: (infoHash: InfoHash) => PieceLayout | undefined
}

const NONE: ReadonlySet<number> = new Set()

/** Which files are in the cache whole: worked out once a torrent, again after a piece of it came or went. */
export class InstantFiles {
  readonly #options: InstantFilesOptions
  readonly #known = new Map<InfoHash, ReadonlySet<number>>()
  readonly #layouts = new Map<InfoHash, PieceLayout>()

  constructor(options: InstantFilesOptions) {
    this.#options = options
  }

  has(infoHash: InfoHash, fileIndex: number): boolean {
    const known = this.#known.get(infoHash)
    if (known) return known.has(fileIndex)
    if (this.#options.engine.stored(infoHash) === 0) return false
    return this.#remember(infoHash).has(fileIndex)
  }

  /** After pieces came or went. Returns whether an answer that was given is another now. */
  update(infoHash: InfoHash): boolean {
    const before = this.#known.get(infoHash) ?? NONE
    const now = this.#remember(infoHash)
    return now.size !== before.size || [...now].some((index) => !before.has(index))
  }

  #remember(infoHash: InfoHash): ReadonlySet<number> {
    const found = this.#look(infoHash)
    if (this.#options.engine.stored(infoHash) > 0) this.#known.set(infoHash, found)
    else {
      this.#known.delete(infoHash)
      this.#layouts.delete(infoHash)
    }
    return found
  }

  #look(infoHash: InfoHash): ReadonlySet<number> {
    const { engine, files } = this.#options
    const storedBytes = engine.stored(infoHash)
    const fitting = (files(infoHash) ?? []).filter(({ sizeBytes, isPad }) => !isPad && sizeBytes <= storedBytes)
    const layout = fitting.length > 0 ? this.#layout(infoHash) : undefined
    if (!layout) return NONE
    const whole = fitting.filter(({ offsetBytes, sizeBytes }) =>
      engine.hasPieces(infoHash, layout.piecesOf({ start: offsetBytes, end: offsetBytes + sizeBytes })),
    )
    return new Set(whole.map(({ index }) => index))
  }

  #layout(infoHash: InfoHash): PieceLayout | undefined {
    const layout = this.#layouts.get(infoHash) ?? this.#options.layout(infoHash)
    if (layout) this.#layouts.set(infoHash, layout)
    return layout
  }
}
