import type { EpisodeRow, MovieRow, SubtitleRow, UnsortedRow } from '../domain/library.ts'
import { extensionOf, legalName } from './legal-name.ts'
import { episodeStem, libraryExtension, seasonName, titleText, versionStems } from './naming.ts'
import {
  type AnyNode,
  childDirectory,
  childHref,
  directoryNode,
  type FileFacts,
  fileNode,
  type TreeDirectory,
} from './nodes.ts'
import { STEP, sorted, type Work } from './slices.ts'
import { subtitleNames } from './subtitle-names.ts'
import { UniqueNames } from './unique-names.ts'

/** Deeper paths of a torrent are flattened into the last directory. */
const MAX_DEPTH = 32

/** A directory's place and its node in the previous tree, whose unchanged parts are kept. */
export interface Place {
  readonly name: string
  readonly parentHref: string
  readonly previous: TreeDirectory | undefined
}

type AssignedRow = MovieRow | EpisodeRow

/** `/Movies/Title (Year)`: its files named after the directory, versions side by side. */
export function* movieNode(rows: readonly (MovieRow | SubtitleRow)[], place: Place): Work<TreeDirectory> {
  const href = childHref(place.parentHref, place.name)
  const names = new UniqueNames()
  const files: AnyNode[] = []
  const { videos, subtitles } = apart(rows)
  for (const row of videos.toSorted(bySeniority)) {
    const stems = videos.length === 1 ? ([place.name] as const) : versionStems(place.name, row)
    const extension = libraryExtension(row.filePath)
    const stem = names.claimStem(stems, extension)
    files.push(fileNode(place.previous, href, stem + extension, factsOf(row, row.assignedAtMs)))
    const own = subtitlesOf(row, subtitles)
    if (own) yield* addSubtitles(files, stem, own, names, href, place.previous)
    yield
  }
  return yield* directoryNode(place.previous, place.name, href, files, 0)
}

/** `/TV Shows/Show (Year)` with its seasons, in their order. */
export function* showNode(rows: readonly (EpisodeRow | SubtitleRow)[], place: Place): Work<TreeDirectory> {
  const href = childHref(place.parentHref, place.name)
  const { videos, subtitles } = apart(rows)
  const seasons = new Map<number, EpisodeRow[]>()
  for (const row of yield* sorted(videos, byEpisode)) {
    addTo(seasons, row.season, row)
  }
  const show = titleText(videos[0]?.title ?? '')
  const nodes: AnyNode[] = []
  for (const [season, episodes] of seasons) {
    const name = seasonName(season)
    const previous = childDirectory(place.previous, name)
    nodes.push(yield* seasonNode(show, episodes, subtitles, { name, parentHref: href, previous }))
  }
  return yield* directoryNode(place.previous, place.name, href, nodes, 0)
}

/** @param rows in the order of `byEpisode` */
function* seasonNode(
  show: string,
  rows: readonly EpisodeRow[],
  subtitles: SubtitlesOf,
  place: Place,
): Work<TreeDirectory> {
  const href = childHref(place.parentHref, place.name)
  const names = new UniqueNames()
  const files: AnyNode[] = []
  for (const [index, row] of rows.entries()) {
    const stem = episodeStem(show, row)
    const hasVersions = isSameEpisode(row, rows[index - 1]) || isSameEpisode(row, rows[index + 1])
    const extension = libraryExtension(row.filePath)
    const owned = names.claimStem(hasVersions ? versionStems(stem, row) : [stem], extension)
    files.push(fileNode(place.previous, href, owned + extension, factsOf(row, row.assignedAtMs)))
    const own = subtitlesOf(row, subtitles)
    if (own) yield* addSubtitles(files, owned, own, names, href, place.previous)
    if (index % STEP === 0) yield
  }
  return yield* directoryNode(place.previous, place.name, href, files, 0)
}

/** The subtitles of an item by the `fileKey` of their video. */
type SubtitlesOf = ReadonlyMap<string, readonly SubtitleRow[]>

const fileKey = (infoHash: string, fileIndex: number): string => `${infoHash}:${fileIndex}`

const subtitlesOf = (video: AssignedRow, subtitles: SubtitlesOf): readonly SubtitleRow[] | undefined =>
  subtitles.size > 0 ? subtitles.get(fileKey(video.infoHash, video.fileIndex)) : undefined

function apart<Row extends AssignedRow>(rows: readonly (Row | SubtitleRow)[]) {
  const videos: Row[] = []
  const subtitles = new Map<string, SubtitleRow[]>()
  for (const row of rows) {
    if (row.kind === 'subtitle') addTo(subtitles, fileKey(row.infoHash, row.videoIndex), row)
    else videos.push(row)
  }
  return { videos, subtitles }
}

function* addSubtitles(
  files: AnyNode[],
  stem: string,
  subtitles: readonly SubtitleRow[],
  names: UniqueNames,
  href: string,
  previous: TreeDirectory | undefined,
): Work<void> {
  for (const { row, name } of subtitleNames(stem, subtitles, names)) {
    files.push(fileNode(previous, href, name, factsOf(row, row.assignedAtMs)))
    if (files.length % STEP === 0) yield
  }
}

/** A directory of a torrent as it came; keys are the torrent's own names, which may be equal once they are legal. */
interface UnsortedDirectory {
  readonly directories: Map<string, UnsortedDirectory>
  readonly files: { readonly name: string; readonly row: UnsortedRow }[]
}

const unsortedDirectory = (): UnsortedDirectory => ({ directories: new Map(), files: [] })

/** What computers leave in folders; WebDAV answers it with 404, so it must not be listed. */
const LITTER = /^(?:\._.*|\.ds_store|thumbs\.db|desktop\.ini)$/i

export function isLitter(filePath: string): boolean {
  return LITTER.test(filePath.slice(filePath.lastIndexOf('/') + 1))
}

/** `/Unsorted/<torrent name>` with the torrent's inner paths. */
export function* unsortedNode(rows: readonly UnsortedRow[], place: Place): Work<TreeDirectory> {
  const root = unsortedDirectory()
  for (const row of yield* sorted(rows, (a, b) => a.fileIndex - b.fileIndex)) {
    const parts = innerPath(row)
    const name = parts.pop() ?? ''
    let directory = root
    for (const part of parts.slice(0, MAX_DEPTH)) {
      const known = directory.directories.get(part) ?? unsortedDirectory()
      directory.directories.set(part, known)
      directory = known
    }
    directory.files.push({ name, row })
    yield
  }
  return yield* unsortedDirectoryNode(root, place)
}

/** Without the torrent's own top folder. */
function innerPath({ filePath, torrentName }: UnsortedRow): string[] {
  const top = `${torrentName}/`
  return (filePath.startsWith(top) ? filePath.slice(top.length) : filePath).split('/').filter((part) => part !== '')
}

function* unsortedDirectoryNode(from: UnsortedDirectory, place: Place): Work<TreeDirectory> {
  const href = childHref(place.parentHref, place.name)
  const names = new UniqueNames()
  const nodes: AnyNode[] = []
  for (const [raw, directory] of from.directories) {
    const name = names.claim([shortName(raw)])
    const previous = childDirectory(place.previous, name)
    nodes.push(yield* unsortedDirectoryNode(directory, { name, parentHref: href, previous }))
  }
  for (const { name: raw, row } of from.files) {
    const extension = extensionOf(raw)
    const name = names.claim([shortName(raw.slice(0, raw.length - extension.length), extension)], extension)
    nodes.push(fileNode(place.previous, href, name, factsOf(row, row.addedAtMs)))
    yield
  }
  return yield* directoryNode(place.previous, place.name, href, nodes, 0)
}

/** A legal stem that leaves room for its extension and a counter. */
function shortName(text: string, extension = ''): string {
  const name = legalName(text, extension, 240)
  return name.slice(0, name.length - extension.length)
}

function factsOf(row: Omit<FileFacts, 'modifiedAtMs'>, modifiedAtMs: number): FileFacts {
  return { infoHash: row.infoHash, fileIndex: row.fileIndex, sizeBytes: row.sizeBytes, modifiedAtMs }
}

/** The earlier assignment keeps its name when another comes. */
function bySeniority(a: AssignedRow, b: AssignedRow): number {
  return a.assignedAtMs - b.assignedAtMs || compareText(a.infoHash, b.infoHash) || a.fileIndex - b.fileIndex
}

function byEpisode(a: EpisodeRow, b: EpisodeRow): number {
  return a.season - b.season || a.episode - b.episode || a.lastEpisode - b.lastEpisode || bySeniority(a, b)
}

function isSameEpisode(row: EpisodeRow, other: EpisodeRow | undefined): boolean {
  return other !== undefined && row.episode === other.episode && row.lastEpisode === other.lastEpisode
}

/** By UTF-16 code units: the same on every machine, and without collation tables. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key)
  if (known) known.push(value)
  else map.set(key, [value])
}
