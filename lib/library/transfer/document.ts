import type { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import type { Work } from '../../domain/slices.ts'
import { offlineKey } from '../curation/offline-files.ts'
import { checkEpisodes } from '../placement-check.ts'
import {
  type Header,
  headerLine,
  recordLine,
  type TransferRecord,
  type TransferShow,
  type TransferTorrent,
} from './format.ts'

/** A record with the number of its line, from 1. */
export interface NumberedRecord {
  readonly line: number
  readonly record: TransferRecord
}

const KINDS = ['movie', 'show', 'torrent'] as const

/** The records of a document, each checked by itself. Throws `invalid`, naming the line. */
export function* recordsOf(lines: Iterable<string>): Generator<NumberedRecord, void> {
  for (const [line, text] of numbered(lines)) if (line > 1) yield { line, record: parse(recordLine, text, line) }
}

/** Empty lines are none, but for the first. */
function* numbered(lines: Iterable<string>): Generator<[line: number, text: string], void> {
  let line = 0
  for (const text of lines) {
    line++
    if (line === 1 || text.trim() !== '') yield [line, text]
  }
}

/**
 * Reads a document to its end. Throws `invalid`, naming the line, for one that is not whole or contradicts itself: what
 * passes can be stored.
 */
export function* checkDocument(lines: Iterable<string>): Work<Header> {
  let header: Header | undefined
  const seen = { movie: 0, show: 0, torrent: 0 }
  const hashes = new Set<string>()
  /** By show, `episodeKey` of each. */
  const episodes: Set<string>[] = []
  let last = 0
  for (const [line, text] of numbered(lines)) {
    if (!header) {
      header = parse(headerLine, text, line)
      continue
    }
    const record = parse(recordLine, text, line)
    const { kind } = record
    if (KINDS.indexOf(kind) < last) throw invalid(line, 'movies come first, then shows, then torrents')
    last = KINDS.indexOf(kind)
    seen[kind]++
    if (kind === 'torrent') {
      if (hashes.has(record.info_hash)) throw invalid(line, 'a torrent that was there before')
      hashes.add(record.info_hash)
      checkTorrent(record, header, episodes, line)
    } else {
      if (record.id !== seen[kind]) throw invalid(line, `id: ${record.id} where ${seen[kind]} is due`)
      if (kind === 'show') {
        checkShow(record, line)
        episodes.push(episodeKeys(record))
      }
    }
    yield
  }
  if (!header) throw invalid(1, 'the document is empty')
  if (seen.movie !== header.movies || seen.show !== header.shows || seen.torrent !== header.torrents) {
    const counts = `${seen.movie} movies, ${seen.show} shows and ${seen.torrent} torrents`
    throw invalid(1, `the document is not whole: it has ${counts}, and tells of others`)
  }
  return header
}

function episodeKeys({ seasons }: TransferShow): Set<string> {
  return new Set(seasons.flatMap((season) => season.episodes.map((one) => episodeKey(season.number, one.number))))
}

const episodeKey = (season: number, number: number): string => `${season}:${number}`

function checkTorrent(
  torrent: TransferTorrent,
  { movies, shows }: Header,
  episodes: readonly ReadonlySet<string>[],
  line: number,
): void {
  const { files, assignments, subtitles, offline, watched } = torrent
  const check = (isRight: boolean, what: string): void => {
    if (!isRight) throw invalid(line, what)
  }
  const checkFiles = (what: string, indexes: readonly number[], isEachOnce = true): void => {
    check(
      indexes.every((index) => files[index] && !files[index].is_pad),
      `${what}: a file that the torrent has not`,
    )
    check(!isEachOnce || new Set(indexes).size === indexes.length, `${what}: a file twice`)
  }
  const assigned = assignments.map(({ file }) => file)
  checkFiles('assignments', assigned)
  checkFiles('subtitles', [...assigned, ...subtitles.map(({ file }) => file)])
  checkFiles(
    'offline',
    offline.map(({ file }) => file),
    false,
  )
  checkFiles(
    'watched',
    watched.map(({ file }) => file),
  )
  check(
    subtitles.every(({ video }) => assigned.includes(video)),
    'subtitles: a video that is not assigned',
  )
  for (const assignment of assignments) {
    const { is_active: isActive, trashed_at_ms: trashedAtMs, is_purged: isPurged } = assignment
    check(!isActive || (trashedAtMs === null && !isPurged), 'assignments: active and in the trash, or deleted')
    check(trashedAtMs === null || !isPurged, 'assignments: in the trash and deleted')
    if ('movie' in assignment) check(assignment.movie <= movies, `assignments: no movie ${assignment.movie}`)
    else {
      check(assignment.show <= shows, `assignments: no show ${assignment.show}`)
      const { season, episode } = assignment
      within(line, () => checkEpisodes(season, [...new Set([episode, assignment.last_episode])]))
      const isHeld = episodes[assignment.show - 1]?.has(episodeKey(season, episode))
      check(isHeld === true, 'assignments: an episode that its show has not')
    }
  }
  for (const { path } of offline) within(line, () => offlineKey(path))
}

function checkShow({ seasons }: TransferShow, line: number): void {
  checkUnique(line, 'seasons', seasons)
  for (const { episodes } of seasons) checkUnique(line, 'episodes', episodes)
}

function checkUnique(line: number, what: string, all: readonly { readonly number: number }[]): void {
  if (new Set(all.map((one) => one.number)).size < all.length) throw invalid(line, `${what}: a number twice`)
}

function parse<T>(schema: z.ZodType<T>, text: string, line: number): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid(line, 'not JSON')
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(line, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
}

function within(line: number, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw error instanceof AppError ? invalid(line, error.message) : error
  }
}

export const invalid = (line: number, what: string): AppError => new AppError('invalid', `line ${line}: ${what}`)
