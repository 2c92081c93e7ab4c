import type { CandidateFile, SubtitledVideo, SubtitleMatch, SubtitleMatcher } from '../domain/identify.ts'
import { runAtOnce, type Work } from '../domain/slices.ts'
import { fileKind } from './file-kind.ts'
import { type NameReading, readName } from './identify-name.ts'
import { readSubtitleName, readSubtitleSuffix } from './subtitle-name.ts'

/** Pure and synchronous; never throws, whatever the names; about linear in their length. */
export const subtitleMatcher: SubtitleMatcher = {
  matchSubtitles: (files, videos) => runAtOnce(matchInSteps(files, videos)),
  matchSubtitlesInSteps: matchInSteps,
}

function* matchInSteps(
  files: readonly CandidateFile[],
  videos: readonly SubtitledVideo[],
): Work<readonly SubtitleMatch[]> {
  const isVideo = new Set(videos.map((video) => video.file.index))
  const subtitles = files.filter((file) => fileKind(file.path) === 'subtitle' && !isVideo.has(file.index))
  if (subtitles.length === 0 || videos.length === 0) return []
  yield
  const torrent = new TorrentVideos(files, videos)
  const matches: SubtitleMatch[] = []
  for (const file of subtitles) {
    yield
    const match = torrent.match(file)
    if (match) matches.push(match)
  }
  return matches
}

interface Video {
  readonly file: CandidateFile
  readonly directory: string
  readonly stem: string
  /** Undefined for a sample, an extra, or whatever else shows as nothing. */
  readonly item: SubtitledVideo | undefined
}

interface Found {
  readonly video: Video
  /** What the subtitle's name says beyond its video's. */
  readonly suffix?: string
}

/** Where a subtitle's name may go on after its video's. */
const BOUNDARY = /[\s._\-([{&+~,]/
const CERTAIN = 0.9
const MAX_DEPTH = 32

/** The videos of a torrent by all that the names of subtitles go by, so that each subtitle costs a few look-ups. */
class TorrentVideos {
  readonly #byStem = new Map<string, Video[]>()
  /** Of each folder the videos in it and below it. */
  readonly #below = new Map<string, Video[]>()
  readonly #byEpisode = new Map<string, Video[]>()
  readonly #items: readonly Video[]
  #byOwnNumber: ReadonlyMap<string, readonly Video[]> | undefined

  constructor(files: readonly CandidateFile[], videos: readonly SubtitledVideo[]) {
    const items = new Map(videos.map((video) => [video.file.index, video]))
    const all = files
      .filter((file) => fileKind(file.path) === 'video' || items.has(file.index))
      .map((file): Video => ({ file, ...splitPath(file.path), item: items.get(file.index) }))
    this.#items = all.filter((video) => video.item)
    for (const video of all) {
      addTo(this.#byStem, keyOf(video.stem), video)
      for (const folder of foldersOf(video.directory)) addTo(this.#below, folder, video)
      for (const episode of video.item?.episodes ?? [])
        addTo(this.#byEpisode, `${video.item?.season}x${episode}`, video)
    }
  }

  match(file: CandidateFile): SubtitleMatch | undefined {
    const { directory, stem } = splitPath(file.path)
    const own = readSubtitleName(stem)
    const found =
      this.#byFolder(directory) ?? this.#byName(directory, stem) ?? this.#byNumberOrPlace(directory, own.title)
    if (!found?.video.item) return undefined
    const name = found.suffix === undefined ? own : readSubtitleSuffix(found.suffix)
    const folder = this.#ownFolders(directory)
      .map(nameOf)
      .map(readSubtitleName)
      .find(({ title }) => title === '')
    return {
      file,
      video: found.video.file,
      language: name.language ?? folder?.language ?? null,
      isForced: name.isForced || folder?.isForced === true,
      isHearingImpaired: name.isHearingImpaired || folder?.isHearingImpaired === true,
      isCommentary: name.isCommentary || folder?.isCommentary === true,
    }
  }

  /** The folders around a subtitle, the nearest first, up to one that holds videos too. */
  #ownFolders(directory: string): string[] {
    const folders = foldersOf(directory)
    const shared = folders.findIndex((folder) => this.#below.has(folder))
    return shared === -1 ? folders : folders.slice(0, shared)
  }

  /** `Subs/<stem of the video>/2_English.srt`. */
  #byFolder(directory: string): Found | undefined {
    for (const folder of this.#ownFolders(directory)) {
      const video = nearest(this.#byStem.get(keyOf(nameOf(folder))), directory)
      if (video) return { video }
    }
    return undefined
  }

  /** The longest stem of a video that the subtitle's name begins with. */
  #byName(directory: string, stem: string): Found | undefined {
    const key = keyOf(stem)
    for (let end = key.length; end > 0; end--) {
      if (end < key.length && !BOUNDARY.test(key[end] ?? '')) continue
      const video = nearest(this.#byStem.get(key.slice(0, end)), directory)
      if (video) return { video, suffix: stem.normalize('NFC').slice(end) }
    }
    return undefined
  }

  /** By the episode that its name or a folder of its own says, else the only video near by. */
  #byNumberOrPlace(directory: string, title: string): Found | undefined {
    for (const name of [title, ...this.#ownFolders(directory).map(nameOf)]) {
      const reading = readName(name)
      const number = numberOf(reading)
      if (number === undefined) continue
      const same = this.#byEpisode.get(`${reading.season}x${reading.episodes[0]}`) ?? this.#ownNumbers().get(number)
      const video = nearest(same, directory)
      if (video) return { video }
      if (reading.confidence >= CERTAIN) return undefined // an episode that the torrent does not hold, or holds twice
    }
    for (const folder of foldersOf(directory)) {
      const below = this.#below.get(folder)
      if (!below) continue
      const [video, ...others] = below.filter((one) => one.item)
      return video && others.length === 0 ? { video } : undefined
    }
    return undefined
  }

  /** By the numbers in the names of the videos themselves: a show counted through is placed by season and episode. */
  #ownNumbers(): ReadonlyMap<string, readonly Video[]> {
    if (this.#byOwnNumber) return this.#byOwnNumber
    const numbers = new Map<string, Video[]>()
    for (const video of this.#items) {
      const number = numberOf(readName(video.stem))
      if (number !== undefined) addTo(numbers, number, video)
    }
    this.#byOwnNumber = numbers
    return numbers
  }
}

function numberOf({ airDate, season, episodes, absoluteEpisodes }: NameReading): string | undefined {
  if (airDate !== null) return airDate
  if (season !== null && episodes.length > 0) return `${season}x${episodes[0]}`
  return absoluteEpisodes.length > 0 ? `${absoluteEpisodes[0]}` : undefined
}

/** The one whose folder shares most with the subtitle's; undefined when two are equally near. */
function nearest(videos: readonly Video[] | undefined, directory: string): Video | undefined {
  let best: Video | undefined
  let bestShared = -1
  let isTied = false
  for (const video of videos ?? []) {
    const shared = sharedFolders(video.directory, directory)
    isTied = shared === bestShared || (isTied && shared < bestShared)
    if (shared <= bestShared) continue
    best = video
    bestShared = shared
  }
  return isTied ? undefined : best
}

function sharedFolders(a: string, b: string): number {
  const others = b.split('/')
  const differing = a.split('/').findIndex((part, depth) => part !== others[depth])
  return differing === -1 ? others.length : differing
}

/** The folder and those around it, the nearest first, the torrent itself (`''`) last. */
function foldersOf(directory: string): string[] {
  const parts = directory === '' ? [] : directory.split('/').slice(0, MAX_DEPTH)
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), '']
}

function splitPath(path: string): { readonly directory: string; readonly stem: string } {
  const slash = path.lastIndexOf('/')
  return { directory: path.slice(0, Math.max(0, slash)), stem: path.slice(slash + 1).replace(/\.[^.]*$/, '') }
}

const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('/') + 1)

/** Of the same length as the NFC form of the text, so that positions in one are those in the other. */
function keyOf(text: string): string {
  const composed = text.normalize('NFC')
  const lower = composed.toLowerCase()
  return lower.length === composed.length ? lower : composed
}

function addTo(map: Map<string, Video[]>, key: string, video: Video): void {
  const known = map.get(key)
  if (known) known.push(video)
  else map.set(key, [video])
}
