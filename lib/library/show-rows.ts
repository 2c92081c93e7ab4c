import { episodeId, type InfoHash, infoHash } from '../domain/ids.ts'
import type { Assignment, Episode, Season } from '../domain/library.ts'

// What `ShowQueries` reads of one show, in the order of its columns.

export type RawTitle = [title: string, year: number | null, tmdbId: number | null, addedAtMs: number]

/** A version of an episode, an episode without any, or a season without episodes. */
export type RawRow = RawVersion | RawEpisode | RawSeason

type RawSeason = [season: number, id: null]

type RawEpisode = [
  season: number,
  id: number,
  number: number,
  name: string | null,
  airDate: string | null,
  last: null,
  ...nulls: null[],
]

type RawVersion = [
  season: number,
  id: number,
  number: number,
  name: string | null,
  airDate: string | null,
  /** The file's last episode. */
  last: number,
  infoHash: string,
  fileIndex: number,
  filePath: string,
  sizeBytes: number,
  resolution: string | null,
  source: string | null,
  isActive: number,
  isChosen: number,
  trashedAtMs: number | null,
  assignedAtMs: number,
]

interface ShownEpisode extends Episode {
  readonly assignments: Assignment[]
}

interface ShownSeason extends Season {
  readonly episodes: ShownEpisode[]
}

/** Of rows by season and episode. A file of several episodes is an assignment of each of them. */
export function seasonsOf(rows: readonly RawRow[]): readonly Season[] {
  const seasons: ShownSeason[] = []
  const spans: {
    readonly season: ShownSeason
    readonly first: number
    readonly last: number
    readonly of: Assignment
  }[] = []
  let hash: InfoHash | undefined
  for (const row of rows) {
    const season = seasonOf(seasons, row[0])
    if (row[1] === null) continue
    const [, id, number, name, airDate, last] = row
    let episode = season.episodes.at(-1)
    if (episode?.id !== id) {
      episode = { id: episodeId(id), number, name, airDate, assignments: [] }
      season.episodes.push(episode)
    }
    if (last === null) continue
    if (row[6] !== hash) hash = infoHash(row[6])
    const assignment = toAssignment(row, hash)
    episode.assignments.push(assignment)
    if (last > number) spans.push({ season, first: number, last, of: assignment })
  }
  for (const { season, first, last, of } of spans) {
    for (const { number, assignments } of season.episodes) if (number > first && number <= last) assignments.push(of)
  }
  for (const { episodes } of seasons) {
    for (const { assignments } of episodes) if (assignments.length > 1) assignments.sort(byVersionOrder)
  }
  return seasons
}

function seasonOf(seasons: ShownSeason[], number: number): ShownSeason {
  const last = seasons.at(-1)
  if (last?.number === number) return last
  const season = { number, episodes: [] }
  seasons.push(season)
  return season
}

function toAssignment(row: RawVersion, hash: InfoHash): Assignment {
  return {
    infoHash: hash,
    fileIndex: row[7],
    filePath: row[8],
    sizeBytes: row[9],
    resolution: row[10],
    source: row[11],
    isActive: row[12] === 1,
    isChosen: row[13] === 1,
    trashedAtMs: row[14],
    assignedAtMs: row[15],
  }
}

/** As `VERSION_ORDER`. */
function byVersionOrder(a: Assignment, b: Assignment): number {
  return (
    Number(b.isActive) - Number(a.isActive) ||
    a.assignedAtMs - b.assignedAtMs ||
    (a.infoHash < b.infoHash ? -1 : Number(a.infoHash > b.infoHash)) ||
    a.fileIndex - b.fileIndex
  )
}
