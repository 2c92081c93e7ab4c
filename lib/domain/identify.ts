import type { Work } from './slices.ts'

/** What a file or release name says. Unknown parts are null or empty, never guessed. */
export interface NameIdentity {
  readonly type: 'movie' | 'episode' | 'unknown'
  readonly title: string | null
  readonly year: number | null
  readonly season: number | null
  /** Ascending; several for a double episode or a range. */
  readonly episodes: readonly number[]
  /** Anime numbering over the whole show. */
  readonly absoluteEpisodes: readonly number[]
  /** `YYYY-MM-DD` of a daily show. */
  readonly airDate: string | null
  readonly quality: Quality
  /** 0 to 1. */
  readonly confidence: number
}

export interface Quality {
  /** `2160p`, `1080p`, `720p`, `576p`, `480p`, … */
  readonly resolution: string | null
  /** `BluRay`, `WEB-DL`, `WEBRip`, `HDTV`, `DVDRip`, … */
  readonly source: string | null
  /** `x264`, `x265`, `AV1`, … */
  readonly codec: string | null
  /** `HDR10`, `HDR10+`, `DV`, `HLG`, `HDR`. */
  readonly hdr: string | null
}

/** A file of a torrent, as the identifier sees it. `path` is `/`-separated. */
export interface CandidateFile {
  readonly index: number
  readonly path: string
  readonly sizeBytes: number
}

/** One file's place: a movie's only file, an episode's, or none. */
export type FileMatch =
  | {
      readonly kind: 'movie'
      readonly file: CandidateFile
      readonly title: string
      readonly year: number | null
      readonly quality: Quality
      readonly confidence: number
    }
  | {
      readonly kind: 'episode'
      readonly file: CandidateFile
      readonly title: string
      readonly year: number | null
      readonly season: number
      /** Ascending, at least one. */
      readonly episodes: readonly number[]
      readonly episodeName: string | null
      readonly quality: Quality
      readonly confidence: number
    }
  | {
      readonly kind: 'unmatched'
      readonly file: CandidateFile
      /** `sample`, `extra`, `not_video`, `ambiguous`, `no_episode_number`, `low_confidence`, … */
      readonly reason: UnmatchedReason
      readonly season: number | null
      readonly episode: number | null
    }

export type UnmatchedReason =
  | 'sample'
  | 'extra'
  | 'subtitle'
  | 'not_video'
  | 'no_title'
  | 'no_episode_number'
  | 'low_confidence'
  | 'duplicate'
  /** Not meant for the item that a person named. */
  | 'other_item'
  /** In the library, with no item: seen when a torrent is added again. */
  | 'unassigned'

/** What the library already knows of the item that the files are meant for; every field optional. */
export interface IdentifyHints {
  readonly kind?: 'movie' | 'show'
  readonly title?: string
  readonly year?: number
  /** Known episodes of the show by season number. */
  readonly episodes?: ReadonlyMap<number, readonly number[]>
}

/** Pure: reads nothing, stores nothing. */
export interface Identifier {
  identifyName(name: string): NameIdentity
  /** One match per file, in the order given. Siblings and folder names decide what a file's own name leaves open. */
  identifyFiles(torrentName: string, files: readonly CandidateFile[], hints?: IdentifyHints): readonly FileMatch[]
  /** The same in steps: a thousand files take a hundred milliseconds. */
  identifyFilesInSteps(
    torrentName: string,
    files: readonly CandidateFile[],
    hints?: IdentifyHints,
  ): Work<readonly FileMatch[]>
}

/** What the name of a subtitle says of it. */
export interface SubtitleTraits {
  /**
   * ISO 639-1, with a region or script where the name gives one (`en`, `pt-BR`, `zh-Hans`: BCP 47); the ISO 639-3 code of
   * a language that has none of two letters. Null when unknown.
   */
  readonly language: string | null
  /** Holds only what is spoken in another language than the film's, or written on signs. */
  readonly isForced: boolean
  /** Names speakers and sounds too (SDH, CC). */
  readonly isHearingImpaired: boolean
  readonly isCommentary: boolean
}

/** A film or an episode, as the subtitles of its torrent look for it. */
export interface SubtitledVideo {
  readonly file: CandidateFile
  /** Null for a film, as an empty list of episodes. */
  readonly season: number | null
  readonly episodes: readonly number[]
}

export interface SubtitleMatch extends SubtitleTraits {
  readonly file: CandidateFile
  readonly video: CandidateFile
}

/** Pure: reads nothing, stores nothing. */
export interface SubtitleMatcher {
  /**
   * The subtitles among `files`, all of a torrent, in their order, that belong to one of `videos`, its films and episodes.
   * One that could belong to several, or to none, is left out.
   */
  matchSubtitles(files: readonly CandidateFile[], videos: readonly SubtitledVideo[]): readonly SubtitleMatch[]
  /** The same in steps: a thousand subtitles take hundreds of milliseconds. */
  matchSubtitlesInSteps(
    files: readonly CandidateFile[],
    videos: readonly SubtitledVideo[],
  ): Work<readonly SubtitleMatch[]>
}
