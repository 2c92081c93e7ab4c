import { asc, eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../../domain/clock.ts'
import { episodeId, movieId, showId } from '../../domain/ids.ts'
import type { Sidecar, SidecarOwner, SidecarStore } from '../../domain/sidecars.ts'
import { isOneOf } from '../bulk.ts'
import { ChangedItems } from '../changed-items.ts'
import type { Commits } from '../commits.ts'
import { sidecars } from '../schema/sidecars.ts'
import { episodes, movies, seasons, shows } from '../schema/titles.ts'
import { type Forgetting, forgettingAll, hasStale, markMade, markNextStale, takeStale } from './stale-sidecars.ts'

type NewSidecar = Parameters<SidecarStore['saveSidecars']>[1][number]
type SidecarColumns = typeof sidecars.$inferSelect

/** The rows of `SidecarStore`. */
export class Sidecars implements Omit<SidecarStore, 'sidecarSubject' | 'onCommitted'> {
  readonly #db: BetterSQLite3Database
  readonly #commits: Commits
  readonly #clock: Clock
  #forgetting: Forgetting = new Map()

  constructor(db: BetterSQLite3Database, commits: Commits, clock: Clock) {
    this.#db = db
    this.#commits = commits
    this.#clock = clock
  }

  sidecars(owner: SidecarOwner): readonly Sidecar[] {
    return this.#rows(owner).map(toSidecar)
  }

  sidecar(id: number): Sidecar | undefined {
    const row = this.#db.select().from(sidecars).where(eq(sidecars.id, id)).get()
    return row && toSidecar(row)
  }

  /** What stays the same keeps its id and its time; told of only when something does not. */
  saveSidecars(owner: SidecarOwner, wanted: readonly NewSidecar[]): void {
    const changed = new ChangedItems()
    this.#commits.quietly(() => this.#save(owner, wanted, changed))
    const change = changed.change()
    if (change.items.length > 0) this.#commits.tell(change)
  }

  /** What changes from now on is made once more, though it is saved meanwhile. Those handed out before come last. */
  staleSidecars(limit: number): readonly SidecarOwner[] {
    // Asked after each commit, mostly for nothing: to look needs no lock, and has no other write done at once.
    if (this.#forgetting.size === 0 && !hasStale(this.#db)) return []
    return this.#commits.quietly(() => {
      let owners = takeStale(this.#db, limit)
      while (owners.length === 0 && this.#forgetting.size > 0) {
        markNextStale(this.#db, this.#forgetting)
        owners = takeStale(this.#db, limit)
      }
      return owners
    })
  }

  /** They become stale as they are asked for: all at once would hold the event loop for a second in a large library. */
  forgetSidecars(): void {
    this.#forgetting = forgettingAll()
    this.#commits.commit(() => markNextStale(this.#db, this.#forgetting))
  }

  #rows(owner: SidecarOwner): SidecarColumns[] {
    return this.#db.select().from(sidecars).where(isOf(owner)).orderBy(asc(sidecars.id)).all()
  }

  #save(owner: SidecarOwner, wanted: readonly NewSidecar[], changed: ChangedItems): void {
    markMade(this.#db, owner)
    const item = this.#itemOf(owner)
    if (!item) return
    const held = new Map(this.#rows(owner).map((row) => [keyOf(row), row]))
    const modifiedAtMs = this.#clock.nowMs()
    let isOther = false
    for (const sidecar of wanted) {
      const { role, season, sizeBytes, tag, imagePath } = sidecar
      const before = held.get(keyOf(sidecar))
      held.delete(keyOf(sidecar))
      if (before && before.sizeBytes === sizeBytes && before.tag === tag && before.imagePath === imagePath) continue
      isOther = true
      const values = { sizeBytes, tag, imagePath, modifiedAtMs }
      if (before) this.#db.update(sidecars).set(values).where(eq(sidecars.id, before.id)).run()
      else
        this.#db
          .insert(sidecars)
          .values({ ...ownerColumns(owner), role, season, ...values })
          .run()
    }
    const gone = [...held.values()].map((row) => row.id)
    if (gone.length > 0) this.#db.delete(sidecars).where(isOneOf(sidecars.id, gone)).run()
    if (!isOther && gone.length === 0) return
    if (item.kind === 'movie') changed.movie(item.id)
    else changed.show(item.id)
  }

  /** Undefined for an owner that left. */
  #itemOf({ kind, id }: SidecarOwner): { readonly kind: 'movie' | 'show'; readonly id: number } | undefined {
    if (kind === 'movie') {
      const row = this.#db.select({ id: movies.id }).from(movies).where(eq(movies.id, id)).get()
      return row && { kind, id: row.id }
    }
    const row =
      kind === 'show'
        ? this.#db.select({ id: shows.id }).from(shows).where(eq(shows.id, id)).get()
        : this.#db
            .select({ id: seasons.showId })
            .from(episodes)
            .innerJoin(seasons, eq(seasons.id, episodes.seasonId))
            .where(eq(episodes.id, id))
            .get()
    return row && { kind: 'show', id: row.id }
  }
}

const ID_COLUMNS = { movie: sidecars.movieId, show: sidecars.showId, episode: sidecars.episodeId }

const isOf = ({ kind, id }: SidecarOwner) => eq(ID_COLUMNS[kind], id)

const keyOf = ({ role, season }: Pick<NewSidecar, 'role' | 'season'>): string => `${role} ${season}`

function ownerColumns({ kind, id }: SidecarOwner) {
  if (kind === 'movie') return { movieId: id }
  return kind === 'show' ? { showId: id } : { episodeId: id }
}

function ownerOf({ movieId: movie, showId: show, episodeId: episode }: SidecarColumns): SidecarOwner {
  if (movie !== null) return { kind: 'movie', id: movieId(movie) }
  if (show !== null) return { kind: 'show', id: showId(show) }
  return { kind: 'episode', id: episodeId(episode ?? 0) }
}

function toSidecar(row: SidecarColumns): Sidecar {
  const { role, season, sizeBytes, tag, imagePath, modifiedAtMs } = row
  return { owner: ownerOf(row), role, season, sizeBytes, tag, imagePath, modifiedAtMs }
}
