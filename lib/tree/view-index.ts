import type { InfoHash } from '../domain/ids.ts'
import type { Work } from '../domain/slices.ts'
import { compareText } from './item-nodes.ts'
import type { Item, Sections } from './library-tree.ts'
import { forEachOf, STEP } from './slices.ts'

type Listed = readonly Item[]

/** Films, episodes and packs of episodes: as many as /Recently Added shows, so that as many items are enough. */
export const MAX_RECENT = 50

/**
 * What views ask of the films and shows, kept from one tree to the next: of ten thousand items only those are looked at
 * that are others. It compares with the lists that it took over last, whether or not their tree came into use.
 */
export class ViewIndex {
  #movies: Listed = []
  #shows: Listed = []
  readonly #byTorrent = new Map<InfoHash, Listed>()
  #newest: Listed = []

  /** The 50 to which something was added last, the newest first. */
  get newest(): Listed {
    return this.#newest
  }

  /** Those with a video of this torrent. */
  itemsOf(infoHash: InfoHash): Listed {
    return this.#byTorrent.get(infoHash) ?? []
  }

  torrents(): readonly InfoHash[] {
    return [...this.#byTorrent.keys()]
  }

  /** Takes over these sections; may be left early. Returns the items that came. */
  *update({ movies, shows }: Sections): Work<readonly Item[]> {
    const gone: Item[] = []
    const added: Item[] = []
    yield* compare(this.#movies, movies.listed, gone, added)
    yield* compare(this.#shows, shows.listed, gone, added)
    if (gone.length === 0 && added.length === 0) return added
    yield* forEachOf(gone, (item) => this.#remove(item))
    yield* forEachOf(added, (item) => this.#add(item))
    const all = [movies.listed, shows.listed]
    const newest = (yield* changedNewest(this.#newest, new Set(gone), added)) ?? (yield* newestOf(all))
    this.#newest = newest
    this.#movies = movies.listed
    this.#shows = shows.listed
    return added
  }

  #remove(item: Item): void {
    for (const infoHash of item.torrents) {
      const others = this.itemsOf(infoHash).filter((other) => other !== item)
      if (others.length > 0) this.#byTorrent.set(infoHash, others)
      else this.#byTorrent.delete(infoHash)
    }
  }

  #add(item: Item): void {
    for (const infoHash of item.torrents) {
      const others = this.itemsOf(infoHash)
      if (!others.includes(item)) this.#byTorrent.set(infoHash, [...others, item])
    }
  }
}

/** Two lists in the order of `sortKey`. Nothing is looked at of what is in both. */
function* compare(before: Listed, after: Listed, gone: Item[], added: Item[]): Work<void> {
  let place = 0
  let otherPlace = 0
  while (place < before.length || otherPlace < after.length) {
    const same = sharedLength(before, place, after, otherPlace)
    place += same
    otherPlace += same
    const item = before[place]
    const other = after[otherPlace]
    const order = item && other ? compareText(item.sortKey, other.sortKey) : item ? -1 : 1
    if (item && order <= 0) gone.push(item)
    if (other && order >= 0) added.push(other)
    if (item && order <= 0) place++
    if (other && order >= 0) otherPlace++
    if ((gone.length + added.length) % STEP === 0) yield
  }
}

function sharedLength(before: Listed, place: number, after: Listed, otherPlace: number): number {
  let length = 0
  while (place + length < before.length && before[place + length] === after[otherPlace + length]) length++
  return length
}

/** Undefined when others may take the places of those that left. */
function* changedNewest(before: Listed, gone: ReadonlySet<Item>, added: Listed): Work<Listed | undefined> {
  const newest = before.filter((item) => !gone.has(item))
  const last = before.length === MAX_RECENT ? before.at(-1) : undefined
  yield* forEachOf(added, (item) => {
    if (!last || !isNewer(last, item)) insert(newest, item)
  })
  return last && newest.length < MAX_RECENT ? undefined : newest
}

function* newestOf(lists: readonly Listed[]): Work<Listed> {
  const newest: Item[] = []
  for (const listed of lists) yield* forEachOf(listed, (item) => insert(newest, item))
  return newest
}

function insert(newest: Item[], item: Item): void {
  const last = newest.at(-1)
  if (last && newest.length === MAX_RECENT && !isNewer(item, last)) return
  const place = newest.findIndex((other) => isNewer(item, other))
  newest.splice(place === -1 ? newest.length : place, 0, item)
  if (newest.length > MAX_RECENT) newest.pop()
}

/** Those that came at one time have an order that stays when another comes. */
function isNewer(a: Item, b: Item): boolean {
  if (a.newestAtMs !== b.newestAtMs) return a.newestAtMs > b.newestAtMs
  return a.item.kind === b.item.kind ? a.seniority < b.seniority : a.item.kind === 'movie'
}
