import type { ItemReference, LibraryCuration } from '../../lib/domain/curation.ts'
import { Listeners } from '../../lib/domain/disposable.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { type MovieId, movieId, type ShowId, showId } from '../../lib/domain/ids.ts'
import type { Movie, ShowSummary } from '../../lib/domain/library.ts'
import type {
  AiredEpisode,
  ItemToComplete,
  MetadataStore,
  MovieMetadata,
  ShowMetadata,
} from '../../lib/domain/metadata.ts'

interface Held {
  readonly kind: 'movie' | 'show'
  readonly id: number
  title: string
  year: number | null
  tmdbId: number | null
  attempts: number
  dueAtMs: number | null
  /** By `season:episode`. */
  readonly episodes: Map<string, { name: string | null; airDate: string | null; isAssigned: boolean }>
}

interface NewItem {
  readonly title: string
  readonly year?: number
  readonly tmdbId?: number
}

/** The library as far as metadata goes. Keeps its rules: one TMDB id, and one title and year, for one item. */
export class MemoryMetadataStore implements MetadataStore, Pick<LibraryCuration, 'rematchMovie' | 'rematchShow'> {
  readonly items: Held[] = []
  readonly #listeners = new Listeners<void>()
  /** How often it was asked for items. */
  asked = 0
  /** Whether it had nothing to give the last time. */
  isDrained = false

  get listeners(): number {
    return this.#listeners.size
  }

  addMovie(item: NewItem): Held {
    return this.#add('movie', item, [])
  }

  /** Episodes as `season:episode`, each with a file. */
  addShow(item: NewItem, episodes: readonly string[] = []): Held {
    return this.#add('show', item, episodes)
  }

  remove(item: Held): void {
    this.items.splice(this.items.indexOf(item), 1)
    this.#listeners.emit()
  }

  #add(kind: Held['kind'], { title, year, tmdbId }: NewItem, episodes: readonly string[]): Held {
    const held: Held = {
      kind,
      id: this.items.length + 1,
      title,
      year: year ?? null,
      tmdbId: tmdbId ?? null,
      attempts: 0,
      dueAtMs: 0,
      episodes: new Map(episodes.map((key) => [key, { name: null, airDate: null, isAssigned: true }])),
    }
    this.items.push(held)
    this.#listeners.emit()
    return held
  }

  itemsToComplete(nowMs: number, limit: number): readonly ItemToComplete[] {
    this.asked++
    const due = this.items.filter(({ dueAtMs }) => dueAtMs !== null && dueAtMs <= nowMs)
    this.isDrained = due.length === 0
    return due
      .sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0))
      .slice(0, limit)
      .map(({ kind, id, title, year, tmdbId, attempts, episodes }) => {
        const common = { title, year, tmdbId, attempts }
        if (kind === 'movie') return { ...common, kind, id: movieId(id) }
        const lastEpisodes = new Map<number, number>()
        for (const key of episodes.keys()) {
          const [season = 0, episode = 0] = key.split(':').map(Number)
          lastEpisodes.set(season, Math.max(episode, lastEpisodes.get(season) ?? 0))
        }
        return { ...common, kind, id: showId(id), lastEpisodes }
      })
  }

  nextDueAtMs(): number | undefined {
    const times = this.items.flatMap(({ dueAtMs }) => (dueAtMs === null ? [] : [dueAtMs]))
    return times.length === 0 ? undefined : Math.min(...times)
  }

  saveMovie(id: number, metadata: MovieMetadata, dueAtMs: number | null): void {
    this.#save('movie', id, metadata, dueAtMs)
    this.#listeners.emit()
  }

  saveShow(id: number, metadata: ShowMetadata, dueAtMs: number | null): void {
    const held = this.#save('show', id, metadata, dueAtMs)
    for (const season of metadata.seasons) {
      for (const { number, name, airDate } of season.episodes) {
        const key = `${season.number}:${number}`
        const known = held.episodes.get(key) ?? { name: null, airDate: null, isAssigned: false }
        held.episodes.set(key, { ...known, name: name ?? known.name, airDate: airDate ?? known.airDate })
      }
    }
    this.#listeners.emit()
  }

  #save(kind: Held['kind'], id: number, metadata: MovieMetadata | ShowMetadata, dueAtMs: number | null): Held {
    const held = this.items.find((item) => item.kind === kind && item.id === id)
    if (!held) throw new AppError('not_found', `no ${kind} ${id}`)
    const { tmdbId, title, year } = metadata
    const isTaken = this.items.some(
      (item) =>
        item !== held && item.kind === kind && (item.tmdbId === tmdbId || (item.title === title && item.year === year)),
    )
    if (isTaken) throw new AppError('conflict', `${title} is there already`)
    Object.assign(held, { tmdbId, title, year, dueAtMs, attempts: 0 })
    return held
  }

  rematchMovie(id: number, to: ItemReference<MovieId>): Movie {
    this.#rematch('movie', id, to)
    return null as never // nobody asks for it
  }

  rematchShow(id: number, to: ItemReference<ShowId>): ShowSummary {
    this.#rematch('show', id, to)
    return null as never // nobody asks for it
  }

  /** The other stays, and is due. */
  #rematch(kind: Held['kind'], id: number, to: ItemReference<number>): void {
    const held = this.items.find((item) => item.kind === kind && item.id === id)
    const other = this.items.find(
      (item) => item.kind === kind && item !== held && 'tmdbId' in to && item.tmdbId === to.tmdbId,
    )
    if (!held || !other) throw new AppError('conflict', 'the item of that name has another TMDB id')
    for (const [key, episode] of held.episodes) other.episodes.set(key, episode)
    Object.assign(other, { dueAtMs: 0, attempts: 0 })
    this.remove(held)
  }

  postpone({ kind, id }: Pick<ItemToComplete, 'kind' | 'id'>, dueAtMs: number): void {
    const held = this.items.find((item) => item.kind === kind && item.id === id)
    if (held) Object.assign(held, { dueAtMs, attempts: held.attempts + 1 })
  }

  airedEpisodes(fromDate: string, toDate: string): readonly AiredEpisode[] {
    return this.items
      .flatMap((show) =>
        [...show.episodes].flatMap(([key, { name, airDate, isAssigned }]): AiredEpisode[] => {
          if (airDate === null || airDate < fromDate || airDate > toDate) return []
          const [season = 0, episode = 0] = key.split(':').map(Number)
          return [{ showId: showId(show.id), showTitle: show.title, season, episode, name, airDate, isAssigned }]
        }),
      )
      .sort((a, b) => (a.airDate < b.airDate ? 1 : -1))
  }

  onCommitted(listener: () => void) {
    return this.#listeners.add(listener)
  }
}
