import { type PieceWindow, WINDOW_PRIORITIES } from '../../domain/torrent.ts'
import { Heap } from './disk-heap.ts'

/** Pieces that share windows: those of one torrent. */
export class EvictionGroup {
  /** 0 until the torrent is opened; without windows no distance is taken. */
  pieceBytes = 0
  windows: readonly PieceWindow[] = []
  /** Pieces of the group that were found inside its windows and so left the cold heap. */
  aside: Evictable[] = []
}

/** Something that can leave the store. */
export interface Evictable {
  readonly group: EvictionGroup
  readonly piece: number
  /** Grows with every read, unique over all. Written by the store at each read without telling the order. */
  lastUse: number
  /** More than zero while a read, a write or a sync runs: never taken meanwhile. */
  users: number
  /** False once it left the store. */
  isStored: boolean
  /** Never taken while true; `unpin` ends it. */
  isPinned: boolean
}

/** Where a window keeps a piece: its priority's place in WINDOW_PRIORITIES, and its distance from the window's start. */
export interface KeptRank {
  readonly priority: number
  readonly distanceBytes: number
}

interface ColdEntry {
  readonly item: Evictable
  readonly lastUse: number
}
interface KeptEntry {
  readonly item: Evictable
  readonly rank: KeptRank
}

/** The most pressing place that any window of the group gives to the piece; undefined outside all. */
export function keptRank(item: Evictable): KeptRank | undefined {
  let best: KeptRank | undefined
  for (const window of item.group.windows) {
    if (item.piece < window.first || item.piece >= window.end) continue
    const rank = {
      priority: WINDOW_PRIORITIES.indexOf(window.priority),
      distanceBytes: (item.piece - window.first) * item.group.pieceBytes,
    }
    if (!best || compareRanks(rank, best) > 0) best = rank
  }
  return best
}

/** Negative when `a` is to go before `b`. */
function compareRanks(a: KeptRank, b: KeptRank): number {
  return b.priority - a.priority || b.distanceBytes - a.distanceBytes
}

/** Negative when `a` leaves before `b`: outside all windows first, least recently used; then as the windows rank. */
export function compareEvictables(a: Evictable, b: Evictable): number {
  const rankA = keptRank(a)
  const rankB = keptRank(b)
  if (!rankA || !rankB) return rankA ? 1 : rankB ? -1 : a.lastUse - b.lastUse
  return compareRanks(rankA, rankB) || a.lastUse - b.lastUse
}

/**
 * What leaves the store next, over all torrents. A read costs nothing here and moving windows costs nothing while no
 * piece inside them was looked at: both heaps are corrected when their top turns out to be old, so that taking a piece is
 * O(log n) amortised. Every stored item is in the cold heap, aside in its group or among the pinned, never in two of them.
 */
export class EvictionOrder {
  readonly #cold = new Heap<ColdEntry>((a, b) => a.lastUse - b.lastUse)
  /** The items aside by their rank; undefined while no one asked or since windows moved. */
  #kept: Heap<KeptEntry> | undefined
  readonly #groups = new Set<EvictionGroup>()
  /** Pinned ones that were met in the cold heap, and so left it. */
  readonly #pinned = new Set<Evictable>()

  add(item: Evictable): void {
    this.#cold.push({ item, lastUse: item.lastUse })
  }

  /** The item may be taken again, or has left the store. */
  unpin(item: Evictable): void {
    item.isPinned = false
    this.#kept = undefined
    if (this.#pinned.delete(item) && item.isStored) this.add(item)
  }

  /** Replaces the group's windows. */
  setWindows(group: EvictionGroup, windows: readonly PieceWindow[]): void {
    group.windows = windows
    if (windows.length > 0) this.#groups.add(group)
    else this.#groups.delete(group)
    const { aside } = group
    if (aside.length === 0) return
    group.aside = []
    this.#kept = undefined
    for (const item of aside) if (item.isStored) this.add(item)
  }

  /** The next to leave, which the caller then marks as not stored; undefined when everything left is in use. */
  take(): Evictable | undefined {
    return this.#takeCold() ?? this.#takeKept()
  }

  #takeCold(): Evictable | undefined {
    const used: Evictable[] = []
    let taken: Evictable | undefined
    for (let entry = this.#cold.pop(); entry; entry = this.#cold.pop()) {
      const { item } = entry
      if (!item.isStored) continue
      if (item.isPinned) {
        this.#pinned.add(item)
        continue
      }
      const rank = keptRank(item)
      if (rank) {
        item.group.aside.push(item)
        this.#kept?.push({ item, rank })
      } else if (entry.lastUse !== item.lastUse) {
        this.add(item)
      } else if (item.users > 0) {
        used.push(item)
      } else {
        taken = item
        break
      }
    }
    for (const item of used) this.add(item)
    return taken
  }

  #takeKept(): Evictable | undefined {
    this.#kept ??= this.#heapOfAside()
    const used: KeptEntry[] = []
    let taken: Evictable | undefined
    for (let entry = this.#kept.pop(); entry; entry = this.#kept.pop()) {
      if (!entry.item.isStored) continue
      if (entry.item.isPinned) continue // it stays aside
      if (entry.item.users === 0) {
        taken = entry.item
        break
      }
      used.push(entry)
    }
    for (const entry of used) this.#kept.push(entry)
    return taken
  }

  #heapOfAside(): Heap<KeptEntry> {
    const heap = new Heap<KeptEntry>((a, b) => compareRanks(a.rank, b.rank))
    for (const group of this.#groups) {
      group.aside = group.aside.filter((item) => item.isStored)
      for (const item of group.aside) {
        const rank = keptRank(item)
        if (rank) heap.push({ item, rank })
      }
    }
    return heap
  }
}
