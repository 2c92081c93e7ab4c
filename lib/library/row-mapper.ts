import type { SubtitleTraits } from '../domain/identify.ts'
import { type InfoHash, infoHash, localContentId, movieId, showId } from '../domain/ids.ts'
import type { LibraryRow, SidecarPlace, SidecarRow, SubtitleRow, TitledItem } from '../domain/library-rows.ts'
import type { SidecarRole } from '../domain/sidecars.ts'

/** A row of both statements, in the order of their columns; those not named are null. */
export type RawRow = RawFile | RawSubtitle | RawStoredSubtitle | RawSidecar | RawOffline

type RawFile = [
  kind: 'movie' | 'episode' | 'unsorted',
  infoHash: string,
  fileIndex: number,
  filePath: string,
  sizeBytes: number,
  /** When it was assigned, or its torrent added. */
  atMs: number,
  resolution: string | null,
  source: string | null,
  itemId: number,
  /** Of the movie, the show or the torrent. */
  title: string,
  year: number | null,
  tmdbId: number | null,
  season: number,
  episode: number,
  lastEpisode: number,
  name: string | null,
  /** 0: in the trash. */
  isActive: number,
]

type RawTraits = [language: string | null, isForced: number, isHearingImpaired: number, isCommentary: number]

type RawSubtitle = [
  kind: 'subtitle',
  infoHash: string,
  fileIndex: number,
  filePath: string,
  sizeBytes: number,
  /** When its video was assigned. */
  atMs: number,
  movieId: number | null,
  showId: number | null,
  videoIndex: number,
  ...traits: RawTraits,
]

type RawStoredSubtitle = [
  kind: 'stored subtitle',
  infoHash: string,
  videoIndex: number,
  format: string,
  sizeBytes: number,
  addedAtMs: number,
  movieId: number | null,
  showId: number | null,
  id: number,
  ...traits: RawTraits,
]

type RawSidecar = [
  kind: 'sidecar',
  /** Of the video that it is beside; null for one of the item's directory. */
  infoHash: string | null,
  videoIndex: number,
  role: SidecarRole,
  sizeBytes: number,
  modifiedAtMs: number,
  movieId: number | null,
  showId: number | null,
  id: number,
  tag: string,
  season: number | null,
]

type RawOffline = [
  kind: 'offline',
  infoHash: string,
  fileIndex: number,
  filePath: string,
  sizeBytes: number,
  addedAtMs: number,
  path: string,
]

/** Raw rows of one read to library rows, every id checked. Rows that follow each other share their repeated strings. */
export class RowMapper {
  #infoHash = '' as InfoHash
  #title = ''
  #resolution: string | null = null
  #source: string | null = null

  row(raw: RawRow): LibraryRow {
    if (raw[1] !== null && raw[1] !== this.#infoHash) this.#infoHash = infoHash(raw[1])
    switch (raw[0]) {
      case 'subtitle':
        return this.#subtitle(raw)
      case 'stored subtitle':
        return this.#storedSubtitle(raw)
      case 'sidecar':
        return this.#sidecar(raw)
      case 'offline':
        return this.#offline(raw)
      case 'movie':
      case 'episode':
      case 'unsorted':
        return this.#file(raw)
      default:
        throw new TypeError(`a row of kind ${String(raw satisfies never)}`)
    }
  }

  #file(raw: RawFile): LibraryRow {
    const title = raw[9]
    if (title !== this.#title) this.#title = title
    if (raw[6] !== this.#resolution) this.#resolution = raw[6]
    if (raw[7] !== this.#source) this.#source = raw[7]
    // Not the row's own texts, which would be kept once a row.
    switch (raw[0]) {
      case 'movie':
        return {
          kind: 'movie',
          infoHash: this.#infoHash,
          fileIndex: raw[2],
          filePath: raw[3],
          sizeBytes: raw[4],
          assignedAtMs: raw[5],
          resolution: this.#resolution,
          source: this.#source,
          isTrashed: raw[16] === 0,
          movieId: movieId(raw[8]),
          title: this.#title,
          year: raw[10],
          tmdbId: raw[11],
        }
      case 'episode':
        return {
          kind: 'episode',
          infoHash: this.#infoHash,
          fileIndex: raw[2],
          filePath: raw[3],
          sizeBytes: raw[4],
          assignedAtMs: raw[5],
          resolution: this.#resolution,
          source: this.#source,
          isTrashed: raw[16] === 0,
          showId: showId(raw[8]),
          title: this.#title,
          year: raw[10],
          tmdbId: raw[11],
          season: raw[12],
          episode: raw[13],
          lastEpisode: raw[14],
          name: raw[15],
        }
      case 'unsorted':
        return {
          kind: 'unsorted',
          infoHash: this.#infoHash,
          fileIndex: raw[2],
          filePath: raw[3],
          sizeBytes: raw[4],
          torrentName: this.#title,
          addedAtMs: raw[5],
        }
      default:
        throw new TypeError(`a row of kind ${String(raw[0] satisfies never)}`)
    }
  }

  #subtitle([
    ,
    ,
    fileIndex,
    filePath,
    sizeBytes,
    assignedAtMs,
    movie,
    show,
    videoIndex,
    ...traits
  ]: RawSubtitle): SubtitleRow {
    const item = itemOf(movie, show)
    const file = { infoHash: this.#infoHash, fileIndex, filePath, sizeBytes, assignedAtMs, videoIndex }
    return { kind: 'subtitle', item, ...file, ...traitsOf(traits) }
  }

  #storedSubtitle([
    ,
    ,
    videoIndex,
    format,
    sizeBytes,
    addedAtMs,
    movie,
    show,
    id,
    ...traits
  ]: RawStoredSubtitle): SidecarRow {
    return {
      kind: 'sidecar',
      item: itemOf(movie, show),
      content: localContentId('subtitle', id),
      sizeBytes,
      modifiedAtMs: addedAtMs,
      // One that replaces another has its id, and another time.
      tag: addedAtMs.toString(36),
      place: {
        at: 'subtitle',
        infoHash: this.#infoHash,
        videoIndex,
        traits: traitsOf(traits),
        extension: `.${format}`,
      },
    }
  }

  #sidecar([, hash, videoIndex, role, sizeBytes, modifiedAtMs, movie, show, id, tag, season]: RawSidecar): SidecarRow {
    const place: SidecarPlace =
      hash === null
        ? { at: 'item', fileName: itemFileName(role, season, movie !== null) }
        : { at: 'video', infoHash: this.#infoHash, videoIndex, suffix: role === 'nfo' ? '.nfo' : `-${role}.jpg` }
    const content = localContentId('sidecar', id)
    return { kind: 'sidecar', item: itemOf(movie, show), content, sizeBytes, modifiedAtMs, tag, place }
  }

  #offline([kind, , fileIndex, filePath, sizeBytes, addedAtMs, path]: RawOffline): LibraryRow {
    return { kind, infoHash: this.#infoHash, fileIndex, filePath, sizeBytes, path, addedAtMs }
  }
}

function itemOf(movie: number | null, show: number | null): TitledItem {
  return movie === null ? { kind: 'show', id: showId(show ?? 0) } : { kind: 'movie', id: movieId(movie) }
}

function traitsOf([language, isForced, isHearingImpaired, isCommentary]: RawTraits): SubtitleTraits {
  return {
    language,
    isForced: isForced === 1,
    isHearingImpaired: isHearingImpaired === 1,
    isCommentary: isCommentary === 1,
  }
}

/** As Kodi looks for it in the item's directory. */
function itemFileName(role: SidecarRole, season: number | null, isMovie: boolean): string {
  if (role === 'nfo') return isMovie ? 'movie.nfo' : 'tvshow.nfo'
  if (role !== 'season-poster') return `${role}.jpg`
  return season === 0 ? 'season-specials-poster.jpg' : `season${String(season).padStart(2, '0')}-poster.jpg`
}
