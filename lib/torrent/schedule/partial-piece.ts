import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { PieceMemory } from './piece-memory.ts'
import { RunningHash } from './running-hash.ts'

const FREE = 0
const ASKED = 1
const RECEIVED = 2

/** A piece between its first request and its verification. `P` is whoever blocks are asked of. */
export class PartialPiece<P> {
  readonly piece: number
  readonly blockCount: number
  /** In the plan, when that was last built. */
  rank = 0
  /** The only source, when an earlier attempt with several failed its hash: then the guilty one can be told. */
  onlyFrom: P | undefined
  readonly #state: Uint8Array
  /** Blocks that more than one peer may be sending. */
  readonly #doubled: Uint8Array
  readonly #askedOf: (P | undefined)[] = []
  readonly #everAsked = new Set<P>()
  readonly #sources: (P | undefined)[] = []
  readonly #memory: PieceMemory
  readonly #length: number
  #hash: RunningHash | undefined
  #bytes: Uint8Array | undefined
  #free: number
  #received = 0
  #firstFree = 0
  /** All before this block are received. */
  #wholeBlocks = 0

  constructor(layout: PieceLayout, piece: number, memory: PieceMemory) {
    this.piece = piece
    this.#memory = memory
    this.#length = layout.pieceLength(piece)
    this.blockCount = layout.blockCount(piece)
    this.#state = new Uint8Array(this.blockCount)
    this.#doubled = new Uint8Array(this.blockCount)
    this.#free = this.blockCount
  }

  /** Its memory, taken when the first block comes: most of what a seek asks for never does. */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#memory.take(this.#length)
    return this.#bytes
  }

  /** Of the blocks that came; made with the first. */
  get hash(): RunningHash {
    this.#hash ??= new RunningHash()
    return this.#hash
  }

  /** The piece is given up: no block is taken in after this. */
  giveMemoryBack(): void {
    if (this.#bytes) this.#memory.give(this.#bytes)
    this.#bytes = undefined
  }

  get freeBlocks(): number {
    return this.#free
  }

  get receivedBlocks(): number {
    return this.#received
  }

  get isComplete(): boolean {
    return this.#received === this.blockCount
  }

  /** Who sent each block. */
  get sources(): readonly (P | undefined)[] {
    return this.#sources
  }

  /** Each of them once. */
  get distinctSources(): ReadonlySet<P> {
    return new Set(this.#sources.filter((source) => source !== undefined))
  }

  isReceived(block: number): boolean {
    return this.#state[block] === RECEIVED
  }

  isAsked(block: number): boolean {
    return this.#state[block] === ASKED
  }

  isDoubled(block: number): boolean {
    return this.#doubled[block] === 1
  }

  /** Everybody that any block was asked of. */
  get everAsked(): Iterable<P> {
    return this.#everAsked
  }

  /** Whom an asked block was last asked of. */
  askedOf(block: number): P | undefined {
    return this.#askedOf[block]
  }

  /** The first free block from `from` on, or -1. */
  nextFree(from: number): number {
    let block = Math.max(from, this.#firstFree)
    while (block < this.blockCount && this.#state[block] !== FREE) block++
    if (from <= this.#firstFree) this.#firstFree = block
    return block < this.blockCount ? block : -1
  }

  ask(block: number, peer: P): void {
    if (this.#state[block] === RECEIVED) return
    if (this.#state[block] === FREE) {
      this.#state[block] = ASKED
      this.#free--
    } else {
      this.#doubled[block] = 1
    }
    this.#askedOf[block] = peer
    this.#everAsked.add(peer)
  }

  /** Gives a block back that was asked of `peer`, unless another was asked since. `mayCome`: it may still arrive. */
  giveBack(block: number, peer: P, mayCome: boolean): boolean {
    if (mayCome) this.#doubled[block] = 1
    if (this.#state[block] !== ASKED || this.#askedOf[block] !== peer) return false
    this.#state[block] = FREE
    this.#askedOf[block] = undefined
    this.#free++
    if (block < this.#firstFree) this.#firstFree = block
    return true
  }

  receive(block: number, data: Uint8Array, source: P): void {
    this.bytes.set(data, block * BLOCK_BYTES)
    if (this.#state[block] === FREE) this.#free--
    this.#state[block] = RECEIVED
    this.#sources[block] = source
    this.#received++
    while (this.#state[this.#wholeBlocks] === RECEIVED) this.#wholeBlocks++
    this.hash.advance(this.bytes, Math.min(this.#wholeBlocks * BLOCK_BYTES, this.#length))
  }
}
