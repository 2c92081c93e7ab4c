import { AppError } from './errors.ts'
import type { ByteRange } from './ranges.ts'

/** The block of the wire protocol: what one request asks for (BEP 3; every client serves 16 KiB). */
export const BLOCK_BYTES = 16 * 1024

export interface TorrentFile {
  /** Position in the torrent's own file list, pad files counted. */
  readonly index: number
  /** `/`-separated, with the torrent's name as first part for a torrent of several files. */
  readonly path: string
  readonly sizeBytes: number
  /** Of its first byte among all the torrent's bytes. */
  readonly offsetBytes: number
  /** BEP 47 padding: never shown, its bytes are zeros. */
  readonly isPad: boolean
}

/** Pieces [first, end). */
export interface PieceRange {
  readonly first: number
  readonly end: number
}

/** All piece arithmetic of one torrent. Bytes are the torrent's, [0, totalBytes). */
export class PieceLayout {
  readonly pieceBytes: number
  readonly totalBytes: number
  readonly pieceCount: number

  /** Throws `invalid` unless both are positive whole numbers. */
  constructor(pieceBytes: number, totalBytes: number) {
    if (!Number.isSafeInteger(pieceBytes) || pieceBytes < 1) throw new AppError('invalid', `piece length ${pieceBytes}`)
    if (!Number.isSafeInteger(totalBytes) || totalBytes < 1)
      throw new AppError('invalid', `torrent length ${totalBytes}`)
    this.pieceBytes = pieceBytes
    this.totalBytes = totalBytes
    this.pieceCount = Math.ceil(totalBytes / pieceBytes)
  }

  pieceStart(piece: number): number {
    return piece * this.pieceBytes
  }

  /** The last piece may be shorter. */
  pieceLength(piece: number): number {
    return piece === this.pieceCount - 1 ? this.totalBytes - piece * this.pieceBytes : this.pieceBytes
  }

  pieceAt(offsetBytes: number): number {
    return Math.floor(offsetBytes / this.pieceBytes)
  }

  /** The pieces that hold any byte of `range`; empty for an empty range. */
  piecesOf(range: ByteRange): PieceRange {
    if (range.end <= range.start) return { first: 0, end: 0 }
    return { first: this.pieceAt(range.start), end: this.pieceAt(range.end - 1) + 1 }
  }

  blockCount(piece: number): number {
    return Math.ceil(this.pieceLength(piece) / BLOCK_BYTES)
  }

  blockLength(piece: number, block: number): number {
    return Math.min(BLOCK_BYTES, this.pieceLength(piece) - block * BLOCK_BYTES)
  }
}
