import { and, eq, isNull, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { VersionPolicy } from '../../domain/curation.ts'
import { ofSeason } from '../assignments.ts'
import { isOneOf, jsonRows } from '../bulk.ts'
import type { ChangedItems } from '../changed-items.ts'
import { episodes, seasons } from '../schema/titles.ts'
import { torrentAssignments } from '../schema/torrents.ts'
import { activeVersions, splitByChoice, type Version } from './version-policy.ts'

/** Movies and seasons by their ids: among the files of each the policy decides. */
export interface VersionGroups {
  readonly movies: ReadonlySet<number>
  readonly seasons: ReadonlySet<number>
}

type FileRef = Pick<Version, 'infoHash' | 'fileIndex'>

interface Group {
  /** The movie's id, or the show's. */
  readonly id: number
  readonly kind: 'movie' | 'show'
  readonly versions: Version[]
}

const { infoHash, fileIndex, filePath, sizeBytes, resolution, source, assignedAtMs, isActive, isChosen } =
  torrentAssignments
const { itemType, itemId, trashedAtMs, isPurged, episodeId, movieId } = torrentAssignments

const FILE = { infoHash, fileIndex, filePath, sizeBytes, resolution, source, assignedAtMs, isActive, isChosen }

/** Neither in the trash nor deleted. */
const isAvailable = and(isNull(trashedAtMs), eq(isPurged, false))

/** Keeps the active flags of assignments as the policy wants them. All within the caller's transaction. */
export class Versions {
  readonly #db: BetterSQLite3Database
  readonly #policy: VersionPolicy

  constructor(db: BetterSQLite3Database, policy: VersionPolicy) {
    this.#db = db
    this.#policy = policy
  }

  /** Where files of one torrent are assigned; all of its files when none are named. */
  groupsOf(hash: string, fileIndexes?: Iterable<number>): VersionGroups {
    const rows = this.#db
      .selectDistinct({ movieId, seasonId: episodes.seasonId })
      .from(torrentAssignments)
      .leftJoin(episodes, eq(episodes.id, episodeId))
      .where(and(eq(infoHash, hash), fileIndexes && isOneOf(fileIndex, fileIndexes)))
      .all()
    return {
      movies: new Set(rows.flatMap((row) => row.movieId ?? [])),
      seasons: new Set(rows.flatMap((row) => row.seasonId ?? [])),
    }
  }

  /** After files were placed, and none went: nothing is to do where all stand side by side. */
  settleAdded(groups: () => VersionGroups, changed: ChangedItems): void {
    if (this.#policy !== 'all') this.settle(groups(), changed)
  }

  /** After files came or went. */
  settle(groups: VersionGroups, changed: ChangedItems): void {
    this.#update(this.#load(groups), (versions) => this.#settled(versions), changed)
  }

  /** After these files left the trash, active: they give way to what was chosen in their place. */
  settleRestored(groups: VersionGroups, files: readonly FileRef[], changed: ChangedItems): void {
    const restored = new Set(files.map(nameOf))
    const next = (versions: readonly Version[]): Version[] => {
      const { replaced } = splitByChoice(
        versions,
        versions.filter((version) => version.isChosen),
      )
      const isReplaced = (version: Version) => replaced.has(version) && restored.has(nameOf(version))
      return this.#settled(versions.map((version) => (isReplaced(version) ? { ...version, isActive: false } : version)))
    }
    this.#update(this.#load(groups), next, changed)
  }

  /** Every group of the library anew, after the policy became another. */
  settleAll(changed: ChangedItems): void {
    this.#update(this.#load(this.#groupsToChooseIn()), (versions) => this.#settled(versions, true), changed)
  }

  /** Nearly all groups have a file an episode, all active: so they are by any policy, and need not be read. */
  #groupsToChooseIn(): VersionGroups {
    const movies = this.#db.all<{ id: number }>(sql`
      select item_id as id from torrent_assignments where item_type = 'movie'
      group by item_id having count(*) > 1 or min(is_active) = 0`)
    const seasons = this.#db.all<{ id: number }>(sql`
      select s.id from seasons s
      cross join episodes e on e.season_id = s.id
      cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id
      group by s.id
      having count(*) > count(distinct e.id) or min(a.is_active) = 0 or max(a.last_episode_number > e.number) = 1`)
    return { movies: new Set(movies.map(({ id }) => id)), seasons: new Set(seasons.map(({ id }) => id)) }
  }

  /** A person wants these files of one torrent in place of those that they make needless. */
  choose(hash: string, fileIndexes: ReadonlySet<number>, changed: ChangedItems): void {
    const chooseAmong = (versions: readonly Version[]): Version[] => {
      const wanted = versions.filter((one) => one.infoHash === hash && fileIndexes.has(one.fileIndex))
      const { chosen, replaced } = splitByChoice(versions, wanted)
      return this.#settled(
        versions.map((version) => {
          if (chosen.has(version)) return { ...version, isActive: true, isChosen: true }
          return replaced.has(version) ? { ...version, isActive: false, isChosen: false } : version
        }),
      )
    }
    this.#update(this.#load(this.groupsOf(hash, fileIndexes)), chooseAmong, changed)
  }

  #settled(versions: readonly Version[], isAnew = false): Version[] {
    const active = activeVersions(versions, this.#policy, isAnew)
    return versions.map((version) => ({ ...version, isActive: active.has(version) }))
  }

  #load(groups: VersionGroups): Iterable<Group> {
    const loaded = new Map<string, Group>()
    const add = (kind: Group['kind'], id: number, groupId: number, version: Version) => {
      const group = loaded.get(`${kind}:${groupId}`)
      if (group) group.versions.push(version)
      else loaded.set(`${kind}:${groupId}`, { kind, id, versions: [version] })
    }
    if (groups.movies.size > 0) {
      const rows = this.#db
        .select({ itemId, ...FILE })
        .from(torrentAssignments)
        .where(and(eq(itemType, 'movie'), isOneOf(itemId, groups.movies), isAvailable))
        .all()
      for (const { itemId: id, ...file } of rows) add('movie', id, id, { ...file, first: 0, last: 0 })
    }
    if (groups.seasons.size > 0) {
      const { id: seasonId, showId } = seasons
      const rows = this.#db
        .select({ seasonId, showId, first: episodes.number, last: torrentAssignments.lastEpisodeNumber, ...FILE })
        .from(seasons)
        .crossJoin(episodes)
        .crossJoin(torrentAssignments)
        .where(and(ofSeason, isOneOf(seasonId, groups.seasons), isAvailable))
        .all()
      for (const { seasonId: id, showId, last, ...file } of rows) {
        add('show', showId, id, { ...file, last: last ?? file.first })
      }
    }
    return loaded.values()
  }

  /** Writes the flags that `next` makes others; its answer has the versions that it was given, in their order. */
  #update(
    groups: Iterable<Group>,
    next: (versions: readonly Version[]) => readonly Version[],
    changed: ChangedItems,
  ): void {
    const rows: [string, number, boolean, boolean][] = []
    for (const { kind, id, versions } of groups) {
      const others = next(versions).filter(({ isActive, isChosen }, i) => {
        return isActive !== versions[i]?.isActive || isChosen !== versions[i]?.isChosen
      })
      for (const { infoHash, fileIndex, isActive, isChosen } of others) {
        rows.push([infoHash, fileIndex, isActive, isChosen])
      }
      if (others.length === 0) continue
      if (kind === 'movie') changed.movie(id)
      else changed.show(id)
    }
    if (rows.length === 0) return
    this.#db.run(sql`
      update torrent_assignments set is_active = file.value ->> 2, is_chosen = file.value ->> 3
      from ${jsonRows(rows)} file
      where info_hash = file.value ->> 0 and file_index = file.value ->> 1`)
  }
}

const nameOf = ({ infoHash, fileIndex }: FileRef): string => `${infoHash}:${fileIndex}`
