import type { FileKey } from '../domain/curation.ts'
import type { Pin, PinKind, PinStore } from '../domain/fetching.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { PieceRange } from '../domain/piece-layout.ts'
import type { Work } from '../domain/slices.ts'
import type { TorrentEngine } from '../domain/torrent.ts'
import { countPieces, mergePieces } from './file-ends.ts'

export interface PinBookOptions {
  readonly store: PinStore
  readonly engine: TorrentEngine
}

export const fileKeyText = ({ infoHash, fileIndex }: FileKey): string => `${infoHash}:${fileIndex}`

interface Entry {
  readonly pin: Pin
  readonly bytes: number
}

/** The pins of all files: what the store keeps of them, what the engine knows, and how much room they take. */
export class PinBook {
  readonly #options: PinBookOptions
  /** By kind and file, the longest kept first. */
  readonly #entries: Record<PinKind, Map<string, Entry>> = { ends: new Map(), whole: new Map() }
  /** By torrent, then by kind and file. */
  readonly #torrents = new Map<InfoHash, Map<string, Pin>>()
  readonly #bytes: Record<PinKind, number> = { ends: 0, whole: 0 }

  constructor(options: PinBookOptions) {
    this.#options = options
  }

  /** Takes over what the store kept, and tells the engine. To be done before any pin is looked at or changed. */
  *load(): Work<void> {
    for (const pin of this.#options.store.pins()) {
      this.#put(pin)
      yield
    }
    for (const infoHash of this.#torrents.keys()) {
      this.#tell(infoHash)
      yield
    }
  }

  get(file: FileKey, kind: PinKind): Pin | undefined {
    return this.#entries[kind].get(fileKeyText(file))?.pin
  }

  all(kind: PinKind): readonly Pin[] {
    return [...this.#entries[kind].values()].map(({ pin }) => pin)
  }

  /** About so much is, or will be, pinned: of `whole` each file's size. */
  bytes(kind: PinKind): number {
    return this.#bytes[kind]
  }

  /** Pieces of a torrent's pins of this kind, those of the file `except` not counted. */
  pieces(infoHash: InfoHash, kind: PinKind, except?: FileKey): readonly PieceRange[] {
    const others = [...(this.#torrents.get(infoHash)?.values() ?? [])].filter(
      (pin) => pin.kind === kind && pin.fileIndex !== except?.fileIndex,
    )
    return mergePieces(others.flatMap((pin) => pin.pieces))
  }

  save(pin: Pin): void {
    this.#options.store.savePin(pin)
    this.#put(pin)
    this.#tell(pin.infoHash)
  }

  delete(file: FileKey, kind: PinKind): void {
    this.#options.store.deletePin(file, kind)
    this.#remove(file, kind)
    this.#tell(file.infoHash)
  }

  /** The torrent left, and its rows with it. */
  forget(infoHash: InfoHash): void {
    for (const pin of [...(this.#torrents.get(infoHash)?.values() ?? [])]) this.#remove(pin, pin.kind)
    this.#torrents.delete(infoHash)
  }

  /** Lets the longest kept ends go, but for this torrent's, until all of them take no more than `mostBytes`. */
  letGo(mostBytes: number, except: InfoHash): void {
    for (const { pin } of [...this.#entries.ends.values()]) {
      if (this.#bytes.ends <= mostBytes) return
      if (pin.infoHash !== except && pin.pieces.length > 0) this.save({ ...pin, pieces: [], isComplete: true })
    }
  }

  #put(pin: Pin): void {
    const key = fileKeyText(pin)
    const bytes = this.#bytesOf(pin)
    this.#bytes[pin.kind] += bytes - (this.#entries[pin.kind].get(key)?.bytes ?? 0)
    this.#entries[pin.kind].set(key, { pin, bytes })
    const own = this.#torrents.get(pin.infoHash) ?? new Map<string, Pin>()
    this.#torrents.set(pin.infoHash, own.set(`${pin.kind} ${pin.fileIndex}`, pin))
  }

  #remove(file: FileKey, kind: PinKind): void {
    const key = fileKeyText(file)
    this.#bytes[kind] -= this.#entries[kind].get(key)?.bytes ?? 0
    this.#entries[kind].delete(key)
    this.#torrents.get(file.infoHash)?.delete(`${kind} ${file.fileIndex}`)
  }

  /** The ends reach from the file's first piece to its last: that gives the length of a piece well enough. */
  #bytesOf({ kind, sizeBytes, pieces }: Pin): number {
    if (kind === 'whole') return sizeBytes
    const [first, last] = [pieces[0], pieces.at(-1)]
    if (!first || !last) return 0
    return Math.ceil((sizeBytes * countPieces(pieces)) / (last.end - first.first))
  }

  #tell(infoHash: InfoHash): void {
    const { engine } = this.#options
    engine.setPinned(infoHash, mergePieces([...this.pieces(infoHash, 'ends'), ...this.pieces(infoHash, 'whole')]))
  }
}
