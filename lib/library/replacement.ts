import { and, eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { InfoHash } from '../domain/ids.ts'
import type { AddedTorrent, Placement } from '../domain/library.ts'
import { ofSeason } from './assignments.ts'
import { isOneOf } from './bulk.ts'
import type { ChangedItems } from './changed-items.ts'
import { episodes, seasons, torrentAssignments } from './schema.ts'

type Placed = AddedTorrent['placed']

interface OldFile {
  readonly infoHash: string
  readonly fileIndex: number
}

const FILE = { infoHash: torrentAssignments.infoHash, fileIndex: torrentAssignments.fileIndex }

/**
 * Puts aside the active versions that the files just placed make needless: every other file of the same movies, and of
 * the same seasons every file whose episodes are all covered anew, so that a double episode gives way only to what
 * brings both. Within the caller's transaction.
 */
export function putAsideReplaced(
  db: BetterSQLite3Database,
  infoHash: InfoHash,
  placements: readonly Placement[],
  placed: Placed,
  changed: ChangedItems,
): void {
  const newIndexes = new Set(placed.map((file) => file.fileIndex))
  const indexesOf = new Map<string, number[]>()
  for (const file of [...filesOfMovies(db, placed), ...filesOfEpisodes(db, placements, placed)]) {
    if (file.infoHash === infoHash && newIndexes.has(file.fileIndex)) continue
    const indexes = indexesOf.get(file.infoHash)
    if (indexes) indexes.push(file.fileIndex)
    else indexesOf.set(file.infoHash, [file.fileIndex])
  }
  for (const [hash, indexes] of indexesOf) {
    db.update(torrentAssignments)
      .set({ isActive: false })
      .where(and(eq(FILE.infoHash, hash), isOneOf(FILE.fileIndex, indexes)))
      .run()
    changed.unsorted(hash)
  }
}

function filesOfMovies(db: BetterSQLite3Database, placed: Placed): OldFile[] {
  const ids = new Set(placed.flatMap((file) => file.movieId ?? []))
  if (ids.size === 0) return []
  const { itemType, itemId, isActive } = torrentAssignments
  return db
    .select(FILE)
    .from(torrentAssignments)
    .where(and(eq(itemType, 'movie'), isOneOf(itemId, ids), eq(isActive, true)))
    .all()
}

function filesOfEpisodes(db: BetterSQLite3Database, placements: readonly Placement[], placed: Placed): OldFile[] {
  const showIds = new Set<number>()
  const covered = new Set<string>()
  for (const [i, placement] of placements.entries()) {
    const showId = placed[i]?.showId
    if (placement.kind !== 'episode' || showId === undefined) continue
    showIds.add(showId)
    for (const number of span(placement.episodes[0], placement.episodes.at(-1))) {
      covered.add(`${showId}:${placement.season}:${number}`)
    }
  }
  if (showIds.size === 0) return []
  const { isActive, lastEpisodeNumber } = torrentAssignments
  const files = db
    .select({
      ...FILE,
      showId: seasons.showId,
      season: seasons.number,
      first: episodes.number,
      last: lastEpisodeNumber,
    })
    .from(seasons)
    .crossJoin(episodes)
    .crossJoin(torrentAssignments)
    .where(and(ofSeason, eq(isActive, true), isOneOf(seasons.showId, showIds)))
    .all()
  return files.filter((file) =>
    span(file.first, file.last ?? file.first).every((number) => covered.has(`${file.showId}:${file.season}:${number}`)),
  )
}

/** The whole numbers from `first` to `last`, both included. */
function span(first = 0, last = first): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
