import { throwIfAborted } from '../domain/abort.ts'
import type { FileKey, LibraryCuration, MatchTarget, TrashTarget } from '../domain/curation.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import type { Identifier, IdentifyHints } from '../domain/identify.ts'
import type { Matching } from '../domain/intake.ts'
import type { DirectoryNode, DirectorySubject, FileNode, Tree } from '../domain/tree.ts'
import { type DrivePath, fileKeyOf, filesBelow, isMain, isSamePath, nodeAt, readOnly, subjectAt } from './drive-path.ts'
import { isSameTitle, MOVIE_HELP, NameReader, type WrittenTitle } from './name-reader.ts'

/** What belongs into these folders. */
const KINDS: ReadonlyMap<string, 'movie' | 'show'> = new Map([
  ['Movies', 'movie'],
  ['TV Shows', 'show'],
])

export interface RenameActionsOptions {
  readonly curation: LibraryCuration
  readonly matching: Matching
  readonly identifier: Identifier
}

/**
 * What a name that a person gives to something of the library says that it is. The library names things itself, so that a
 * name which says what was known already changes nothing, and none need show afterwards as it was written.
 */
export class RenameActions {
  readonly #curation: LibraryCuration
  readonly #matching: Matching
  readonly #identifier: Identifier
  readonly #names: NameReader

  constructor({ curation, matching, identifier }: RenameActionsOptions) {
    this.#curation = curation
    this.#matching = matching
    this.#identifier = identifier
    this.#names = new NameReader(identifier)
  }

  /** From /Movies, /TV Shows or /Unsorted to one of them. */
  async move(tree: Tree, from: DrivePath, to: DrivePath, signal: AbortSignal): Promise<void> {
    const node = nodeAt(tree, from)
    if (to.rest.length === 0) throw readOnly(from)
    if (node.kind === 'file') return await this.#moveFile(tree, node, from, to, signal)
    const { subject } = node
    if (subject?.kind === 'unsorted') return await this.#moveTorrent(node, from, to, signal)
    if (subject) this.#rematch(tree, subject, from, to)
    else throw readOnly(from)
  }

  /** From /Trash: back to its place, whatever the path; when its name says something else, it is that. */
  async restore(tree: Tree, from: DrivePath, to: DrivePath, signal: AbortSignal): Promise<void> {
    const node = nodeAt(tree, from)
    if (to.rest.length === 0) throw readOnly(from)
    if (node.kind === 'file') return await this.#restoreFile(tree, mainFile(node, from), from, to, signal)
    const target = trashTargetOf(node.subject)
    if (!target) throw readOnly(from)
    this.#curation.restore(target)
    if (target.kind !== KINDS.get(to.top) || to.rest.length !== 1) return
    const title = this.#titleOf(to)
    if (title && !this.#isTitled(from.rest[0] ?? '', title)) this.#rematchTo(tree, target, title, to)
  }

  async #restoreFile(tree: Tree, file: FileKey, from: DrivePath, to: DrivePath, signal: AbortSignal): Promise<void> {
    const target = isSamePath(from.rest, to.rest) ? undefined : this.#understood(tree, to)
    if (!target || this.#isKnown(tree, from, target)) this.#curation.restore({ kind: 'file', ...file })
    else await this.#matching.match(file, target, signal)
  }

  #understood(tree: Tree, to: DrivePath): MatchTarget | undefined {
    try {
      return this.#names.target(tree, to.top, to.rest, false)
    } catch (error) {
      if (isAppError(error, 'invalid')) return undefined
      throw error
    }
  }

  async #moveFile(tree: Tree, node: FileNode, from: DrivePath, to: DrivePath, signal: AbortSignal): Promise<void> {
    const file = mainFile(node, from)
    const isRenamed = from.top === to.top && isSamePath(from.rest.slice(0, -1), to.rest.slice(0, -1))
    if (isRenamed && isSamePath(from.rest, to.rest)) return
    if (to.top === 'Unsorted' && !isRenamed) {
      if (from.top === 'Unsorted') throw readOnly(from)
      await this.#matching.match(file, { kind: 'unsorted' }, signal)
      return
    }
    const target = this.#names.target(tree, to.top, to.rest, isRenamed)
    if (!this.#isKnown(tree, from, target)) await this.#matching.match(file, target, signal)
  }

  /** Whether the target is what the file's own path says. */
  #isKnown(tree: Tree, from: DrivePath, target: MatchTarget): boolean {
    if (from.top === 'Unsorted') return false
    // The trash shows movies and shows side by side, each under the name that it has.
    const [folder = ''] = from.rest
    const own = tree.find(`/${from.top}/${folder}`)
    const subject = own?.kind === 'directory' ? own.subject : undefined
    if (target.kind === 'movie') {
      if (subject?.kind !== 'movie') return false
      return 'id' in target.movie ? target.movie.id === subject.id : this.#isTitled(folder, target.movie)
    }
    if (target.kind !== 'episode' || subject?.kind !== 'show') return false
    const isSameShow = 'id' in target.show ? target.show.id === subject.id : this.#isTitled(folder, target.show)
    const { season, episodes } = this.#identifier.identifyName(from.rest.join('/'))
    return isSameShow && season === target.season && episodes.join() === target.episodes.join()
  }

  #isTitled(name: string, written: WrittenTitle): boolean {
    const own = this.#names.showTitle(name)
    return own !== undefined && isSameTitle(own, written)
  }

  /** A movie's or a show's folder that is called otherwise. */
  #rematch(tree: Tree, subject: DirectorySubject, from: DrivePath, to: DrivePath): void {
    const target = trashTargetOf(subject)
    if (!target || target.kind !== KINDS.get(to.top) || to.rest.length !== 1) throw readOnly(from)
    const title = this.#titleOrFail(to)
    if (!this.#isTitled(from.rest[0] ?? '', title)) this.#rematchTo(tree, target, title, to)
  }

  /** What a folder is called. A film is not without its year. */
  #titleOf({ top, rest: [name = ''] }: DrivePath): WrittenTitle | undefined {
    return top === 'TV Shows' ? this.#names.showTitle(name) : this.#names.movieTitle(name)
  }

  #titleOrFail(path: DrivePath): WrittenTitle {
    const title = this.#titleOf(path)
    if (title) return title
    const what =
      path.top === 'TV Shows' ? 'which show it is: name it like "Lost (2004)"' : `which film it is: ${MOVIE_HELP}`
    throw new AppError('invalid', `"${path.rest[0] ?? ''}" does not say ${what}`)
  }

  #rematchTo(tree: Tree, target: TrashTarget, title: WrittenTitle, to: DrivePath): void {
    if (target.kind === 'movie') {
      const known = subjectAt(tree, [to.top, to.rest[0] ?? ''], 'movie')
      this.#curation.rematchMovie(target.id, known && known.id !== target.id ? { id: known.id } : title)
    } else if (target.kind === 'show') {
      const known = subjectAt(tree, [to.top, to.rest[0] ?? ''], 'show')
      this.#curation.rematchShow(target.id, known && known.id !== target.id ? { id: known.id } : title)
    }
  }

  /** A torrent's folder under /Unsorted: all its videos are that film, or that show by their own numbers. */
  async #moveTorrent(node: DirectoryNode, from: DrivePath, to: DrivePath, signal: AbortSignal): Promise<void> {
    if (to.rest.length !== 1) throw readOnly(from)
    if (from.top === to.top && isSamePath(from.rest, to.rest)) return
    const written = this.#titleOrFail(to)
    for (const { file, target } of this.#torrentTargets(node, to, written)) {
      throwIfAborted(signal)
      await this.#matching.match(file, target, signal)
    }
  }

  #torrentTargets(node: DirectoryNode, to: DrivePath, written: WrittenTitle) {
    const files = [...filesBelow(node)]
    const candidates = files.map(({ parts, node: { sizeBytes } }, index) => ({
      index,
      path: parts.join('/'),
      sizeBytes,
    }))
    const { title, year } = written
    const kind = KINDS.get(to.top)
    const hints: IdentifyHints = { title, ...(year !== null && { year }), ...(kind && { kind }) }
    const targets: { file: FileKey; target: MatchTarget }[] = []
    for (const match of this.#identifier.identifyFiles(to.rest[0] ?? '', candidates, hints)) {
      const file = files[match.file.index]?.file
      if (!file || match.kind === 'unmatched') continue
      const target: MatchTarget =
        match.kind === 'movie'
          ? { kind: 'movie', movie: written }
          : { kind: 'episode', show: written, season: match.season, episodes: match.episodes }
      targets.push({ file, target })
    }
    if (targets.length === 0) {
      const what = kind === 'show' ? 'file whose name has season and episode, like "S01E02"' : 'film'
      throw new AppError('invalid', `there is no ${what} in "${node.name}": move its files one by one`)
    }
    return targets
  }
}

/** The film, episode or other file of a torrent. Subtitles go where their video does. Fails with `read_only`. */
function mainFile(node: FileNode, path: DrivePath): FileKey {
  const file = isMain(node) ? fileKeyOf(node) : undefined
  if (!file) throw readOnly(path)
  return file
}

export function trashTargetOf(subject: DirectorySubject | undefined): TrashTarget | undefined {
  if (subject?.kind === 'movie') return { kind: 'movie', id: subject.id }
  if (subject?.kind === 'show') return { kind: 'show', id: subject.id }
  if (subject?.kind === 'season') return { kind: 'season', showId: subject.showId, season: subject.season }
  return undefined
}
