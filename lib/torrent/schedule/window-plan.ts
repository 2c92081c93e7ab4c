import type { PieceWindow, WindowOwner, WindowPriority } from '../../domain/torrent.ts'

export const NOT_WANTED = 255
const RANKS = { urgent: 0, index: 1, ahead: 2, idle: 3 } as const satisfies Record<WindowPriority, number>
export const URGENT = RANKS.urgent
export const AHEAD = RANKS.ahead
const IDLE = RANKS.idle
const FRONT_PRIORITIES = ['urgent', 'index', 'ahead'] as const

/**
 * One order of pieces out of the windows of all owners. First the front: `urgent`, then `index`, then `ahead`, each
 * ascending in a window and taking turns between owners. Then `idle`, rarest first. A piece stands where it is first
 * wanted. Pieces that are stored already stay in the order: whoever walks it passes them.
 */
export class WindowPlan {
  readonly #owners = new Map<WindowOwner, readonly PieceWindow[]>()
  readonly #pieceCount: number
  readonly #rank: Uint8Array
  readonly #frontAt: Int32Array
  #front: number[] = []
  #idle: Int32Array = new Int32Array(0)
  #idleAt: Int32Array | undefined
  #idleKey = ''
  #needsBuild = false

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount
    this.#rank = new Uint8Array(pieceCount).fill(NOT_WANTED)
    this.#frontAt = new Int32Array(pieceCount).fill(-1)
  }

  get isEmpty(): boolean {
    return this.#owners.size === 0
  }

  /** Pieces of the front, in order. */
  get front(): readonly number[] {
    return this.#front
  }

  /** Pieces wanted as `idle`, in order; those of the front among them. */
  get idle(): Int32Array {
    return this.#idle
  }

  /** All windows of all owners: what the store ranks by. */
  get windows(): readonly PieceWindow[] {
    return [...this.#owners.values()].flat()
  }

  /** The rank of a piece: 0 is the most pressing, `NOT_WANTED` when no window has it. */
  rankOf(piece: number): number {
    return this.#rank[piece] ?? NOT_WANTED
  }

  /** Where the piece stands in the front, or -1. */
  frontIndex(piece: number): number {
    return this.#frontAt[piece] ?? -1
  }

  /** Where the piece stands in the idle order, or -1. */
  idleIndex(piece: number): number {
    return this.#idleAt?.[piece] ?? -1
  }

  /** Replaces the owner's windows; an empty list forgets it. The order changes with the next `build`. */
  set(owner: WindowOwner, windows: readonly PieceWindow[]): void {
    if (windows.length === 0) this.#owners.delete(owner)
    else this.#owners.set(owner, windows)
    this.#needsBuild = true
  }

  /** Brings the order up to date; false when there was nothing to do. `availability` counts the peers that have a piece. */
  build(availability: Uint16Array): boolean {
    if (!this.#needsBuild) return false
    this.#needsBuild = false
    this.#buildIdle(availability)
    for (const piece of this.#front) {
      this.#rank[piece] = this.idleIndex(piece) < 0 ? NOT_WANTED : IDLE
      this.#frontAt[piece] = -1
    }
    this.#front = []
    for (const priority of FRONT_PRIORITIES) this.#appendFront(priority)
    return true
  }

  #appendFront(priority: (typeof FRONT_PRIORITIES)[number]): void {
    const queues = [...this.#owners.values()]
      .map((windows) => this.#piecesOf(windows, priority))
      .filter((pieces) => pieces.length > 0)
    const longest = queues.reduce((most, pieces) => Math.max(most, pieces.length), 0)
    for (let turn = 0; turn < longest; turn++) {
      for (const pieces of queues) {
        const piece = pieces[turn]
        if (piece === undefined || this.#frontAt[piece] !== -1) continue
        this.#frontAt[piece] = this.#front.length
        this.#rank[piece] = RANKS[priority]
        this.#front.push(piece)
      }
    }
  }

  #piecesOf(windows: readonly PieceWindow[], priority: WindowPriority): number[] {
    const pieces: number[] = []
    for (const window of windows) {
      if (window.priority !== priority) continue
      const end = Math.min(window.end, this.#pieceCount)
      for (let piece = Math.max(0, window.first); piece < end; piece++) pieces.push(piece)
    }
    return pieces
  }

  /** Only when the idle windows changed: they may hold the whole torrent, and a seek does not touch them. Ranks of the front are set after it. */
  #buildIdle(availability: Uint16Array): void {
    const windows = this.windows.filter((window) => window.priority === 'idle')
    const key = windows.map((window) => `${window.first}-${window.end}`).join()
    if (key === this.#idleKey) return
    this.#idleKey = key
    for (const piece of this.#idle) this.#rank[piece] = NOT_WANTED
    this.#idleAt ??= new Int32Array(this.#pieceCount)
    const at = this.#idleAt.fill(-1)
    const pieces = new Int32Array(this.#pieceCount)
    let count = 0
    for (const { first, end } of windows) {
      for (let piece = Math.max(0, first); piece < Math.min(end, this.#pieceCount); piece++) {
        if (at[piece] !== -1) continue
        at[piece] = 0
        pieces[count++] = piece
      }
    }
    this.#idle = rarestFirst(pieces.subarray(0, count).sort(), availability)
    this.#idle.forEach((piece, index) => {
      at[piece] = index
      this.#rank[piece] = IDLE
    })
  }
}

/** A counting sort: the whole of a large torrent in a millisecond. Pieces of the same count keep their order. */
function rarestFirst(pieces: Int32Array, availability: Uint16Array): Int32Array {
  const most = pieces.reduce((max, piece) => Math.max(max, availability[piece] ?? 0), 0)
  const starts = new Uint32Array(most + 2)
  for (const piece of pieces) {
    const next = (availability[piece] ?? 0) + 1
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let count = 1; count < starts.length; count++) starts[count] = (starts[count] ?? 0) + (starts[count - 1] ?? 0)
  const sorted = new Int32Array(pieces.length)
  for (const piece of pieces) {
    const count = availability[piece] ?? 0
    const at = starts[count] ?? 0
    sorted[at] = piece
    starts[count] = at + 1
  }
  return sorted
}
