import { and, eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { FileKey, MatchDetails, MatchTarget } from '../../domain/curation.ts'
import { AppError } from '../../domain/errors.ts'
import { movieId, showId } from '../../domain/ids.ts'
import type { Placement, StoredTorrentRow } from '../../domain/library.ts'
import { runAtOnce } from '../../domain/slices.ts'
import { isVideoPath } from '../../domain/video-path.ts'
import { type ChangedItems, markFiles } from '../changed-items.ts'
import { checkPlacements } from '../placement-check.ts'
import { Placer } from '../placer.ts'
import { movies, shows } from '../schema/titles.ts'
import { torrentAssignments, torrentSubtitles } from '../schema/torrents.ts'
import { deleteWhenLeft, formerItem } from './leftovers.ts'
import { findOrCreateReference } from './references.ts'
import type { Versions } from './versions.ts'

/** Gives a file of `torrent` to another item: `LibraryCuration.match`, within the caller's transaction. */
export class FileMatch {
  readonly #db: BetterSQLite3Database
  readonly #versions: Versions

  constructor(db: BetterSQLite3Database, versions: Versions) {
    this.#db = db
    this.#versions = versions
  }

  match(
    torrent: StoredTorrentRow,
    fileIndex: number,
    target: MatchTarget,
    details: MatchDetails,
    nowMs: number,
    changed: ChangedItems,
  ): void {
    const { infoHash } = torrent
    const file = torrent.files.find((one) => one.index === fileIndex && !one.isPad)
    if (!file) throw noFile({ infoHash, fileIndex })
    if (target.kind !== 'unsorted' && !isVideoPath(file.path)) throw new AppError('invalid', `no video: ${file.path}`)
    const former = formerItem(this.#db, infoHash, fileIndex)
    const left = this.#versions.groupsOf(infoHash, [fileIndex])
    markFiles(this.#db, infoHash, [fileIndex, ...details.subtitles.map((one) => one.fileIndex)], changed)
    changed.unsorted(infoHash)
    if (target.kind === 'unsorted') this.#withdraw({ infoHash, fileIndex })
    else this.#place(torrent, fileIndex, target, details, nowMs, changed)
    this.#versions.settle(left, changed)
    if (former) deleteWhenLeft(this.#db, former, changed)
  }

  #withdraw({ infoHash, fileIndex }: FileKey): void {
    this.#db
      .delete(torrentAssignments)
      .where(and(eq(torrentAssignments.infoHash, infoHash), eq(torrentAssignments.fileIndex, fileIndex)))
      .run()
  }

  #place(
    torrent: StoredTorrentRow,
    fileIndex: number,
    target: Exclude<MatchTarget, { readonly kind: 'unsorted' }>,
    details: MatchDetails,
    nowMs: number,
    changed: ChangedItems,
  ): void {
    const file = { ...details, fileIndex, title: '', year: null }
    const placement = (id: number): Placement =>
      target.kind === 'movie'
        ? { ...file, kind: 'movie', movieId: movieId(id) }
        : {
            ...file,
            kind: 'episode',
            showId: showId(id),
            season: target.season,
            episodes: target.episodes,
            episodeName: null,
          }
    if (target.kind === 'episode' && hasGaps(target.episodes)) throw new AppError('invalid', 'episodes with gaps')
    const reference = target.kind === 'movie' ? target.movie : target.show
    const id = findOrCreateReference(this.#db, target.kind === 'movie' ? movies : shows, reference, nowMs)
    const placements = [placement(id)]
    runAtOnce(checkPlacements(torrent.files, placements))
    const { infoHash, videoIndex } = torrentSubtitles
    this.#db
      .delete(torrentSubtitles)
      .where(and(eq(infoHash, torrent.infoHash), eq(videoIndex, fileIndex)))
      .run()
    runAtOnce(new Placer(this.#db, torrent, nowMs, changed).place(placements))
    this.#versions.settleAdded(() => this.#versions.groupsOf(torrent.infoHash, [fileIndex]), changed)
  }
}

/** A file is known by its first and last episode. */
const hasGaps = (episodes: readonly number[]): boolean =>
  episodes.some((number, i) => i > 0 && number !== (episodes[i - 1] ?? number) + 1)

export const noFile = ({ infoHash, fileIndex }: FileKey): AppError =>
  new AppError('not_found', `no file ${fileIndex} of torrent ${infoHash}`)
