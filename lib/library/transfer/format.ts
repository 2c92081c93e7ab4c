import { z } from 'zod'

export const FORMAT = 'momoshtrem-library'
export const VERSION = 1

const count = z.int().min(0)
const atMs = z.int()
const year = z.int().min(1).max(9999).nullable()
const text = z.string().regex(/\S/)

const titled = {
  /** Position among the document's movies, or shows, from 1: what the torrents name it by. */
  id: z.int().min(1),
  title: text,
  year,
  tmdb_id: z.int().min(1).nullable(),
  /** What files called it before a provider named it. */
  given_title: text.nullable(),
  given_year: year,
  added_at_ms: atMs,
}

const header = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  movies: count,
  shows: count,
  torrents: count,
})

const movie = z.strictObject({ kind: z.literal('movie'), ...titled })

const show = z.strictObject({
  kind: z.literal('show'),
  ...titled,
  seasons: z.array(
    z.strictObject({
      number: count,
      episodes: z.array(
        z.strictObject({
          number: count,
          name: z.string().nullable(),
          /** `YYYY-MM-DD`. */
          air_date: z.string().nullable(),
        }),
      ),
    }),
  ),
})

const assigned = {
  file: count,
  resolution: z.string().nullable(),
  source: z.string().nullable(),
  is_active: z.boolean(),
  is_chosen: z.boolean(),
  trashed_at_ms: atMs.nullable(),
  is_purged: z.boolean(),
  assigned_at_ms: atMs,
}

const assignment = z.union([
  z.strictObject({ ...assigned, movie: z.int().min(1) }),
  z.strictObject({ ...assigned, show: z.int().min(1), season: count, episode: count, last_episode: count }),
])

const torrent = z.strictObject({
  kind: z.literal('torrent'),
  info_hash: z.string().regex(/^[0-9a-f]{40}$/),
  name: z.string(),
  magnet_uri: z.string().nullable(),
  /** The `.torrent` file. */
  metadata: z.base64().min(1),
  size: count,
  is_private: z.boolean(),
  is_paused: z.boolean(),
  added_at_ms: atMs,
  /** In the torrent's order. */
  files: z.array(z.strictObject({ path: z.string(), size: count, is_pad: z.boolean() })),
  assignments: z.array(assignment),
  subtitles: z.array(
    z.strictObject({
      file: count,
      video: count,
      language: z.string().nullable(),
      is_forced: z.boolean(),
      is_hearing_impaired: z.boolean(),
      is_commentary: z.boolean(),
    }),
  ),
  offline: z.array(z.strictObject({ file: count, path: text, added_at_ms: atMs })),
  watched: z.array(
    z.strictObject({ file: count, position: count, size: count, watched_at_ms: atMs, is_finished: z.boolean() }),
  ),
})

/** The first line of a document. */
export const headerLine = header
/** Each line after it: movies, then shows, then torrents. */
export const recordLine = z.discriminatedUnion('kind', [movie, show, torrent])

export type Header = z.infer<typeof header>
export type TransferMovie = z.infer<typeof movie>
export type TransferShow = z.infer<typeof show>
export type TransferTorrent = z.infer<typeof torrent>
export type TransferAssignment = z.infer<typeof assignment>
export type TransferRecord = z.infer<typeof recordLine>
