import { AppError } from '../../domain/errors.ts'
import type { PieceLayout } from '../../domain/piece-layout.ts'

/** `have` messages that a peer may send before the metadata is known. */
const MAX_EARLY_HAVES = 20_000

/** Which pieces a peer has. What it says before the metadata is known is kept, and checked once it is. */
export class PeerPieces {
  #pieceCount: number | undefined
  #bits: Uint8Array = new Uint8Array(0)
  #count = 0
  #isBitfieldDue = true
  #earlyBits: Uint8Array | undefined
  #isEarlyAll = false
  readonly #earlyHaves: number[] = []
  readonly #rejected = new Set<number>()
  readonly #refused = new Set<number>()

  get count(): number {
    return this.#count
  }

  get isComplete(): boolean {
    return this.#count === this.#pieceCount
  }

  has(piece: number): boolean {
    return ((this.#bits[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
  }

  /** Throws `invalid` when what the peer said before is not of this torrent. */
  setLayout(layout: PieceLayout): void {
    this.#pieceCount = layout.pieceCount
    this.#bits = new Uint8Array(Math.ceil(layout.pieceCount / 8))
    if (this.#earlyBits) this.#setBits(this.#earlyBits)
    if (this.#isEarlyAll) this.#setAll()
    for (const piece of this.#earlyHaves) this.#set(piece)
    this.#earlyBits = undefined
    this.#earlyHaves.length = 0
  }

  /** True when it counts now. Throws `invalid` for the wrong length, or one that is not the first thing said of pieces (BEP 3). */
  onBitfield(bits: Uint8Array): boolean {
    this.#takeTurn()
    if (this.#pieceCount === undefined) {
      this.#earlyBits = Uint8Array.from(bits)
      return false
    }
    this.#setBits(bits)
    return true
  }

  /** BEP 6: true when it counts now. Throws `invalid` when it is not the first thing said of pieces. */
  onHaveAll(): boolean {
    this.#takeTurn()
    if (this.#pieceCount === undefined) this.#isEarlyAll = true
    else this.#setAll()
    return this.#pieceCount !== undefined
  }

  /** BEP 6. Throws `invalid` when it is not the first thing said of pieces. */
  onHaveNone(): void {
    this.#takeTurn()
  }

  /** A request of this piece was rejected: at the second one the peer counts as without it, until `forgive`. True when it does now. */
  refuse(piece: number): boolean {
    if (!this.has(piece)) return false
    if (!this.#rejected.has(piece)) {
      this.#rejected.add(piece)
      return false
    }
    this.#refused.add(piece)
    this.#bits[piece >> 3] = (this.#bits[piece >> 3] ?? 0) & ~(0x80 >> (piece & 7))
    this.#count--
    return true
  }

  /** Rejections are forgotten. Returns the pieces that the peer has again. */
  forgive(): readonly number[] {
    const again = [...this.#refused].filter((piece) => this.#set(piece))
    this.#refused.clear()
    this.#rejected.clear()
    return again
  }

  /** True when it is news. Throws `invalid` for a piece that cannot be. */
  onHave(piece: number): boolean {
    this.#isBitfieldDue = false
    if (this.#pieceCount !== undefined) return this.#set(piece)
    if (this.#earlyHaves.length >= MAX_EARLY_HAVES) throw new AppError('invalid', 'too many haves')
    this.#earlyHaves.push(piece)
    return false
  }

  /** A set of all pieces is said once, before anything else of them. */
  #takeTurn(): void {
    if (!this.#isBitfieldDue) throw new AppError('invalid', 'a bitfield in the middle')
    this.#isBitfieldDue = false
  }

  #setAll(): void {
    this.#setBits(new Uint8Array(this.#bits.length).fill(255))
  }

  #setBits(bits: Uint8Array): void {
    const own = this.#bits
    const pieceCount = this.#pieceCount ?? 0
    if (bits.length !== own.length) throw new AppError('invalid', `bitfield of ${bits.length} bytes`)
    own.set(bits)
    // Spare bits at the end say nothing, whatever some clients put there.
    if (pieceCount % 8 !== 0) own[own.length - 1] = (own.at(-1) ?? 0) & (0xff << (8 - (pieceCount % 8)))
    this.#count = 0
    for (let piece = 0; piece < pieceCount; piece++) if (this.has(piece)) this.#count++
  }

  #set(piece: number): boolean {
    if (piece >= (this.#pieceCount ?? 0)) throw new AppError('invalid', `have of piece ${piece}`)
    if (this.has(piece)) return false
    this.#bits[piece >> 3] = (this.#bits[piece >> 3] ?? 0) | (0x80 >> (piece & 7))
    this.#count++
    return true
  }
}

/** The pieces of a have-map in the wire's form. */
export function* piecesIn(bits: Uint8Array, pieceCount: number): Generator<number> {
  for (let piece = 0; piece < pieceCount; piece++) {
    if (((bits[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0) yield piece
  }
}
