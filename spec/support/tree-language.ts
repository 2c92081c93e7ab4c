import { type InfoHash, infoHash, localContentId, movieId, showId } from '../../lib/domain/ids.ts'
import type { LibraryItem, LibraryRow, SidecarPlace, TitledItem } from '../../lib/domain/library-rows.ts'
import type { Tree, TreeNode } from '../../lib/domain/tree.ts'

/** When everything was assigned or added unless a row says `at=`. */
export const TREE_EPOCH_MS = Date.UTC(2026, 0, 1)

/** A torrent's hash by a short name of hexadecimal digits: `a1` is 40 digits ending so. */
export const hash = (name: string): InfoHash => infoHash(name.padStart(40, '0'))

/**
 * Library rows, one a line; texts with spaces or none in double quotes. Options: `torrent=<hash>:<index>` (else the line's
 * number and 0), `size=`, `at=` (seconds after the epoch above), `tmdb=`, `res=`, `src=`, `file=` (a path).
 *
 *     movie 1 "Heat" 1995 res=1080p
 *     episode 2 "Lost" 2004 S01E02-E03 "Pilot"
 *     unsorted a1 "Some.Torrent" "Some.Torrent/a film.avi"
 *     subtitle movie 1 "Subs/2_English.srt" torrent=a1:5 video=0 lang=en flags=forced,sdh
 *     movie 3 "Alien" 1979 trashed=yes
 *     sidecar movie 1 "movie.nfo" id=7 tag=b
 *     sidecar show 2 "-thumb.jpg" beside=a1:0
 *     stored show 2 ".srt" beside=a1:0 lang=en
 *     offline "For the train/Heat.mkv" torrent=a1:0
 */
export function rows(text: string): LibraryRow[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseRow)
}

/** The item of a row, for saying which ones changed. */
export function itemOf(row: LibraryRow): LibraryItem {
  if (row.kind === 'movie') return { kind: 'movie', id: row.movieId }
  if (row.kind === 'episode') return { kind: 'show', id: row.showId }
  if (row.kind === 'subtitle' || row.kind === 'sidecar') return row.item
  if (row.kind === 'offline') return { kind: 'offline' }
  return { kind: 'unsorted', infoHash: row.infoHash }
}

/** Every node below the root as an indented line, directories with a slash. */
export function treeText(tree: Tree): string {
  return childLines(tree.root, '').join('\n')
}

/** Takes the indentation of a template literal away, whose first line has none, to compare with `treeText`. */
export function outline(text: string): string {
  const [first = '', ...rest] = text.split('\n')
  const indent = Math.min(...rest.map((line) => line.length - line.trimStart().length))
  return [first, ...rest.map((line) => line.slice(indent))].join('\n')
}

/** Every node below the root with its decoded path. */
export function* walk(node: TreeNode, path = ''): Generator<{ readonly path: string; readonly node: TreeNode }> {
  if (node.kind === 'file') return
  for (const child of node.children.values()) {
    const childPath = `${path}/${child.name}`
    yield { path: childPath, node: child }
    yield* walk(child, childPath)
  }
}

function childLines(node: TreeNode, indent: string): string[] {
  if (node.kind === 'file') return []
  return [...node.children.values()].flatMap((child) => [
    `${indent}${child.name}${child.kind === 'directory' ? '/' : ''}`,
    ...childLines(child, `${indent}  `),
  ])
}

function parseRow(line: string, index: number): LibraryRow {
  const options = new Map<string, string>()
  const words: string[] = []
  for (const [, key, quoted, plain] of line.matchAll(/(?:(\w+)=)?(?:"([^"]*)"|(\S+))/g)) {
    const value = quoted ?? plain ?? ''
    if (key === undefined) words.push(value)
    else options.set(key, value)
  }
  const [kind, id, title = '', ...rest] = words
  const atMs = TREE_EPOCH_MS + Number(options.get('at') ?? 0) * 1000
  const [torrent = '', fileIndex = '0'] = (options.get('torrent') ?? `${index + 1}:0`).split(':')
  const file = { fileIndex: Number(fileIndex), sizeBytes: Number(options.get('size') ?? 1000) }
  if (kind === 'unsorted') {
    const [filePath = ''] = rest
    return { kind, infoHash: hash(id ?? ''), ...file, filePath, torrentName: title, addedAtMs: atMs }
  }
  if (kind === 'offline') {
    return { kind, infoHash: hash(torrent), ...file, filePath: id ?? '', path: id ?? '', addedAtMs: atMs }
  }
  const flags = (options.get('flags') ?? '').split(',')
  const traits = {
    language: options.get('lang') ?? null,
    isForced: flags.includes('forced'),
    isHearingImpaired: flags.includes('sdh'),
    isCommentary: flags.includes('commentary'),
  }
  const number = Number(title)
  const item = (): TitledItem =>
    id === 'movie' ? { kind: 'movie', id: movieId(number) } : { kind: 'show', id: showId(number) }
  if (kind === 'subtitle') {
    return {
      kind,
      item: item(),
      infoHash: hash(torrent),
      ...file,
      filePath: rest[0] ?? 'x/file.srt',
      assignedAtMs: atMs,
      videoIndex: Number(options.get('video') ?? 0),
      ...traits,
    }
  }
  if (kind === 'sidecar' || kind === 'stored') {
    const [name = ''] = rest
    const [besideTorrent = '', besideIndex = '0'] = (options.get('beside') ?? '').split(':')
    const video = { infoHash: hash(besideTorrent), videoIndex: Number(besideIndex) }
    const place: SidecarPlace =
      kind === 'stored'
        ? { at: 'subtitle', ...video, traits, extension: name }
        : options.has('beside')
          ? { at: 'video', ...video, suffix: name }
          : { at: 'item', fileName: name }
    return {
      kind: 'sidecar',
      item: item(),
      content: localContentId(kind === 'stored' ? 'subtitle' : 'sidecar', Number(options.get('id') ?? index + 1)),
      sizeBytes: file.sizeBytes,
      modifiedAtMs: atMs,
      tag: options.get('tag') ?? 'a',
      place,
    }
  }
  const assigned = {
    ...file,
    infoHash: hash(torrent),
    filePath: options.get('file') ?? 'x/file.mkv',
    assignedAtMs: atMs,
    resolution: options.get('res') ?? null,
    source: options.get('src') ?? null,
    isTrashed: options.has('trashed'),
    title,
    year: rest[0] === '-' ? null : Number(rest[0]),
    tmdbId: options.has('tmdb') ? Number(options.get('tmdb')) : null,
  }
  if (kind === 'movie') return { kind, movieId: movieId(Number(id)), ...assigned }
  const numbers = /^S(\d+)E(\d+)(?:-E(\d+))?$/.exec(rest[1] ?? '')
  if (kind !== 'episode' || !numbers) throw new Error(`not a row: ${line}`)
  const [, season, episode, lastEpisode] = numbers
  return {
    kind,
    showId: showId(Number(id)),
    ...assigned,
    season: Number(season),
    episode: Number(episode),
    lastEpisode: Number(lastEpisode ?? episode),
    name: rest[2] ?? null,
  }
}
