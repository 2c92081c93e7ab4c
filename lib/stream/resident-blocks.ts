import type { Torrent } from '../domain/torrent.ts'

export interface ResidentBlocksOptions {
  /** What is read in one go for a client that asks for less at a time. Default 512 KiB. */
  readonly blockBytes?: number
  /** At most so many blocks are held. Default 16. */
  readonly blocks?: number
}

/** A run of reads that follow each other, and what was read ahead for it. Bytes of the torrent. */
interface Run {
  torrent: Torrent | undefined
  /** Where its last read ended. */
  next: number
  /** Resident are [start, end), at the buffer's beginning. */
  start: number
  end: number
  buffer: Uint8Array | undefined
  /** The read of what comes into the buffer from `start` on; nothing is resident meanwhile. */
  filling: Promise<number> | undefined
  lastUse: number
}

/**
 * Finder, the Windows redirector and some players read a film in small ranges, each a request: one turn through the thread
 * pool costs more than all else that such a request does. From the second range of a run on, a block is read within the
 * piece, and the next ranges are copied out of it.
 *
 * Only bytes of stored pieces come in here, and a piece's bytes never change; whoever copies asks the torrent first whether
 * it still has the piece. Held until `forget`, or until another run needs the room: at most `blocks` times `blockBytes`.
 */
export class ResidentBlocks {
  readonly #blockBytes: number
  readonly #maxRuns: number
  readonly #runs: Run[] = []
  #uses = 0

  constructor({ blockBytes = 512 * 1024, blocks = 16 }: ResidentBlocksOptions = {}) {
    this.#blockBytes = blockBytes
    this.#maxRuns = blocks
  }

  get residentBytes(): number {
    return this.#runs.reduce((sum, { buffer }) => sum + (buffer?.length ?? 0), 0)
  }

  /** Copies what is resident at this byte of the torrent; 0 when nothing is, and for a large read. */
  copy(torrent: Torrent, offsetBytes: number, target: Uint8Array): number {
    if (this.#isLarge(target)) return 0
    for (const run of this.#runs) {
      if (run.torrent !== torrent || !run.buffer) continue
      if (offsetBytes < run.start || offsetBytes >= run.end) continue
      return this.#take(run, run.buffer, offsetBytes, target)
    }
    return 0
  }

  /** As `Torrent.readPiece`, at this byte of the torrent, which is of a stored piece. */
  read(torrent: Torrent, piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    if (this.#isLarge(target)) return readStored(torrent, piece, offsetBytes, target)
    for (const run of this.#runs) {
      if (run.torrent !== torrent) continue
      if (run.next === offsetBytes && !run.filling) return this.#fill(run, torrent, piece, offsetBytes, target)
      if (run.filling && offsetBytes >= run.start && offsetBytes < run.start + this.#blockBytes) {
        return this.#after(run.filling, torrent, piece, offsetBytes, target)
      }
    }
    this.#begin(torrent, offsetBytes + target.length)
    return readStored(torrent, piece, offsetBytes, target)
  }

  /** Nobody reads the torrent any more. */
  forget(torrent: Torrent): void {
    for (const run of this.#runs) {
      if (run.torrent !== torrent) continue
      run.torrent = undefined
      run.buffer = undefined
      run.lastUse = 0
    }
  }

  /** Its turn through the thread pool is a small part of it. */
  #isLarge(target: Uint8Array): boolean {
    return target.length > this.#blockBytes / 4
  }

  async #fill(run: Run, torrent: Torrent, piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    const buffer = run.buffer ?? Buffer.allocUnsafeSlow(this.#blockBytes)
    run.buffer = buffer
    run.start = offsetBytes
    run.end = offsetBytes
    const filling = readStored(torrent, piece, offsetBytes, buffer)
    run.filling = filling
    try {
      run.end = offsetBytes + (await filling)
      return this.#take(run, buffer, offsetBytes, target)
    } finally {
      run.filling = undefined
    }
  }

  /** A block that another read waits for. */
  async #after(
    filling: Promise<number>,
    torrent: Torrent,
    piece: number,
    offsetBytes: number,
    target: Uint8Array,
  ): Promise<number> {
    await filling.catch(() => 0) // who began it hears of it
    return this.copy(torrent, offsetBytes, target) || (await readStored(torrent, piece, offsetBytes, target))
  }

  #take(run: Run, buffer: Uint8Array, offsetBytes: number, target: Uint8Array): number {
    const count = Math.min(target.length, run.end - offsetBytes)
    const from = offsetBytes - run.start
    target.set(buffer.subarray(from, from + count))
    run.next = offsetBytes + count
    run.lastUse = ++this.#uses
    return count
  }

  /** In the place of the run that was longest without a read, with its buffer. */
  #begin(torrent: Torrent, next: number): void {
    let run: Run | undefined
    if (this.#runs.length < this.#maxRuns) {
      run = { torrent, next, start: 0, end: 0, buffer: undefined, filling: undefined, lastUse: 0 }
      this.#runs.push(run)
    } else {
      for (const one of this.#runs) if (!one.filling && (!run || one.lastUse < run.lastUse)) run = one
      if (!run) return
    }
    run.torrent = torrent
    run.next = next
    run.end = run.start
    run.lastUse = ++this.#uses
  }
}

const readStored = (torrent: Torrent, piece: number, offsetBytes: number, target: Uint8Array): Promise<number> =>
  torrent.readPiece(piece, offsetBytes - torrent.info.layout.pieceStart(piece), target)
