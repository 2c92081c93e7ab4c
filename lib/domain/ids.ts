import { AppError } from './errors.ts'

declare const brand: unique symbol
type Branded<T, B extends string> = T & { readonly [brand]: B }

/** A v1 info-hash: 40 lower-case hexadecimal digits (BEP 3). */
export type InfoHash = Branded<string, 'InfoHash'>
/** One file of one torrent: `<infohash>:<file index>`. */
export type ContentId = Branded<string, 'ContentId'>
/** A file that is of no torrent, generated or kept in DATA_DIR: `local:<kind>:<key>`. */
export type LocalContentId = Branded<string, 'LocalContentId'>
/** Whatever bytes a file of the tree has. */
export type AnyContentId = ContentId | LocalContentId
export type MovieId = Branded<number, 'MovieId'>
export type ShowId = Branded<number, 'ShowId'>
export type EpisodeId = Branded<number, 'EpisodeId'>

/** Accepts 40 hexadecimal digits in any case. Throws `invalid`. */
export function infoHash(text: string): InfoHash {
  if (!/^[0-9a-fA-F]{40}$/.test(text)) throw new AppError('invalid', `not an info-hash: ${text.slice(0, 60)}`)
  return text.toLowerCase() as InfoHash
}

/** Throws `invalid` unless `fileIndex` is a whole number from 0. */
export function contentId(hash: InfoHash, fileIndex: number): ContentId {
  if (!Number.isSafeInteger(fileIndex) || fileIndex < 0) throw new AppError('invalid', `not a file index: ${fileIndex}`)
  return `${hash}:${fileIndex}` as ContentId
}

export function parseContentId(id: ContentId): { readonly infoHash: InfoHash; readonly fileIndex: number } {
  return { infoHash: id.slice(0, 40) as InfoHash, fileIndex: Number(id.slice(41)) }
}

/** `sidecar` is generated or fetched beside an item, `subtitle` one that a person brought or chose. */
export type LocalContentKind = 'sidecar' | 'subtitle'

/** `id` is that of the row that tells of it. Throws `invalid` unless it is a whole number from 1. */
export function localContentId(kind: LocalContentKind, id: number): LocalContentId {
  return `local:${kind}:${rowId(id, kind)}` as LocalContentId
}

export const isLocalContent = (id: AnyContentId): id is LocalContentId => id.startsWith('local:')

export function parseLocalContentId(id: LocalContentId): { readonly kind: LocalContentKind; readonly id: number } {
  const [, kind, row] = id.split(':')
  return { kind: kind as LocalContentKind, id: Number(row) }
}

function rowId(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new AppError('invalid', `not a ${what} id: ${value}`)
  return value
}

export const movieId = (value: number): MovieId => rowId(value, 'movie') as MovieId
export const showId = (value: number): ShowId => rowId(value, 'show') as ShowId
export const episodeId = (value: number): EpisodeId => rowId(value, 'episode') as EpisodeId
