import { throwIfAborted } from '../domain/abort.ts'
import type { FileKey, LibraryCuration, MatchDetails, MatchTarget } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type {
  CandidateFile,
  FileMatch,
  Identifier,
  Quality,
  SubtitledVideo,
  SubtitleMatcher,
} from '../domain/identify.ts'
import type { Matching } from '../domain/intake.ts'
import type { LibraryQueries, NewSubtitle, PlacedFile, StoredTorrentRow } from '../domain/library.ts'
import { isAside, numbersOf } from './placements.ts'

export interface FileMatcherOptions {
  readonly library: Pick<LibraryQueries, 'torrent' | 'placedFiles'> & Pick<LibraryCuration, 'match'>
  readonly identifier: Identifier
  readonly subtitles: SubtitleMatcher
}

type ItemTarget = Exclude<MatchTarget, { readonly kind: 'unsorted' }>

const NOTHING: MatchDetails = { resolution: null, source: null, subtitles: [] }

/** A person's word says which item; the names of the torrent's files say the rest. */
export class FileMatcher implements Matching {
  readonly #options: FileMatcherOptions

  constructor(options: FileMatcherOptions) {
    this.#options = options
  }

  async match(file: FileKey, target: MatchTarget, signal: AbortSignal): Promise<PlacedFile | undefined> {
    throwIfAborted(signal)
    const { library } = this.#options
    const details = target.kind === 'unsorted' ? NOTHING : this.#details(library.torrent(file.infoHash), file, target)
    return library.match(file, target, details)
  }

  #details(torrent: StoredTorrentRow, { fileIndex }: FileKey, target: ItemTarget): MatchDetails {
    const files = torrent.files.filter((file) => !file.isPad)
    const file = files.find((one) => one.index === fileIndex)
    if (!file) throw new AppError('not_found', `no file ${fileIndex} of torrent ${torrent.infoHash}`)
    const matches = this.#options.identifier.identifyFiles(torrent.name, files)
    const { resolution, source } = this.#quality(torrent.name, file, matches)
    return { resolution, source, subtitles: this.#subtitles(torrent, files, matches, file, target) }
  }

  #quality(
    torrentName: string,
    file: CandidateFile,
    matches: readonly FileMatch[],
  ): Pick<Quality, 'resolution' | 'source'> {
    const match = matches.find((one) => one.file.index === file.index)
    if (match && match.kind !== 'unmatched') return match.quality
    const { identifier } = this.#options
    const own = identifier.identifyName(file.path.split('/').at(-1) ?? '').quality
    const { quality } = identifier.identifyName(torrentName)
    return { resolution: own.resolution ?? quality.resolution, source: own.source ?? quality.source }
  }

  /** The other videos count as what they are in the library, else as what their names say: theirs are not this one's. */
  #subtitles(
    torrent: StoredTorrentRow,
    files: readonly CandidateFile[],
    matches: readonly FileMatch[],
    file: CandidateFile,
    target: ItemTarget,
  ): NewSubtitle[] {
    const { library, subtitles } = this.#options
    const placed = new Map(library.placedFiles(torrent.infoHash).map((one) => [one.fileIndex, one]))
    const videos = matches.flatMap((match): SubtitledVideo[] => {
      if (match.file.index === file.index) return [{ file, ...placeOf(target) }]
      const known = placed.get(match.file.index)
      if (!known) return isAside(match) ? [] : [{ file: match.file, ...numbersOf(match) }]
      return [{ file: match.file, ...placeOfPlaced(known, match) }]
    })
    return subtitles
      .matchSubtitles(files, videos)
      .filter(({ video }) => video.index === file.index)
      .map(({ file: subtitle, video: _video, ...traits }) => ({ fileIndex: subtitle.index, ...traits }))
  }
}

type Numbers = Pick<SubtitledVideo, 'season' | 'episodes'>

const placeOf = (target: ItemTarget): Numbers =>
  target.kind === 'movie' ? { season: null, episodes: [] } : { season: target.season, episodes: target.episodes }

/** Its name tells the further episodes of a double one. */
function placeOfPlaced({ item }: PlacedFile, match: FileMatch): Numbers {
  if (item.kind === 'movie') return { season: null, episodes: [] }
  const { season, episode } = item
  const isAsNamed = match.kind === 'episode' && match.season === season && match.episodes[0] === episode
  return { season, episodes: isAsNamed ? match.episodes : [episode] }
}
