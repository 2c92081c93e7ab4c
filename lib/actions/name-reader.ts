import type { ItemReference, MatchTarget } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { Identifier } from '../domain/identify.ts'
import type { MovieId, ShowId } from '../domain/ids.ts'
import { foldName } from '../domain/legal-name.ts'
import type { Tree } from '../domain/tree.ts'
import { subjectAt } from './drive-path.ts'

/** What a person wrote: the title word for word, unlike that of a release's name. */
export interface WrittenTitle {
  readonly title: string
  readonly year: number | null
  readonly tmdbId?: number
}

/** `Title (Year)`, and what the drive itself puts after it: a TMDB id, a counter, a version. */
const WRITTEN =
  /^(?<title>.+?) \((?<year>(?:18|19|20)\d\d)\)(?: \[tmdbid-(?<tmdbId>\d{1,9})\])?(?: \(\d{1,3}\))?(?: - .+)?$/u
/** The same, of an item whose year nobody knows. */
const YEARLESS = /^(?<title>.+?)(?: \[tmdbid-(?<tmdbId>\d{1,9})\])?(?: \(\d{1,3}\))?$/u
/** How sure the identifier must be of a name that a person chose. */
const MIN_CONFIDENCE = 0.5

/** What would be understood. */
export const MOVIE_HELP = 'name it by title and year, like "Heat (1995)"'
const EPISODE_HELP = 'name it by season and episode, like "Lost (2004)/Season 01/Lost - S01E02.mkv"'

/** Understands where names say that something belongs. */
export class NameReader {
  readonly #identifier: Identifier

  constructor(identifier: Identifier) {
    this.#identifier = identifier
  }

  /** A film's title and year, of a name without its extension. Undefined when it does not say both. */
  movieTitle(name: string): WrittenTitle | undefined {
    const written = groupsOf(WRITTEN, name)
    if (written) return written
    const { type, title, year, confidence } = this.#identifier.identifyName(name)
    const isFilm = type === 'movie' && title !== null && year !== null && confidence >= MIN_CONFIDENCE
    return isFilm ? { title, year } : undefined
  }

  /** A show's title, with its year or not. Undefined when nothing in it can be read. */
  showTitle(name: string): WrittenTitle | undefined {
    const written = groupsOf(WRITTEN, name) ?? groupsOf(YEARLESS, name)
    return written && /[\p{L}\p{N}]/u.test(written.title) ? written : undefined
  }

  #movieTitleOrFail(name: string): WrittenTitle {
    const title = this.movieTitle(name)
    if (!title) throw new AppError('invalid', `"${name}" does not say which film it is: ${MOVIE_HELP}`)
    return title
  }

  /**
   * What a file's path in the library says that it is. `top` is Movies or TV Shows, or Unsorted: then only the name counts,
   * and folders for a show's title. Fails with `invalid`.
   * @param isRenamed its folder stayed: then its name must say it, which else its folder may
   */
  target(tree: Tree, top: string, rest: readonly string[], isRenamed: boolean): MatchTarget {
    const name = rest.at(-1) ?? ''
    if (top === 'Movies') return { kind: 'movie', movie: this.#movie(tree, rest, isRenamed) }
    if (top === 'TV Shows') return this.#episode(rest, this.#show(tree, rest))
    const { type, episodes } = this.#identifier.identifyName(name)
    if (type === 'episode' && episodes.length > 0) return this.#episode(rest)
    const title = this.movieTitle(stemOf(name))
    if (!title) throw new AppError('invalid', `"${name}" does not say what it is: ${MOVIE_HELP}, or ${EPISODE_HELP}`)
    return { kind: 'movie', movie: title }
  }

  #movie(tree: Tree, rest: readonly string[], isRenamed: boolean): ItemReference<MovieId> {
    const name = stemOf(rest.at(-1) ?? '')
    const [folder] = rest.length > 1 ? rest : []
    if (isRenamed || folder === undefined) return this.#movieTitleOrFail(name)
    const known = subjectAt(tree, ['Movies', folder], 'movie')
    return known ? { id: known.id } : (this.movieTitle(folder) ?? this.#movieTitleOrFail(name))
  }

  /** The show whose folder it is, as it is written there. */
  #show(tree: Tree, rest: readonly string[]): ItemReference<ShowId> | undefined {
    const [folder] = rest.length > 1 ? rest : []
    if (folder === undefined) return undefined
    const known = subjectAt(tree, ['TV Shows', folder], 'show')
    return known ? { id: known.id } : this.showTitle(folder)
  }

  #episode(rest: readonly string[], folderShow?: ItemReference<ShowId>): MatchTarget {
    const name = rest.at(-1) ?? ''
    const { title, year, season, episodes, confidence } = this.#identifier.identifyName(rest.join('/'))
    const isSure = season !== null && isRow(episodes) && confidence >= MIN_CONFIDENCE
    if (!isSure) throw new AppError('invalid', `"${name}" does not say which episode it is: ${EPISODE_HELP}`)
    const show = folderShow ?? (title === null ? undefined : { title, year })
    if (!show) throw new AppError('invalid', `"${name}" does not say of which show it is: ${EPISODE_HELP}`)
    return { kind: 'episode', show, season, episodes }
  }
}

/** Whether the other says nothing new; one that names a TMDB id does, unless the first names it too. */
export function isSameTitle(known: WrittenTitle, other: WrittenTitle): boolean {
  const isSameId = other.tmdbId === undefined || other.tmdbId === known.tmdbId
  return isSameId && foldName(known.title) === foldName(other.title) && known.year === other.year
}

/** Without the extension of a file. */
export function stemOf(name: string): string {
  return name.replace(/\.[A-Za-z0-9]{1,10}$/, '')
}

/** Ascending, without gaps. */
function isRow(episodes: readonly number[]): boolean {
  return (
    episodes.length > 0 && episodes.every((number, index) => index === 0 || number === (episodes[index - 1] ?? 0) + 1)
  )
}

function groupsOf(pattern: RegExp, name: string): WrittenTitle | undefined {
  const groups = pattern.exec(name)?.groups
  if (!groups?.title) return undefined
  const { title, year, tmdbId } = groups
  return { title, year: year ? Number(year) : null, ...(tmdbId && { tmdbId: Number(tmdbId) }) }
}
